"""Jobs that belong to no app."""

from smtplib import SMTPRecipientsRefused

from celery import shared_task

from myusa.lib.messages import mail

TWO_DAYS_OF_TRIES = 60


@shared_task(
    autoretry_for=(OSError,),
    dont_autoretry_for=(SMTPRecipientsRefused,),
    retry_backoff=30,
    retry_backoff_max=3600,
    max_retries=TWO_DAYS_OF_TRIES,
)
def deliver_mail(to: str, subject: str, text: str, html: str, files: list[tuple[str, str, str]]) -> None:
    """Hand a rendered message to the mail server, again and again while that fails."""
    mail.deliver(to, subject, text, html, files)
