"""The signed link in each email that turns off the emails of its sender. It does not expire and has no row."""

from dataclasses import dataclass
from typing import Self

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from accounts.models import User
from developer_apps.models import App, Authorization
from myusa.lib import history
from notifications.models import AnnouncementPreference, Preference

_signer = Signer(salt="notifications.unsubscribe")
_ANNOUNCEMENTS = "0"


@dataclass(frozen=True, slots=True)
class Subscription:
    """The emails that a person gets from one app, or from MyUSA itself (`app_id` None)."""

    user_id: int
    app_id: int | None

    @classmethod
    def of(cls, signed: str) -> Self | None:
        """Return what a signed value names, None if it was not signed here."""
        try:
            user_id, app_id = _signer.unsign(signed).split(".")
        except (BadSignature, ValueError):
            return None
        return cls(int(user_id), None if app_id == _ANNOUNCEMENTS else int(app_id))

    @classmethod
    def to_announcements(cls, user: User) -> Self:
        return cls(user.pk, None)

    @property
    def signed(self) -> str:
        return _signer.sign(f"{self.user_id}.{self.app_id or _ANNOUNCEMENTS}")

    @property
    def url(self) -> str:
        return settings.BASE_URL + reverse("notifications:unsubscribe", args=[self.signed])

    @property
    def user(self) -> User | None:
        return get_user_model().objects.filter(pk=self.user_id, is_active=True).first()

    @property
    def sender(self) -> str:
        """Return the name of who sends these emails, "" if it is gone."""
        if self.app_id is None:
            return settings.SITE_NAME
        return App.objects.filter(pk=self.app_id).values_list("name", flat=True).first() or ""

    @property
    def is_connected(self) -> bool:
        """Whether there is something to turn on or off: a disconnected app can send nothing."""
        return self.app_id is None or self._authorizations.exists()

    @property
    def is_on(self) -> bool:
        if self.app_id is None:
            return not AnnouncementPreference.objects.filter(user=self.user_id, by_email=False).exists()
        return self._authorizations.exclude(notification_preference__by_email=False).exists()

    @transaction.atomic
    def turn(self, *, on: bool, by: User | None = None) -> None:
        """Turn the emails on or off; a second call changes nothing. `by` is None for a person who uses the link."""
        if self.app_id is None:
            if user := self.user:
                AnnouncementPreference.objects.update_or_create(user=user, defaults={"by_email": on})
                history.record(user, "announcements_by_email", by=by, after={"on": on})
            return
        for authorization in self._authorizations:
            Preference.objects.set_for(authorization, by_email=on)
            history.record(authorization, "notifications_by_email", by=by, after={"on": on})

    @property
    def _authorizations(self) -> QuerySet[Authorization]:
        return Authorization.objects.live().filter(user=self.user_id, app=self.app_id)
