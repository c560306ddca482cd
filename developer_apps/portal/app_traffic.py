"""The panel of an app's page about its traffic in the last 24 hours."""

import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from developer_apps.contributions import AppPanel, Text
from developer_apps.models import App, Call, DailyTraffic, Outcome
from developer_apps.portal import first_call

if TYPE_CHECKING:
    from accounts.models import User

ONE_DAY = datetime.timedelta(days=1)


def panel(app: App, user: "User") -> AppPanel | None:
    """Return the traffic of the last 24 hours; None while the page waits for the first call."""
    found = Call.objects.filter(app=app, at__gte=timezone.now() - ONE_DAY).aggregate(
        calls=Count("pk"),
        errors=Count("pk", filter=Q(status__gte=400)),
        unknown=Count("pk", filter=Q(outcome=Outcome.UNKNOWN)),
        people=Count("user_id", distinct=True),
    )
    if found["calls"]:
        text = _("Calls in the last 24 hours.")
    elif Call.objects.filter(app=app).exists() or DailyTraffic.objects.filter(app=app).exists():
        text = _("No calls in the last 24 hours.")
    elif first_call.is_wanted(app):
        return None  # its panel waits for the call
    else:
        text = _("Waiting for your first call…")
    figures: list[tuple[Text, int]] = [
        (ngettext("call", "calls", found["calls"]), found["calls"]),
        (ngettext("error", "errors", found["errors"]), found["errors"]),
        (ngettext("person", "people", found["people"]), found["people"]),
    ]
    if found["unknown"]:
        figures.append((_("with unknown outcome"), found["unknown"]))
    return AppPanel(
        title=_("Traffic"),
        text=text,
        link=reverse("developer_apps:analytics", args=[app.pk]),
        link_text=_("View traffic"),
        figures=figures if found["calls"] else [],
        order=50,
    )
