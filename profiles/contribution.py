"""What accounts tells people about their profile: a copy to take along, and a card on their home page."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.contributions import HomePanel
from profiles.fields import STORED
from profiles.models import Profile

if TYPE_CHECKING:
    from accounts.models import User


def export(user: "User") -> dict[str, Any]:
    """Return every field with its value, None where nothing was given."""
    profile = Profile.objects.of(user)
    return {"email": user.email, **{field.name: field.shared(profile.value(field.name)) for field in STORED}}


def home_panel(request: HttpRequest) -> HomePanel | None:
    profile = Profile.objects.of(request.user)  # type: ignore[arg-type]
    filled = profile.filled_count
    if not filled:
        text = _("Your profile is empty. What you enter once can fill in the forms of apps you allow.")
    else:
        text = _("%(filled)s of %(total)s fields are filled in.") % {"filled": filled, "total": profile.field_count}
    return HomePanel(
        title=_("My profile"),
        text=text,
        link=reverse("profiles:personal"),
        link_text=_("Open my profile") if filled else _("Fill in my profile"),
        order=10,
    )
