"""The Profile API in the documentation: its page, and the requests that pages show and tests send."""

from django.utils.translation import gettext_lazy as _

from developer_apps.contributions import CLIENT, USER, Example, Page
from profiles.fields import FIELDS

PAGE = Page(
    "profile",
    _("Profile API"),
    _("Read what a person shared with your app."),
    "profiles/docs.html",
    goal=_("Read a person’s profile"),
)

EMAIL = "maria@example.gov"
UID = "a4f7c1de-0b62-4f0e-9d9a-3a1f6f2b8c55"
SCHEMA_ORG = {
    "email": EMAIL,
    "givenName": "Maria",
    "additionalName": None,
    "familyName": "Okafor",
    "homeLocation": {
        "streetAddress": "12 Harbor Street",
        "addressLocality": "Portland",
        "addressRegion": "ME",
        "postalCode": "04101",
    },
    "telephone": "207-555-0142",
    "gender": None,
}


def examples() -> list[Example]:
    profile = {**{field.name: field.example for field in FIELDS}, "uid": UID, "id": UID}
    return [
        Example("profile", "GET", "/api/v1/profile", token=USER, answer=profile),
        Example("profile_first", "GET", "/api/v1/profile", token=USER, answer={"email": EMAIL, "uid": UID, "id": UID}),
        Example("profile_schema", "GET", "/api/v1/profile?schema=true", token=USER, answer=SCHEMA_ORG),
        Example(
            "sandbox_profile",
            "GET",
            "/api/v1/profile",
            token=CLIENT,
            headers={"X-Test-User": "{test_user_uid}"},
            answer=profile,
        ),
        Example(
            "sandbox_fault",
            "GET",
            "/api/v1/profile",
            token=CLIENT,
            status=429,
            headers={"X-Sandbox-Fault": "rate_limited"},
            answer={
                "errors": [
                    {
                        "code": "RATE_LIMITED",
                        "message": "Too many calls. Wait for the number of seconds in Retry-After.",
                        "category": "LIMIT",
                        "reference": "https://…/developer/docs/errors/rate-limited",
                        "status": "429",
                        "traceId": "0d6f6c53-3c0a-4e0e-8a5e-7a0c1b7f1c9d",
                    }
                ]
            },
        ),
    ]
