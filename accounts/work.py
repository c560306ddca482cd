"""Queues of staff: rows that can be claimed, notes about them, and the row that is next."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Min, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from accounts import repeats
from accounts.guards import person
from accounts.models import Claim
from myusa.lib.admin.desk import Queue, Text, Waiting
from myusa.lib.database import counting
from myusa.lib.steps import InvalidTransition
from myusa.lib.typed_text import TextField

if TYPE_CHECKING:
    _Admin = admin.ModelAdmin
else:
    _Admin = object

SHOWN_ROWS = 5


def queue(
    request: HttpRequest,
    title: Text,
    rows: QuerySet[Any],
    *,
    since: str,
    query: str = "",
    describe: Callable[[Any], str] = str,
) -> Queue:
    """Return the queue of `rows`, which have claims and wait since the time in `since`.

    `query` begins with "?" and filters the admin's list of the model to these rows, where it shows others by itself.
    """
    name = f"admin:{rows.model._meta.app_label}_{rows.model._meta.model_name}"
    staff = person(request)
    oldest = list(rows.order_by(since, "pk").prefetch_related("claims__staff")[:SHOWN_ROWS])
    return Queue(
        title,
        f"{reverse(f'{name}_changelist')}{query}",
        counting.capped_count(rows),
        rows.aggregate(oldest=Min(since))["oldest"],
        rows.filter(claims__staff=staff).count(),
        [_waiting(row, f"{name}_change", since, staff, describe) for row in oldest],
    )


def _waiting(row: Any, page: str, since: str, staff: Model, describe: Callable[[Any], str]) -> Waiting:
    claim = next(iter(row.claims.all()), None)
    return Waiting(
        describe(row),
        reverse(page, args=[row.pk]),
        getattr(row, since),
        claimed_by=str(claim.staff) if claim else "",
        is_mine=bool(claim and claim.staff_id == staff.pk),
    )


class ClaimFilter(admin.SimpleListFilter):
    title = gettext_lazy("claimed")
    parameter_name = "claimed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("mine", _("By me")), ("others", _("By a colleague")), ("no", _("By no one"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        staff = person(request)
        if self.value() == "mine":
            return queryset.filter(claims__staff=staff)
        if self.value() == "others":
            return queryset.filter(claims__isnull=False).exclude(claims__staff=staff)
        return queryset.filter(claims__isnull=True) if self.value() == "no" else queryset


class StaffNoteForm(forms.Form):
    text = TextField(
        label=gettext_lazy("Internal note"),
        help_text=gettext_lazy("Only staff can read it."),
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
    )


class QueueMixin(_Admin):
    """Let staff claim a row, write notes about it, and open the next one. The model relates to claims and notes.

    It is for admins with `may_act(request)` and `obstacle(request, obj)`, as `ActionAdmin` has them.
    """

    def waiting(self, request: HttpRequest) -> QuerySet[Any]:
        """Return what waits for staff, what should be decided first on top."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        own = [
            path("<int:pk>/work/claim/", view(require_POST(self.claim_view)), name=f"{name}_claim"),
            path("<int:pk>/work/release/", view(require_POST(self.release_view)), name=f"{name}_release"),
            path("<int:pk>/work/note/", view(require_POST(repeats.once(self.note_view))), name=f"{name}_note"),
            path("<int:pk>/work/next/", view(self.next_view), name=f"{name}_next"),
        ]
        return own + super().get_urls()

    def work_on(self, request: HttpRequest, obj: Any) -> dict[str, Any] | None:
        """Return what the page of a row shows about the work on it, None to people who must not decide about it."""
        if self.obstacle(request, obj):  # type: ignore[attr-defined]
            return None
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        return {
            "claim": Claim.objects.of(obj).select_related("staff").first(),
            "notes": obj.staff_notes.select_related("author"),
            "may_act": self.may_act(request),  # type: ignore[attr-defined]
            "is_waiting": self._waits(request, obj),
            "form": StaffNoteForm(auto_id="id_note_%s"),
            "links": {each: reverse(f"{name}_{each}", args=[obj.pk]) for each in ("claim", "release", "note", "next")},
        }

    def claim_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Claim a row, or take it over from the colleague on the page."""
        row = self._row_to_work_on(request, pk)
        shown = request.POST.get("instead_of", "")
        try:
            if not self._waits(request, row):
                raise InvalidTransition(_("This no longer waits for you, so there is nothing to claim."))
            Claim.objects.take(row, by=person(request), instead_of=int(shown) if shown.isdecimal() else None)
        except InvalidTransition as refusal:
            messages.error(request, str(refusal))
        return self._back(row)

    def release_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row_to_work_on(request, pk)
        Claim.objects.of(row).filter(staff=person(request)).delete()
        return self._back(row)

    def note_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self._row_to_work_on(request, pk)
        form = StaffNoteForm(request.POST)
        if not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("Add the note"),
                "action": {"label": _("Add the note")},
                "objects": [row],
                "form": form,
                "back": self._back(row).url,
            }
            return TemplateResponse(request, "admin/action.html", context, status=400)
        row.staff_notes.create(author=person(request), text=form.cleaned_data["text"])
        return repeats.done(request, self._back(row))

    def next_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Open the row that waits the longest after this one and that no colleague has claimed."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self.open_next(request, pk)

    def _waits(self, request: HttpRequest, row: Any) -> bool:
        return self.waiting(request).filter(pk=row.pk).exists()

    def open_next(self, request: HttpRequest, pk: int) -> HttpResponse:
        free = self.waiting(request).exclude(pk=pk)
        taken = Claim.objects.exclude(staff=person(request)).filter(
            content_type__app_label=self.opts.app_label, content_type__model=self.opts.model_name
        )
        for row in free.exclude(pk__in=taken.values("object_id"))[:SHOWN_ROWS]:
            if not self.obstacle(request, row):  # type: ignore[attr-defined]
                return self._back(row)
        messages.info(request, _("Nothing else is waiting for you in this queue."))
        return redirect("admin:index")

    def after(self, request: HttpRequest, objects: list[Any], back: str) -> HttpResponse:
        """Open the next row after "decide and open the next one"."""
        if "next" in request.POST:
            return self.open_next(request, objects[-1].pk)
        return super().after(request, objects, back)  # type: ignore[misc,no-any-return]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = context.get("original")
        if obj is not None:
            context["work"] = self.work_on(request, obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def _row_to_work_on(self, request: HttpRequest, pk: int) -> Any:
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        if not self.may_act(request) or self.obstacle(request, row):  # type: ignore[attr-defined]
            raise PermissionDenied
        return row

    def _back(self, row: Model) -> HttpResponseRedirect:
        page = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk])
        return HttpResponseRedirect(page)
