"""Every request that the documentation shows, once: pages render it, and a test sends it to the live API.

In paths, headers and bodies `{name}` stands for a value that the reader has: `{access_token}`, `{client_id}`,
`{client_secret}`, `{code}`, `{refresh_token}`, `{redirect_uri}`, `{task_id}`, `{task_item_id}`, `{notification_id}`, `{test_user_uid}`.
"""

import json
from dataclasses import dataclass, field
from typing import Any

USER = "user"  # a person's token
CLIENT = "client"  # the app's own token, by client credentials


@dataclass(frozen=True)
class Example:
    """One request and its answer. `answer` shows the shape: same names, same types, other values."""

    slug: str
    method: str
    path: str
    status: int = 200
    token: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    form: dict[str, str] | None = None
    body: dict[str, Any] | None = None
    basic: bool = False
    answer: Any = None

    @property
    def all_headers(self) -> dict[str, str]:
        """The headers that a client sends, credentials included (Basic is shown by the tools' own options)."""
        bearer = {"Authorization": "Bearer {access_token}"} if self.token else {}
        kind = {"Content-Type": "application/json"} if self.body is not None else {}
        return {**bearer, **kind, **self.headers}

    @property
    def answer_text(self) -> str:
        return "" if self.answer is None else json.dumps(self.answer, indent=2, ensure_ascii=False)


