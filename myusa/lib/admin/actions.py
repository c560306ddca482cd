"""Admin actions that call a verb of a model, after a page that asks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
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
from django.utils.translation import gettext_lazy, ngettext

from myusa.lib import history
from myusa.lib.admin.read_only import ReadOnlyAdmin
from myusa.lib.steps import ConflictOfInterest, InvalidTransition
from myusa.lib.typed_text import TextField


class ReasonForm(forms.Form):
    """Why staff take an action. The team reads it."""

    reason = TextField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The team sees it on its page and in the email."),
        max_length=2000,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
    )


@dataclass(frozen=True)
class AdminAction:
    """A verb of a row that staff can call, with its button and its question.

    `run(obj, by=…, reason=…)` raises InvalidTransition when the row is in no state for it; `is_offered(obj)` says
    whether the page of a row shows the button. Without `needs_reason`, `run` gets no reason; `form` asks for it.
    """

    slug: str
    label: str | Promise
    question: str | Promise
    run: Callable[..., None]
    is_offered: Callable[[Any], bool]
    needs_reason: bool = True
    form: type[ReasonForm] = ReasonForm


class ActionAdmin(ReadOnlyAdmin):
    """Offer actions in the list and as buttons on the page of a row. Both ask before they act.

    Staff with the permission to change the model may use them.
    """

    row_actions: Sequence[AdminAction] = ()

    def may_act(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")  # type: ignore[union-attr]

    def obstacle(self, request: HttpRequest, obj: Any) -> str:
        """Return why this person may not act on this row, or "": the page shows it in place of the buttons."""
        return ""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if self.may_act(request):
            for action in self.row_actions:
                actions[action.slug] = (partial(_ask_for_many, action=action), action.slug, str(action.label))  # type: ignore[assignment]
        return actions

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_action"
        view = self.admin_site.admin_view(self.action_view)
        return [path("<int:pk>/step/<slug:slug>/", view, name=name), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = context.get("original")
        if obj is not None and self.may_act(request):
            context["obstacle"] = self.obstacle(request, obj)
        if obj is not None and self.may_act(request) and not context["obstacle"]:
            context["row_actions"] = [
                (action, self._address(obj, action)) for action in self.row_actions if action.is_offered(obj)
            ]
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
        """Show the question. Once it is confirmed, run the action for each row and report the results."""
        confirmed = request.POST.get("confirmed") == action.slug
        form = action.form(request.POST if confirmed else None) if action.needs_reason else None
        if confirmed and (form is None or form.is_valid()):
            self._run(request, action, objects, form.cleaned_data["reason"] if form else "")
            return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": action.label,
            "action": action,
            "objects": objects,
            "form": form,
            "back": back,
            "selected": helpers.ACTION_CHECKBOX_NAME,
            "is_action": "action" in request.POST,
        }
        return TemplateResponse(request, "admin/action.html", context)

    def _run(self, request: HttpRequest, action: AdminAction, objects: list[Any], reason: str) -> None:
        done = 0
        for obj in objects:
            try:
                action.run(obj, by=request.user, **({"reason": reason} if action.needs_reason else {}))
                done += 1
            except ConflictOfInterest as refusal:
                subject, note = self.subject_of_history(obj), f"{action.label}: {refusal}"
                history.record(subject, "decision_refused", by=request.user, note=note)  # type: ignore[arg-type]
                self.message_user(request, f"{obj}: {refusal}", messages.ERROR)
            except InvalidTransition as refusal:
                self.message_user(request, f"{obj}: {refusal}", messages.ERROR)
        if done:
            self.message_user(
                request,
                ngettext("%(action)s: done for one.", "%(action)s: done for %(count)d.", done)
                % {"action": action.label, "count": done},
                messages.SUCCESS,
            )

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
