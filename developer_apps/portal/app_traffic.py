"""The panel of an app's page about its traffic in the last 24 hours."""

import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from developer_apps.contributions import AppPanel
from developer_apps.models import App, Call, Outcome

if TYPE_CHECKING:
    from accounts.models import User

ONE_DAY = datetime.timedelta(days=1)


def panel(app: App, user: "User") -> AppPanel:
    """Return the traffic of the last 24 hours."""
    found = Call.objects.filter(app=app, at__gte=timezone.now() - ONE_DAY).aggregate(
        calls=Count("pk"),
        errors=Count("pk", filter=Q(status__gte=400)),
        unknown=Count("pk", filter=Q(outcome=Outcome.UNKNOWN)),
        people=Count("user_id", distinct=True),
    )
    text = _("Calls in the last 24 hours.") if found["calls"] else _("No calls in the last 24 hours.")
    rows = [(_("Calls"), found["calls"]), (_("Errors"), found["errors"]), (_("People"), found["people"])]
    if found["unknown"]:
        rows.append((_("Outcome unknown"), found["unknown"]))
    return AppPanel(
        title=_("Traffic"),
        text=text,
        link=reverse("developer_apps:analytics", args=[app.pk]),
        link_text=_("View traffic"),
        rows=[(label, str(value)) for label, value in rows] if found["calls"] else [],
        order=50,
    )
