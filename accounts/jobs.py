"""What accounts does in the background."""

from celery import shared_task

from accounts.models import OneTimeCode, SpentCode
from accounts.sessions import SessionStore


@shared_task(
    autoretry_for=(OSError,),
    retry_kwargs={"max_retries": 5},
    retry_backoff=2,
    retry_jitter=False,
)
def send_code(code_id: int) -> None:
    """Send the code `code_id`, unless it was sent or replaced meanwhile."""
    code = OneTimeCode.objects.filter(pk=code_id).first()
    if code is not None:
        code.deliver()


@shared_task
def purge() -> None:
    """Delete expired sessions, used codes, and the codes and failed attempts of yesterday."""
    SessionStore.clear_expired()
    OneTimeCode.objects.purge()
    SpentCode.objects.purge()
