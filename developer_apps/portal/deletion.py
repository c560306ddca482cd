"""Deleting an app: its keys stop, people get a message and keep their record, and staff an email if the app mattered."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from developer_apps import contributions, emails
from developer_apps.models import App
from myusa.lib.steps import InvalidTransition

if TYPE_CHECKING:
    from accounts.models import User


def obligations(app: App) -> list[str]:
    """Return what people or staff rely on, in words. If there is any, a deletion needs a reason."""
    found = [str(words) for each in contributions.registered if each.obligations and (words := each.obligations(app))]
    if app.subscriptions.in_production().exists():
        found.insert(0, _("It has access to production data."))
    return found


def delete(app: App, *, by: "User", reason: str = "") -> None:
    """Delete the app; raise InvalidTransition if people or staff rely on it and no reason is given."""
    reasons_to_ask = obligations(app)
    if reasons_to_ask and not reason.strip():
        raise InvalidTransition(_("Say why you’re deleting this app. MyUSA staff read it."))

    def prepare(found: App) -> None:
        for each in contributions.registered:
            if each.app_deleted:
                each.app_deleted(found)
        if reasons_to_ask:
            emails.app_deleted(found, by=by, reason=reason, obligations=reasons_to_ask)

    app.remove(by=by, reason=reason, prepare=prepare)
