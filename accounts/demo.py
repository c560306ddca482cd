"""The demo's work for account support: a person whose mailbox is lost, who used up a limit, and a colleague's lost phone."""

from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.utils import timezone

from accounts.models import AccountRecovery, Allowance, User, allowances
from myusa.lib.demo import Cast
from myusa.lib.security.digests import keyed_digest
from myusa.outbox.models import OutgoingEmail

# Whose recovery waits for a second superuser, and who asked for it.
COLLEAGUE, MANAGER = "riley@demo.example", "morgan@demo.example"
LOST, NEW = "casey@demo.example", "casey.new@demo.example"


def seed(cast: Cast) -> dict[str, Any]:
    """Create the person, the recovery and the limit that are missing."""
    if User.objects.filter(email__in=[LOST, NEW]).exists():
        return {}
    casey = User.objects.create_user(LOST)
    with OutgoingEmail.objects.unneeded():
        AccountRecovery.objects.begin(
            casey,
            kind=AccountRecovery.Kind.EMAIL,
            new_email=NEW,
            reason="Called from the number on file. The old provider closed the mailbox.",
            by=cast.users["staff"],
        )
        _staff_recovery()
    kind = allowances.REPORTS
    Allowance.objects.create(
        kind=kind.slug,
        digest=keyed_digest("allowance", f"{casey._meta.label_lower}:{casey.pk}"),
        subject=casey.email,
        full_at=timezone.now() + kind.window,
    )
    cast.tell("Staff", "/admin/", "see what is waiting; claim a row and decide about it")
    return {}


def _staff_recovery() -> None:
    """Create a colleague who lost the phone, and the request of another superuser to let them back in."""
    riley = User.objects.create_user(COLLEAGUE, is_staff=True)
    TOTP.activate(riley, generate_totp_secret())
    AccountRecovery.objects.begin(
        riley,
        kind=AccountRecovery.Kind.SECOND_FACTOR,
        reason="Showed a badge at the help desk. The phone was stolen on Monday.",
        by=User.objects.create_superuser(MANAGER),
    )
