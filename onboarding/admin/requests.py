"""The queue of production requests, and a page for each with everything staff need to decide."""

from http import HTTPStatus
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.guards import person
from accounts.work import ClaimFilter, QueueMixin
from myusa.lib import history
from myusa.lib.admin.read_only import ReadOnlyAdmin
from myusa.lib.http import csp
from myusa.lib.http.csv_files import CHUNK, csv_response
from myusa.lib.http.uploads import takes_files
from myusa.lib.steps import InvalidTransition
from onboarding import evidence, progress, questions, review_warnings, runs, samples, states
from onboarding.admin import steps
from onboarding.admin.demos import LinksForm
from onboarding.admin.filters import TURN_WORDS, ProductFilter, StateAgeFilter, TurnFilter
from onboarding.models import Demo, ProductionRequest, Signature
from onboarding.states import Turn
from onboarding.steps import production
from onboarding.steps.demo import set_links
from onboarding.uploads import MAX_PDF_BYTES
from onboarding.views.affidavits import download, shown_inline
from onboarding.views.documents import pdf_of


@admin.register(ProductionRequest)
class ProductionRequestAdmin(QueueMixin, ReadOnlyAdmin):
    list_display = ["__str__", "state", "turn_of", "age", "claimed_by", "product_names"]
    list_filter = [TurnFilter, "state", ClaimFilter, StateAgeFilter, ("products", ProductFilter)]
    search_fields = ["=pk", "app__name", "app__organization", "app__team__name", "app__clients__client_id"]
    search_help_text = gettext_lazy("Number of the request, app, organization, team or client ID")
    list_select_related = ["app__team"]
    actions = ["export_csv"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ProductionRequest]:
        return ProductionRequest.objects.queue().prefetch_related("products", "claims__staff")

    def waiting(self, request: HttpRequest) -> QuerySet[ProductionRequest]:
        """Return what staff have to do, the oldest first."""
        waiting = ProductionRequest.objects.waiting_for(Turn.STAFF)
        return waiting.select_related("app__team").order_by("state_since", "pk")

    def may_act(self, request: HttpRequest) -> bool:
        return request.user.has_perm(states.REVIEW_PERMISSION)  # type: ignore[union-attr]

    def obstacle(self, request: HttpRequest, obj: ProductionRequest) -> str:
        """Return why this reviewer must not decide about the app, or ""."""
        return obj.app.team.conflict_of(person(request))

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        return ["rank", "state_since"]

    @admin.display(description=gettext_lazy("products"))
    def product_names(self, obj: ProductionRequest) -> str:
        return ", ".join(product.name for product in obj.products.all())

    @admin.display(description=gettext_lazy("claimed by"))
    def claimed_by(self, obj: ProductionRequest) -> str:
        return ", ".join(str(claim.staff) for claim in obj.claims.all()) or "–"

    @admin.display(description=gettext_lazy("turn"))
    def turn_of(self, obj: ProductionRequest) -> str:
        return str(TURN_WORDS[obj.turn])

    @admin.display(description=gettext_lazy("in this state for"), ordering="state_since")
    def age(self, obj: ProductionRequest) -> str:
        return timesince(obj.state_since)

    @admin.action(description=gettext_lazy("Export the selected requests as CSV"))
    def export_csv(self, request: HttpRequest, queryset: QuerySet[ProductionRequest]) -> HttpResponseBase:
        head = ["id", "app", "team", "organization", "products", "state", "since", "days", "turn", "started"]
        rows = (
            (
                each.pk,
                each.app.name,
                each.app.team.title,
                each.app.organization,
                self.product_names(each),
                each.state,
                each.state_since.isoformat(),
                (timezone.now() - each.state_since).days,
                each.turn.value,
                each.created_at.isoformat(),
            )
            for each in queryset.select_related("app__team").prefetch_related("products").iterator(CHUNK)
        )
        return csv_response("production-requests", head, rows)

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<int:request_id>/step/<slug:verb>/", self.admin_site.admin_view(self.step_view), name="onboarding_step"
            ),
            path(
                "<int:request_id>/request.pdf",
                self.admin_site.admin_view(self.printed_view),
                name="onboarding_printed",
            ),
            path(
                "<int:request_id>/demo/<int:demo_id>/links/",
                self.admin_site.admin_view(self.links_view),
                name="onboarding_links",
            ),
            path(
                "<int:request_id>/signature/<int:signature_id>/",
                self.admin_site.admin_view(self.signature_view),
                name="onboarding_signature",
            ),
            path(
                "<int:request_id>/signature/<int:signature_id>/document.pdf",
                self.admin_site.admin_view(self.document_view),
                name="onboarding_document",
            ),
        ]
        return own + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the request with everything known about it, and the steps that can be taken now."""
        return self._page(request, self._find(request, int(object_id) if object_id.isdecimal() else 0))

    def _page(self, request: HttpRequest, found: ProductionRequest, *, wrong: LinksForm | None = None) -> HttpResponse:
        """Return the page of a request, with a form for links that was sent and is `wrong`."""
        figures = evidence.of(found)
        context = {
            **self._context(request, found, title=str(found)),
            "decisions": steps.decisions(found, person(request)),
            "conflict": self.obstacle(request, found) if self.may_act(request) else "",
            "work": self.work_on(request, found),
            "turn": TURN_WORDS[found.turn],
            "evidence": figures,
            "runs": (app_runs := runs.of(found)),
            "sample_form": (sample_form := samples.SampleForm(request.GET)),
            "sample": samples.of(found, sample_form),
            "review_warnings": review_warnings.about(found, figures, app_runs),
            "answers": questions.answered(found.answers),
            "missing": questions.missing(found.answers),
            "submissions": [
                (each, questions.answered(each.answers)) for each in found.submissions.select_related("submitted_by")
            ],
            "affidavits": found.affidavits.select_related("text", "signature", "sent_by"),
            "demos": self._demos(request, found, wrong),
            "upcoming": found.demos.upcoming().first(),
            "emails": found.emails.with_delivery(),
            "timeline": progress.timeline(progress.history_of(found), for_staff=True),
            "client": production.production_client(found.app),
            "signature": Signature.objects.latest_of(found),
        }
        page = TemplateResponse(request, "onboarding/admin/request.html", context, status=400 if wrong else 200)
        return csp.allow_own_documents(page)

    def _demos(
        self, request: HttpRequest, found: ProductionRequest, wrong: LinksForm | None
    ) -> list[tuple[Demo, LinksForm | None]]:
        """Return the demos of a request, each with the form of its links if this person may change them."""
        may_change = self._may_set_links(request, found)
        demos = found.demos.select_related("slot", "request__app")
        return [
            (
                demo,
                (wrong if wrong and wrong.instance == demo else LinksForm(instance=demo, auto_id=_id_of(demo)))
                if may_change and not demo.cancelled_at
                else None,
            )
            for demo in demos.prefetch_related("scores__product", "scores__run_step__run")
        ]

    def _may_set_links(self, request: HttpRequest, found: ProductionRequest) -> bool:
        return person(request).has_perm("onboarding.change_demo") and not self.obstacle(request, found)

    def links_view(self, request: HttpRequest, request_id: int, demo_id: int) -> HttpResponse:
        """Set where a demo is held and recorded, from the page of its request."""
        found = self._find(request, request_id)
        if not self._may_set_links(request, found):
            raise PermissionDenied
        demo = get_object_or_404(found.demos.live(), pk=demo_id)
        here = reverse("admin:onboarding_productionrequest_change", args=[found.pk])
        if request.method != "POST":
            return redirect(here)
        form = LinksForm(request.POST, instance=found.demos.live().get(pk=demo_id), auto_id=_id_of(demo))
        if not form.is_valid():
            return self._page(request, found, wrong=form)
        told = steps.emailed_by(found, lambda: set_links(demo, **form.cleaned_data, by=person(request)))
        messages.success(request, f"{_('Demo links saved.')} {told}".strip())
        return redirect(here)

    @takes_files(MAX_PDF_BYTES + 1024 * 1024)
    def step_view(self, request: HttpRequest, request_id: int, verb: str) -> HttpResponse:
        """Ask for what a step needs, then take it."""
        found = self._find(request, request_id)
        here = reverse("admin:onboarding_productionrequest_change", args=[found.pk])
        if not self.may_act(request):
            raise PermissionDenied
        if conflict := self.obstacle(request, found):
            history.record(found.app, "decision_refused", by=person(request), note=f"{verb}: {conflict}")
            messages.error(request, conflict)
            return redirect(here)
        if verb not in steps.REVIEWER_STEPS:
            messages.error(request, _("You can't do this now."))
            return redirect(here)
        is_sent, refusal = request.method == "POST", ""
        try:
            step = states.step(verb, found.state)
            if is_sent:
                found.expect(request.POST.get("version"))
        except InvalidTransition as late:
            if not is_sent:
                messages.error(request, str(late))
                return redirect(here)
            # The page shows what was typed once more: a colleague was faster, and the reason may be needed again.
            step, refusal = steps.any_step(verb), str(late)
        try:
            form = steps.form_for(step, found, **({"data": request.POST, "files": request.FILES} if is_sent else {}))
        except InvalidTransition as late:
            messages.error(request, str(late))
            return redirect(here)
        if refusal:
            messages.error(request, refusal)
        elif is_sent and form.is_valid():
            try:
                messages.success(request, steps.take(step, found, form, by=person(request)))
            except InvalidTransition as late:
                form.add_error(None, str(late))
            else:
                return self.open_next(request, found.pk) if "next" in request.POST else redirect(here)
        context = {
            **self._context(request, found, title=str(step.label)),
            "step": step,
            "form": form,
            "warning": step.warning_for(found),
            "letters": steps.letters(step, found),
            "evidence": evidence.of(found) if verb == "send_affidavit" else [],
            "signature": Signature.objects.latest_of(found),
            "demo": found.demos.exclude(result="").prefetch_related("scores__product", "scores__run_step__run").first(),
        }
        status = HTTPStatus.CONFLICT if refusal else HTTPStatus.BAD_REQUEST if is_sent else HTTPStatus.OK
        page = TemplateResponse(request, "onboarding/admin/step.html", context, status=status)
        return csp.allow_own_documents(page)

    def signature_view(self, request: HttpRequest, request_id: int, signature_id: int) -> HttpResponseBase:
        """Return the signed document to staff as a download."""
        return download(self._signature(request, request_id, signature_id))

    def document_view(self, request: HttpRequest, request_id: int, signature_id: int) -> HttpResponse:
        """Return the signed document to the page on which staff judge it."""
        return shown_inline(self._signature(request, request_id, signature_id))

    def _signature(self, request: HttpRequest, request_id: int, signature_id: int) -> Signature:
        found = self._find(request, request_id)
        return get_object_or_404(Signature, pk=signature_id, affidavit__request=found)

    def printed_view(self, request: HttpRequest, request_id: int) -> HttpResponse:
        """Return answers, criteria and scorecards to staff, to print."""
        return pdf_of(self._find(request, request_id))

    def _find(self, request: HttpRequest, request_id: int) -> ProductionRequest:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return get_object_or_404(ProductionRequest.objects.select_related("app__team"), pk=request_id)

    def _context(self, request: HttpRequest, found: ProductionRequest, *, title: str) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": capfirst(title),
            "opts": self.opts,
            "original": found,
            "production_request": found,
            "app": found.app,
        }


def _id_of(demo: Demo) -> str:
    return f"id_demo_{demo.pk}_%s"
