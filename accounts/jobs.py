"""The jobs of accounts: each is safe to run twice. They carry nothing; what is to be done is in the database."""

from concurrent.futures import ThreadPoolExecutor

from celery import shared_task
from django.db import connection

from accounts.models import AccountRecovery, Allowance, OneTimeCode, SpentCode
from accounts.models.codes import wake_up
from accounts.sessions import SessionStore

# Codes that one job sends side by side, so one slow mail server delays nobody else's code.
SIDE_BY_SIDE = 16


@wake_up.runs
@shared_task
def send_codes() -> int:
    """Send the codes that are due; return how many were tried."""
    tried = 0
    while codes := OneTimeCode.objects.take_due(SIDE_BY_SIDE):
        tried += len(codes)
        if len(codes) == 1 or connection.in_atomic_block:
            for code in codes:
                code.deliver()
        else:
            with ThreadPoolExecutor(len(codes)) as pool:
                list(pool.map(_deliver, codes))
    return tried


def _deliver(code: OneTimeCode) -> None:
    try:
        code.deliver()
    finally:
        connection.close()


@shared_task
def apply_recoveries() -> int:
    """Let the account recoveries take effect whose delay has passed; return how many did."""
    return sum(recovery.apply() for recovery in AccountRecovery.objects.due().select_related("user", "requested_by"))


@shared_task
def purge() -> None:
    """Delete expired sessions, used codes, and yesterday's codes and failed attempts."""
    SessionStore.clear_expired()
    OneTimeCode.objects.purge()
    SpentCode.objects.purge()
    Allowance.objects.purge()
