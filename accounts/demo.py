"""The demo's work for account support: a person whose mailbox is lost, and who used up a limit."""

from typing import Any

from django.utils import timezone

from accounts.models import AccountRecovery, Allowance, User, allowances
from myusa.lib.demo import Cast
from myusa.lib.security.digests import keyed_digest
from myusa.outbox.models import OutgoingEmail

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
    kind = allowances.REPORTS
    Allowance.objects.create(
        kind=kind.slug,
        digest=keyed_digest("allowance", f"{casey._meta.label_lower}:{casey.pk}"),
        subject=casey.email,
        full_at=timezone.now() + kind.window,
    )
    cast.tell("Staff", "/admin/", "see what is waiting; claim a row and decide about it")
    return {}
