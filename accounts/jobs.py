"""The jobs of accounts: each is safe to run twice. They carry nothing; what is to be done is in the database."""

import threading
import time
from collections import Counter
from datetime import timedelta

from celery import shared_task

from accounts.code_delivery import deliver, party
from accounts.models import AccountRecovery, Allowance, CodeGuard, OneTimeCode, SpentCode, User
from accounts.models.codes import wake_up
from accounts.sessions import SessionStore
from myusa.lib import one_by_one, side_by_side
from myusa.lib.database.deletion import reopen_interrupted as reopen

# Codes that one process sends at a time, and of these to one domain or by text message: slow mailboxes delay no one else's code.
SIDE_BY_SIDE = 16
PER_PARTY = 4
# A code whose party has no room is due again after this long.
NO_ROOM = timedelta(seconds=1)
# How long one job goes on taking codes; the sweep begins the next.
TURN_SECONDS = 30.0


@wake_up.runs
@shared_task
def send_codes() -> int:
    """Send the codes that are due; return how many were tried."""
    in_hand: Counter[str] = Counter()
    lock = threading.Lock()
    end = time.monotonic() + TURN_SECONDS

    def take() -> OneTimeCode | None:
        while time.monotonic() < end and (found := OneTimeCode.objects.take_due()):
            code = found[0]
            with lock:
                if in_hand[party(code)] < PER_PARTY:
                    in_hand[party(code)] += 1
                    return code
            code.give_back(NO_ROOM)
        return None

    def send(code: OneTimeCode) -> int:
        try:
            deliver(code)
        finally:
            with lock:
                in_hand[party(code)] -= 1
        return 1

    return side_by_side.work(take, send, most=SIDE_BY_SIDE)


@shared_task
def apply_recoveries() -> int:
    """Let the account recoveries take effect whose delay has passed; return how many did."""
    due = AccountRecovery.objects.due().select_related("user", "requested_by")
    return one_by_one.take(AccountRecovery.apply, due)


@shared_task
def reopen_interrupted() -> int:
    """Let people in again whose account a killed process was deleting: they can ask again; return how many."""
    return reopen(User, reopen={"is_active": True})


@shared_task
def purge() -> None:
    """Delete expired sessions, used codes, yesterday's codes and failed attempts, and last year's recoveries."""
    SessionStore.clear_expired()
    OneTimeCode.objects.purge()
    SpentCode.objects.purge()
    Allowance.objects.purge()
    CodeGuard.objects.purge()
    AccountRecovery.objects.purge()