UID = "a4f7c1de-0b62-4f0e-9d9a-3a1f6f2b8c55"
ITEM = {
    "id": 4110,
    "name": "Scan the lease",
    "url": "https://app.example.gov/renewal/lease",
    "external_id": "lease",
    "completed_at": None,
    "task_id": 871,
    "created_at": "2026-11-03T15:20:11.482Z",
    "updated_at": "2026-11-03T15:20:11.482Z",
}
TASK = {
    "id": 871,
    "name": "Renew your parking permit",
    "url": "https://app.example.gov/renewal",
    "completed_at": None,
    "user_id": 3012,
    "created_at": "2026-11-03T15:20:11.482Z",
    "updated_at": "2026-11-03T15:20:11.482Z",
    "app_id": 27,
    "task_items": [ITEM],
}
CHANGED_AT = "2026-11-04T09:00:02.113Z"
NOTIFICATION = {
    "id": 96,
    "subject": "Your permit is on its way",
    "body": "Expect it within five days.",
    "received_at": "2026-11-03T15:22:40.007Z",
    "app_id": 27,
    "user_id": 3012,
    "created_at": "2026-11-03T15:22:40.007Z",
    "updated_at": "2026-11-03T15:22:40.007Z",
    "deleted_at": None,
    "viewed_at": None,
}
NOTIFICATION_READ = {
    **NOTIFICATION,
    "deliveries": [
        {
            "channel": "email",
            "state": "sent",
            "reason": None,
            "attempts": 1,
            "next_attempt_at": None,
            "sent_at": "2026-11-03T15:22:41.390Z",
            "delivered_at": None,
        }
    ],
}
PROFILE = {
    "title": None,
    "first_name": "Maria",
    "middle_name": None,
    "last_name": "Okafor",
    "suffix": None,
    "address": "12 Harbor Street",
    "address2": None,
    "city": "Portland",
    "state": "ME",
    "zip": "04101",
    "gender": None,
    "marital_status": None,
    "is_parent": True,
    "is_student": None,
    "is_veteran": None,
    "is_retired": False,
    "email": "maria@example.gov",
    "phone_number": "207-555-0142",
    "mobile_number": None,
    "uid": UID,
    "id": UID,
}
PROFILE_SCHEMA = {
    "email": "maria@example.gov",
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
USER_TOKEN = {
    "access_token": "q1Zs…",
    "expires_in": 7200,
    "token_type": "bearer",
    "scope": "profile.email profile.first_name",
    "refresh_token": "8vTn…",
}
ERROR_SAMPLE = {
    "errors": [
        {
            "code": "TASK_NAME_REQUIRED",
            "message": "A task needs a name.",
            "category": "VALIDATION",
            "reference": "https://…/developer/docs/errors#task-name-required",
            "status": "400",
            "traceId": "5b0c3f0e-6a61-4f6e-9c43-0f1f6a2d7a10",
            "field": "task.name",
        }
    ]
}

_ALL = [
    Example(
        "token_code",
        "POST",
        "/oauth/token",
        basic=True,
        form={
            "grant_type": "authorization_code",
            "code": "{code}",
            "redirect_uri": "{redirect_uri}",
            "code_verifier": "{code_verifier}",
        },
        answer=USER_TOKEN,
    ),
    Example(
        "token_refresh",
        "POST",
        "/oauth/token",
        basic=True,
        form={"grant_type": "refresh_token", "refresh_token": "{refresh_token}"},
        answer=USER_TOKEN,
    ),
    Example(
        "token_client",
        "POST",
        "/oauth/token",
        basic=True,
        form={"grant_type": "client_credentials"},
        answer={"access_token": "Kx3p…", "expires_in": 1800, "token_type": "bearer", "scope": "notifications tasks"},
    ),
    Example(
        "token_legacy",
        "POST",
        "/oauth/authorize",
        form={
            "grant_type": "authorization_code",
            "client_id": "{client_id}",
            "client_secret": "{client_secret}",
            "code": "{code}",
            "redirect_uri": "{redirect_uri}",
        },
        answer=USER_TOKEN,
    ),
    Example("revoke", "POST", "/oauth/revoke", form={"token": "{refresh_token}"}, answer={}),
    Example(
        "tokeninfo",
        "GET",
        "/api/v1/tokeninfo",
        token=USER,
        answer={
            "resource_owner_id": 3012,
            "scopes": ["profile.email", "profile.first_name"],
            "expires_in_seconds": 7188,
            "application": {"uid": "f2b7…"},
        },
    ),
    Example("profile", "GET", "/api/v1/profile", token=USER, answer=PROFILE),
    Example("profile_schema", "GET", "/api/v1/profile?schema=true", token=USER, answer=PROFILE_SCHEMA),
    Example("tasks_list", "GET", "/api/v1/tasks", token=USER, answer=[TASK]),
    Example(
        "task_create",
        "POST",
        "/api/v1/tasks",
        token=USER,
        body={
            "task": {
                "name": "Renew your parking permit",
                "url": "https://app.example.gov/renewal",
                "task_items_attributes": [
                    {"name": "Scan the lease", "url": "https://app.example.gov/renewal/lease", "external_id": "lease"}
                ],
            }
        },
        answer=TASK,
    ),
    Example("task_read", "GET", "/api/v1/tasks/{task_id}", token=USER, answer=TASK),
    Example(
        "task_update",
        "PUT",
        "/api/v1/tasks/{task_id}",
        token=USER,
        body={
            "task": {
                "name": "Renew your resident permit",
                "task_items_attributes": [{"id": "{task_item_id}", "name": "Scan both pages of the lease"}],
            }
        },
        answer={
            **TASK,
            "name": "Renew your resident permit",
            "updated_at": CHANGED_AT,
            "task_items": [{**ITEM, "name": "Scan both pages of the lease", "updated_at": CHANGED_AT}],
        },
    ),
    Example(
        "task_complete",
        "PATCH",
        "/api/v1/tasks/{task_id}",
        token=USER,
        body={"task": {"completed": True}},
        answer={
            **TASK,
            "completed_at": CHANGED_AT,
            "updated_at": CHANGED_AT,
            "task_items": [{**ITEM, "completed_at": CHANGED_AT, "updated_at": CHANGED_AT}],
        },
    ),
    Example("task_items", "GET", "/api/v1/tasks/{task_id}/task_items", token=USER, answer=[ITEM]),
    Example(
        "task_item_create",
        "POST",
        "/api/v1/tasks/{task_id}/task_items",
        token=USER,
        body={"task_item": {"name": "Pay the fee"}},
        answer={**ITEM, "id": 4111, "name": "Pay the fee", "url": None, "external_id": None},
    ),
    Example(
        "task_item_complete",
        "PATCH",
        "/api/v1/tasks/{task_id}/task_items/{task_item_id}",
        token=USER,
        body={"task_item": {"complete": True}},
        answer={**ITEM, "completed_at": CHANGED_AT, "updated_at": CHANGED_AT},
    ),
    Example(
        "task_name_missing",
        "POST",
        "/api/v1/tasks",
        token=USER,
        status=400,
        body={"task": {"name": ""}},
        answer=ERROR_SAMPLE,
    ),
    Example(
        "notification_create",
        "POST",
        "/api/v1/notifications",
        token=USER,
        headers={"Idempotency-Key": "permit-2026-000187"},
        body={"notification": {"subject": "Your permit is on its way", "body": "Expect it within five days."}},
        answer=NOTIFICATION,
    ),
    Example(
        "notification_read", "GET", "/api/v1/notifications/{notification_id}", token=USER, answer=NOTIFICATION_READ
    ),
    Example(
        "sandbox_profile",
        "GET",
        "/api/v1/profile",
        token=CLIENT,
        headers={"X-Test-User": "{test_user_uid}"},
        answer=PROFILE,
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
                    "message": "Too many calls. Wait as long as Retry-After says.",
                    "category": "LIMIT",
                    "reference": "https://…/developer/docs/errors#rate-limited",
                    "status": "429",
                    "traceId": "0d6f6c53-3c0a-4e0e-8a5e-7a0c1b7f1c9d",
                }
            ]
        },
    ),
    Example(
        "metadata",
        "GET",
        "/.well-known/oauth-authorization-server",
        answer={
            "issuer": "https://…",
            "token_endpoint": "https://…/oauth/token",
            "code_challenge_methods_supported": ["S256"],
        },
    ),
]
EXAMPLES = {example.slug: example for example in _ALL}
