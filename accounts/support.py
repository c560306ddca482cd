"""What account support does for a person: end all sessions, lift the limits on codes. Each needs a reason and sends an email."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import CodeGuard, Session
from accounts.models.recoveries import PERMISSION
from myusa.lib import history
from myusa.lib.messages import mail
from myusa.lib.messages.mail import Letter
from myusa.lib.steps import InvalidTransition
from myusa.outbox.models import OutgoingEmail

if TYPE_CHECKING:
    from accounts.models import User

ENDED, LIFTED = "support_ended_sessions", "support_lifted_limits"


@transaction.atomic
def end_sessions(user: "User", *, by: "User", reason: str) -> None:
    """Sign a person out everywhere; raise InvalidTransition if `by` may not."""
    _require(user, by)
    ended = Session.objects.of(user).count()
    Session.objects.filter(user=user).delete()
    history.record(user, ENDED, by=by, before={"sessions": ended}, after={"sessions": 0}, note=reason)
    OutgoingEmail.objects.write(user.email, f"accounts/{ENDED}")


@transaction.atomic
def lift_limits(user: "User", *, by: "User", reason: str) -> None:
    """Lift the limits on a person's codes, so they can sign in now; raise InvalidTransition if none stops them."""
    _require(user, by)
    guards = list(CodeGuard.objects.of_person(user))
    if not guards:
        raise InvalidTransition(_("No limits affect this person."))
    for guard in guards:
        guard.lift(by=by, reason=reason)
    history.record(user, LIFTED, by=by, note=reason)
    OutgoingEmail.objects.write(user.email, f"accounts/{LIFTED}")


def letters(user: "User", template: str) -> list[Letter]:
    content = mail.render(f"accounts/{template}")
    return [Letter([user.email], content.subject, content.text)]


def obstacle(user: "User", by: "User") -> str:
    """Return why `by` cannot do this for this person, "" if they can."""
    if not by.has_perm(PERMISSION):
        return _("Only account support can do this.")
    if user == by:
        return _("Ask a colleague to do this for your own account.")
    if (user.is_staff or user.is_superuser) and not by.is_superuser:
        return _("Only a superuser can do this for an account of staff.")
    if user.is_test_user:
        return _("This is a test user. Test users have no sessions or codes.")
    return ""


def _require(user: "User", by: "User") -> None:
    if why := obstacle(user, by):
        raise InvalidTransition(why)
