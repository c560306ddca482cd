"""What runs add to the page of an app."""

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from developer_apps.contributions import ApiContribution, AppPanel
from developer_apps.models import App, Scenario

if TYPE_CHECKING:
    from accounts.models import User


def api() -> ApiContribution:
    return ApiContribution(
        "runs",
        app_panels=[panel],
        history_verbs={"run_started": gettext_lazy("Run started"), "run_ended": gettext_lazy("Run ended early")},
    )


def panel(app: App, user: "User") -> AppPanel | None:
    """Show the app's last run, and lead to the scenarios, if one of its products has any."""
    last = app.runs.first()
    if last is None and not Scenario.objects.filter(is_active=True, product__subscriptions__app=app).exists():
        return None
    rows = [(_("Last run"), f"{last}: {last.get_state_display()}")] if last else []
    return AppPanel(
        title=_("Scenarios"),
        text=_("Test your app step by step, and see what we observe. A run that passes is evidence for your demo."),
        link=reverse("developer_apps:runs", args=[app.pk]),
        link_text=_("Run a scenario"),
        rows=rows,  # type: ignore[arg-type]
        order=110,
        page="production",
    )
