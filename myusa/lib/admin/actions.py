"""Admin actions that call a verb of a model, after a page that asks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from myusa.lib import history
from myusa.lib.admin.read_only import ReadOnlyAdmin
from myusa.lib.messages.mail import Letter
from myusa.lib.steps import ConflictOfInterest, InvalidTransition
from myusa.lib.typed_text import TextField

# How many people a sentence names, and of how many rows a page previews the emails.
NAMED_PEOPLE = 3


CHANGED = gettext_lazy("This changed after you opened the page. Check it again before you decide.")
STAFF_READ_IT = gettext_lazy("We keep it in the history. Only staff can read it.")


class ReasonForm(forms.Form):
    """Why staff take an action."""

    reason = TextField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The team sees it on its page and in the email."),
        max_length=2000,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
    )

    def __init__(self, *args: Any, readers: str | Promise = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if readers:
            self.fields["reason"].help_text = str(readers)


def _no_letters(obj: Any) -> Sequence[Letter]:
    return ()


class TypedForm(forms.Form):
    """The number of people that an action concerns, typed to show that it was read."""

    typed = TextField(label=gettext_lazy("Number of people"), widget=forms.TextInput(attrs={"inputmode": "numeric"}))

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected
        self.fields["typed"].help_text = _("Type the number of people who get it: %(number)s") % {"number": expected}

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"].replace(",", "")
        if typed != self.expected:
            raise forms.ValidationError(_("Type %(number)s to continue.") % {"number": self.expected})
        return typed


@dataclass(frozen=True)
class AdminAction:
    """A verb of a row that staff can call, with its button and its question.

    `run(obj, by=…, reason=…)` raises InvalidTransition when the row is in no state for it; `is_offered(obj)` says
    whether the page of a row shows the button. Without `needs_reason`, `run` gets no reason; `form_class` asks for it. `letters(obj)` returns the
    emails that it is going to send, and `done(obj)` says afterwards what happened. `typed(obj)` is a number that staff
    must type first, "" if they need not.
    """

    slug: str
    label: str | Promise
    question: str | Promise
    run: Callable[..., None]
    is_offered: Callable[[Any], bool]
    needs_reason: bool = True
    letters: Callable[[Any], Sequence[Letter]] = _no_letters
    done: Callable[[Any], str] | None = None
    form_class: type[ReasonForm] = ReasonForm
    reason_help: str | Promise = ""
    typed: Callable[[Any], str] | None = None

    def form(self, obj: Any, **bound: Any) -> forms.Form | None:
        """Return what staff fill in before they act on `obj`, None if that is nothing."""
        if self.needs_reason:
            return self.form_class(readers=self.reason_help, **bound)
        expected = self.typed(obj) if self.typed else ""
        return TypedForm(expected=expected, **bound) if expected else None

    def said_of(self, obj: Any, name: str, letters: Sequence[Letter]) -> str:
        """Return what happened to a row that pages call `name`, and who got an email about it."""
        happened = (
            self.done(obj) if self.done else _("%(action)s: %(object)s.") % {"action": self.label, "object": name}
        )
        return f"{happened} {emailed(letters)}".strip()


def emailed(letters: Sequence[Letter]) -> str:
    """Return a sentence that says who got these emails, "" if there are none."""
    people = list(dict.fromkeys(address for letter in letters for address in letter.to))
    if not people:
        return ""
    if len(people) <= NAMED_PEOPLE:
        return _("We emailed %(people)s.") % {"people": ", ".join(people)}
    return ngettext("We emailed %(count)d person.", "We emailed %(count)d people.", len(people)) % {
        "count": len(people)
    }


@dataclass(frozen=True)
class Decision:
    """An action on the page of a row, ready to be taken there."""

    action: AdminAction
    address: str
    form: forms.Form | None
    letters: Sequence[Letter]
    seen: str = ""


class ActionAdmin(ReadOnlyAdmin):
    """Offer actions in the list and as buttons on the page of a row. Both ask before they act.

    Staff with the permission to change the model may use them.
    """

    row_actions: Sequence[AdminAction] = ()
    # Whether the page of a row has the forms of its actions, for pages that show what is judged.
    decides_on_page = False

    def may_act(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")  # type: ignore[union-attr]

    def obstacle(self, request: HttpRequest, obj: Any) -> str:
        """Return why this person may not act on this row, or "": the page shows it in place of the buttons."""
        return ""

    def judged(self, request: HttpRequest, obj: Any) -> str:
        """Return what an action on this row is judged by, as HTML; the page that asks shows it."""
        return ""

    def describe(self, obj: Any) -> str:
        """Return what staff pages call a row. Its `str` is kept in the history and leaves out whose it is."""
        return str(obj)

    def seen(self, obj: Any) -> str:
        """Return a mark of what an action on this row is judged by, "" if that never changes.

        The page carries it, and an action from a page with another mark is not taken.
        """
        return ""

    def offered(self, request: HttpRequest, obj: Any) -> list[AdminAction]:
        """Return the actions that the page of a row offers this person."""
        return [action for action in self.row_actions if action.is_offered(obj)]

    def after(self, request: HttpRequest, objects: list[Any], back: str) -> HttpResponse:
        """Return where staff go on after an action."""
        return HttpResponseRedirect(back)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if self.may_act(request):
            for action in self.row_actions:
                actions[action.slug] = (partial(_ask_for_many, action=action), action.slug, str(action.label))  # type: ignore[assignment]
        if delete := actions.pop("delete_selected", None):
            actions["delete_selected"] = delete  # last: it is the one that cannot be taken back
        return actions

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_action"
        view = self.admin_site.admin_view(self.action_view)
        return [path("<int:pk>/step/<slug:slug>/", view, name=name), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = context.get("original")
        if obj is not None:
            context["subtitle"] = self.describe(obj)
        if obj is not None and self.may_act(request):
            context["obstacle"] = self.obstacle(request, obj)
        if obj is not None and self.may_act(request) and not context["obstacle"]:
            offered = self.offered(request, obj)
            if self.decides_on_page:
                context["decisions"] = [self.decision(obj, action) for action in offered]
            else:
                context["row_actions"] = [(action, self._address(obj, action)) for action in offered]
        return super().render_change_form(request, context, *args, **kwargs)

    def action_view(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        """Ask about one row, and act once it is confirmed."""
        action = self._action(slug)
        if action is None or not self.may_act(request):
            raise PermissionDenied
        obj = get_object_or_404(self.get_queryset(request), pk=pk)
        back = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[pk])
        return self.ask(request, action, [obj], back)

    def ask(self, request: HttpRequest, action: AdminAction, objects: list[Any], back: str) -> HttpResponse:
        """Show the question. Once it is confirmed, run the action for each row and report the results.

        What was typed for one row comes back with the question if the action is refused.
        """
        confirmed = request.POST.get("confirmed") == action.slug
        form = action.form(objects[0] if objects else None, data=request.POST if confirmed else None)
        one = objects[0] if len(objects) == 1 else None
        status = HTTPStatus.OK
        if confirmed and (form is None or form.is_valid()):
            if one and request.POST.get("seen", seen := self.seen(one)) != seen:
                self.message_user(request, CHANGED, messages.ERROR)
            elif self._run(request, action, objects, form.cleaned_data.get("reason", "") if form else ""):
                return self.after(request, objects, back)
            elif form is None or not one:
                return HttpResponseRedirect(back)
            status = HTTPStatus.CONFLICT
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": action.label,
            "action": action,
            "objects": [self.describe(obj) for obj in objects],
            "keys": [obj.pk for obj in objects],
            "form": form,
            "letters": [letter for obj in objects[:NAMED_PEOPLE] for letter in action.letters(obj)],
            "judged": self.judged(request, one) if one else "",
            "seen": self.seen(one) if one else "",
            "back": back,
            "selected": helpers.ACTION_CHECKBOX_NAME,
            "is_action": "action" in request.POST,
        }
        return TemplateResponse(request, "admin/action.html", context, status=status)

    def _run(self, request: HttpRequest, action: AdminAction, objects: list[Any], reason: str) -> bool:
        """Run the action for each row and say what happened; return whether it was done for all."""
        refused = 0
        for obj in objects:
            letters = action.letters(obj)
            try:
                action.run(obj, by=request.user, **({"reason": reason} if action.needs_reason else {}))
                self.message_user(request, action.said_of(obj, self.describe(obj), letters), messages.SUCCESS)
            except ConflictOfInterest as refusal:
                refused += 1
                subject, note = self.subject_of_history(obj), f"{action.label}: {refusal}"
                history.record(subject, "decision_refused", by=request.user, note=note)  # type: ignore[arg-type]
                self.message_user(request, f"{self.describe(obj)}: {refusal}", messages.ERROR)
            except InvalidTransition as refusal:
                refused += 1
                self.message_user(request, f"{self.describe(obj)}: {refusal}", messages.ERROR)
        return not refused

    def decision(self, obj: Any, action: AdminAction) -> Decision:
        """Return an action on a row with what its form needs, for a page of that row."""
        form = action.form(obj, auto_id=f"id_{action.slug}_%s")
        return Decision(action, self._address(obj, action), form, action.letters(obj), self.seen(obj))

    def _action(self, slug: str) -> AdminAction | None:
        return next((action for action in self.row_actions if action.slug == slug), None)

    def _address(self, obj: Any, action: AdminAction) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_action", args=[obj.pk, action.slug])


def _ask_for_many(
    model_admin: ActionAdmin, request: HttpRequest, queryset: QuerySet[Any], *, action: AdminAction
) -> HttpResponse:
    if not model_admin.may_act(request):
        raise PermissionDenied
    return model_admin.ask(request, action, list(queryset), request.get_full_path())
