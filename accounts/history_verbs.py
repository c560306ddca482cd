"""Words for what the history of an account records."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VERBS: Mapping[str, str | Promise] = {
    "legal_text_translated": _("Translated a legal text"),
    "second_factor_recovery_requested": _("Asked to turn off two-step sign-in"),
    "second_factor_recovery_canceled": _("Canceled turning off two-step sign-in"),
    "second_factor_recovery_approved": _("Approved turning off two-step sign-in"),
    "second_factor_recovered": _("Turned off two-step sign-in"),
    "passkey_added": _("Added a passkey"),
    "passkey_renamed": _("Renamed a passkey"),
    "passkey_removed": _("Removed a passkey"),
    "passkey_copied": _("Rejected a passkey that may have been copied"),
    "support_ended_sessions": _("Ended all sessions"),
    "support_lifted_limits": _("Lifted the limits on codes"),
    "opened_by_staff": _("Opened the page of this person"),
    "roles_changed": _("Roles changed"),
    "refilled": _("Allowance filled again"),
    "code_limit_lifted": _("Limit of codes lifted"),
    "email_recovery_requested": _("Asked to replace the lost email address"),
    "email_recovery_canceled": _("Canceled replacing the email address"),
    "email_recovery_approved": _("Approved replacing the email address"),
    "email_recovery_failed": _("Could not replace the email address: another account has the new one"),
    "email_recovered": _("Replaced the lost email address"),
}
