"""What each list of the admin is for, in one line of its start page."""

from django import template
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

register = template.Library()

LINES: dict[str, Promise] = {
    "accounts.accountrecovery": _("People who lost their phone or mailbox and get back in after a delay."),
    "accounts.allowance": _("How often people and teams can send invitations, requests and similar."),
    "accounts.codeguard": _("Whose codes were rejected, and the limits to lift."),
    "accounts.legaltext": _("Terms and privacy notice, by version."),
    "accounts.user": _("The page of a person: sessions, two-step sign-in, connections."),
    "auditlog.logentry": _("Who changed what, when and why."),
    "auth.group": _("The roles of staff and what each may do."),
    "developer_apps.app": _("The page of an app: keys, traffic, mode, quotas, blocking."),
    "developer_apps.appchange": _("Changes of approved apps that wait for a decision."),
    "developer_apps.appreport": _("What people report about apps."),
    "developer_apps.authorization": _("Which app a person connected, and with which scopes."),
    "developer_apps.changelogentry": _("What’s new for developers: a page, a feed and emails."),
    "developer_apps.client": _("Apps’ keys. Suspend them here."),
    "developer_apps.deprecation": _("Versions and operations of the APIs that will stop, and when."),
    "developer_apps.helparticle": _("Questions and articles for developers."),
    "developer_apps.pagerating": _("How many readers found each page of the documentation helpful, by month."),
    "developer_apps.product": _("The catalog: texts, scopes, addresses, evidence, demo criteria, quotas."),
    "developer_apps.publicaccessrequest": _("Teams that ask for everyone to sign in."),
    "developer_apps.resourceserver": _("Servers of other agencies that check tokens here, with their secrets."),
    "developer_apps.run": _("What apps did in the scenarios of a product."),
    "developer_apps.scenario": _("The steps that an app is tried by, and what proves each."),
    "developer_apps.subscription": _("Which app uses which API, in the sandbox or in production."),
    "developer_apps.supportrequest": _("Questions of people and developers, and comments on APIs. Reply here."),
    "developer_apps.team": _("Teams with their members and apps."),
    "developer_apps.testuser": _("Test users that teams try their apps with."),
    "notifications.announcement": _("Messages of MyUSA to everyone or to the people of one app."),
    "notifications.applimit": _("How many notifications an app can send, where it differs from the default."),
    "notifications.delivery": _("Emails and text messages with notifications, and their state."),
    "notifications.refusedaddress": _("Addresses that their mail servers do not know. Nothing is emailed there."),
    "onboarding.affidavittext": _("The words that officers sign, by version."),
    "onboarding.closure": _("Days without demos, in addition to federal holidays."),
    "onboarding.demo": _("Booked demos, their scorecards and results."),
    "onboarding.productionrequest": _("Requests for production access, from evidence to keys."),
    "onboarding.slot": _("Times at which a demo can be booked."),
    "operations.serviceincident": _("Incidents that the status page shows."),
    "outbox.outgoingemail": _("Emails of the system that wait or failed. Send one again here."),
    "profiles.profile": _("Who has a profile, and since when. Values stay hidden."),
    "tasks.task": _("Tasks that apps gave people. Their texts stay hidden."),
}


@register.filter
def index_line(model: type[Model]) -> Promise | str:
    """Return what the list of a model is for."""
    return LINES.get(model._meta.label_lower, "")
