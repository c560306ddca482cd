"""Deleting an account with everything that belongs to it."""

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest

from accounts import contributions, notices
from accounts.guards import person
from accounts.models import CodeGuard, OneTimeCode, User
from myusa.lib.database.deletion import delete_closed


def delete_account(user: User) -> None:
    """Erase the person: what upper apps hold, the history about them, then the row and everything that refers to it.

    Entries of other histories stay (an app's team still sees what was done), without the person's name. Before that the
    account is deactivated, so calls of connected apps are refused while it is deleted.
    """
    reopened = contributions.close(user)
    try:
        delete_closed(user, lambda: _erase(user), close={"is_active": False}, reopen={"is_active": True})
    finally:
        for reopen in reopened:
            reopen()


def _erase(user: User) -> None:
    if User.objects.select_for_update().filter(pk=user.pk).first() is None:  # another request deleted it
        return
    contributions.erase(user)
    about = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(User), object_pk=str(user.pk))
    about.delete()
    LogEntry.objects.filter(actor=user).update(actor=None, actor_email=None)
    OneTimeCode.objects.forget(user)
    CodeGuard.objects.forget(user)
    notices.account_deleted(user.email)
    User.objects.get(pk=user.pk).delete()


def delete_own_account(request: HttpRequest) -> None:
    """Erase the person who is signed in, and end the session."""
    delete_account(person(request))
    request.session.flush()
