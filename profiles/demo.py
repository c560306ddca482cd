"""The demo's profiles: a citizen with most fields filled in, a developer with a name."""

from typing import Any

from myusa.lib.demo import Cast
from profiles.models import Profile

# What is missing here is what consent asks for: the last name and the mobile number.
VALUES: dict[str, dict[str, Any]] = {
    "citizen": {
        "title": "Ms.",
        "first_name": "Joan",
        "middle_name": "Lee",
        "address": "1800 F Street NW",
        "address2": "Apt 4",
        "city": "Washington",
        "state": "DC",
        "zip": "20405",
        "gender": "female",
        "marital_status": "married",
        "is_parent": True,
        "is_student": False,
        "is_veteran": True,
        "phone_number": "202-555-0143",
    },
    "developer": {"first_name": "Dev", "last_name": "Loper", "city": "Washington", "state": "DC"},
}


def seed(cast: Cast) -> dict[str, Any]:
    """Fill in the profiles that are not there yet; what a visitor changes stays."""
    for role, values in VALUES.items():
        user = cast.users[role]
        if not Profile.objects.filter(user=user).exists():
            Profile.objects.of(user).update_values(values, by=user)
    cast.tell("citizen", "/profile", "fill in the missing last name, or enter something that is not a ZIP code")
    return {}
