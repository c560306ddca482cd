"""The page of an incident with an app, and its export."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.guards import person
from developer_apps.models import App
from developer_apps.portal import incidents
from myusa.lib import history
from myusa.lib.admin.actions import ActionAdmin
from myusa.lib.http.csv_files import csv_response
from myusa.lib.widgets import DateInput

STEPS = ("revoke_keys", "block")
USUAL_DAYS = 30


class PeriodForm(forms.Form):
    """The days of the incident, in the time zone of the site."""

    since = forms.DateField(label=gettext_lazy("From"), widget=DateInput())
    until = forms.DateField(
        label=gettext_lazy("To"), required=False, widget=DateInput(), help_text=gettext_lazy("Empty: until now.")
    )

    def clean(self) -> None:
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", _("Enter a day after the first one."))

    def period(self) -> tuple[datetime, datetime | None]:
        """Return the first moment, and the first one after the last day, None without a last day."""
        until = self.cleaned_data["until"]
        return _midnight(self.cleaned_data["since"]), _midnight(until + timedelta(days=1)) if until else None


class IncidentMixin(ActionAdmin):
    """Adds the page of an incident to the admin of apps."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/incident/", view(require_safe(self.incident_view)), name="developer_apps_app_incident"),
            path("<int:pk>/incident/export/", view(require_POST(self.export_view)), name="developer_apps_app_export"),
        ]
        return own + super().get_urls()

    def incident_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show whose data the app read in a period, and what can be done about it."""
        app = self._app(request, pk)
        first = timezone.localdate() - timedelta(days=USUAL_DAYS)
        form = PeriodForm(request.GET if "since" in request.GET else {"since": first.isoformat()})
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Incident: %(app)s") % {"app": app},
            "opts": self.opts,
            "app": app,
            "form": form,
            "kept_days": settings.TRAFFIC_DETAIL_DAYS,
            "may_act": self.may_act(request),
            "obstacle": self.obstacle(request, app),
        }
        if form.is_valid():
            since, until = form.period()
            history.record(person(request), "incident_opened", by=person(request), after={"app": str(app)})
            context |= {**incidents.summary(app, since, until), "message_since": since.isoformat()}
        if context["may_act"] and not context["obstacle"]:
            offered = [each for each in self.row_actions if each.slug in STEPS and each.is_offered(app)]
            context["decisions"] = [self.decision(app, each) for each in offered]
        status = 200 if form.is_valid() else 400
        return TemplateResponse(request, "developer_apps/portal/admin/incident.html", context, status=status)

    def export_view(self, request: HttpRequest, pk: int) -> HttpResponse | StreamingHttpResponse:
        """Return everyone whose data was read as a CSV file, and record that."""
        app, form = self._app(request, pk), PeriodForm(request.POST)
        if not self.may_act(request) or self.obstacle(request, app) or not form.is_valid():
            raise PermissionDenied
        since, until = form.period()
        after = {"app": str(app), "since": since.isoformat(), "until": until.isoformat() if until else ""}
        history.record(person(request), "incident_exported", by=person(request), after=after)
        return csv_response(f"incident-app-{app.pk}", incidents.HEAD, incidents.rows(app, since, until))

    def _app(self, request: HttpRequest, pk: int) -> App:
        if not self.has_view_permission(request) or not person(request).has_perm("developer_apps.view_authorization"):
            raise PermissionDenied
        return get_object_or_404(App.objects.select_related("team"), pk=pk)


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))
