"""Personas for test users, varied enough that an app meets the hard cases before its first real user.

The phone numbers are of the range 555-01xx, which is kept free for fiction.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from developer_apps.contributions import Persona as Described
from profiles.fields import Value, stored
from profiles.models import Profile

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Persona:
    slug: str
    name: str
    summary: str | Promise
    values: dict[str, Value] = field(default_factory=dict)

    @property
    def described(self) -> Described:
        return Described(self.slug, self.name, self.summary, self.fill)

    def fill(self, user: "User") -> None:
        """Replace the profile of a test user with this persona's."""
        values = {each.name: self.values.get(each.name) for each in stored()}
        Profile.objects.of(user).update_values(values, by=user)


PERSONAS = [
    Persona(
        "complete",
        "Joe Citizen",
        _("Every field is filled in."),
        {
            "title": "Mr.",
            "first_name": "Joe",
            "middle_name": "Quincy",
            "last_name": "Citizen",
            "suffix": "Jr.",
            "address": "1800 F Street NW",
            "address2": "Apt 4",
            "city": "Washington",
            "state": "DC",
            "zip": "20405",
            "gender": "male",
            "marital_status": "married",
            "is_parent": True,
            "is_student": False,
            "is_veteran": True,
            "is_retired": False,
            "phone_number": "+12025550143",
            "mobile_number": "+12025550144",
        },
    ),
    Persona(
        "sparse",
        "Sam Sparse",
        _("Only a first name: everything else is null."),
        {"first_name": "Sam"},
    ),
    Persona(
        "non-ascii",
        "José Ñandú-Łukasiewicz",
        _("Accents, a hyphen, an apostrophe, and an address in Puerto Rico with ZIP+4."),
        {
            "title": "Dr.",
            "first_name": "José",
            "middle_name": "María 美玲",
            "last_name": "Ñandú-Łukasiewicz O’Brien",
            "address": "Calle de la Fortaleza № 63",
            "city": "San Juan",
            "state": "PR",
            "zip": "00901-1500",
            "gender": "other",
            "marital_status": "domestic_partner",
            "is_parent": False,
            "is_student": True,
            "is_veteran": False,
            "is_retired": False,
            "phone_number": "+17875550143",
            "mobile_number": "+442079460958",
        },
    ),
    Persona(
        "long-names",
        "Wolfeschlegelsteinhausen",
        _("Names and an address as long as the fields allow."),
        {
            "title": "Mrs.",
            "first_name": "Hubertine " + "Adelheid Blaine Charlotte Davina " * 7,
            "middle_name": "Zeus" * 60,
            "last_name": "Wolfeschlegelsteinhausenbergerdorff" * 7,
            "suffix": "III",
            "address": "12345 " + "Rural Route Box " * 14 + "Road",
            "address2": "Building " + "North-West " * 20 + "Wing",
            "city": "Lake Chargoggagoggmanchauggagoggchaubunagungamaugg",
            "state": "MA",
            "zip": "01570",
            "gender": "female",
            "marital_status": "widowed",
            "is_parent": True,
            "is_student": False,
            "is_veteran": False,
            "is_retired": True,
            "phone_number": "+15085550119",
            "mobile_number": "+15085550120",
        },
    ),
    Persona(
        "overseas",
        "Ana Reyes",
        _("A military address overseas, no landline, and “no” to every question."),
        {
            "title": "Mx.",
            "first_name": "Ana",
            "last_name": "Reyes",
            "address": "PSC 1234",
            "address2": "Box 5678",
            "city": "APO",
            "state": "AE",
            "zip": "09012",
            "gender": "nonbinary",
            "marital_status": "single",
            "is_parent": False,
            "is_student": False,
            "is_veteran": False,
            "is_retired": False,
            "mobile_number": "+16715550107",
        },
    ),
]
