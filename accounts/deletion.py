"""Deleting an account with everything that belongs to it."""

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import HttpRequest

from accounts import contributions, notices
from accounts.guards import person
from accounts.models import OneTimeCode, User


def delete_account(user: User) -> None:
    """Erase the person: what upper apps hold, the history about them, then the row and all that hangs on it.

    Entries of other histories stay (an app's team still sees what was done), without the person's name.
    """
    email = user.email
    with transaction.atomic():
        contributions.erase(user)
        about = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_pk=str(user.pk))
        about.delete()
        LogEntry.objects.filter(actor=user).update(actor=None, actor_email=None)
        OneTimeCode.objects.forget(user)
        user.delete()
    notices.account_deleted(email)


def delete_own_account(request: HttpRequest) -> None:
    """Erase the person who is signed in, and end the session."""
    delete_account(person(request))
    request.session.flush()
