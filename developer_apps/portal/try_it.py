"""Try it: run an operation of the API reference for one's own app, as one of its test users."""

import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.urls import Resolver404, reverse

from developer_apps import traffic
from developer_apps.access.acting import TEST_USER_HEADER
from developer_apps.contributions import USER, Example
from developer_apps.docs import code, reference
from developer_apps.docs.openapi import Operation
from developer_apps.models import App
from developer_apps.portal import first_call
from developer_apps.portal.forms.try_it import TryForm
from developer_apps.portal.sandbox_calls import Response, create_token, respond, sandbox_client
from myusa.lib.database.encryption import InvalidToken, decrypt, encrypt
from myusa.lib.http.errors import CATALOG, ErrorCode
from myusa.lib.observability import request_id

if TYPE_CHECKING:
    from accounts.models import User

MAX_BODY = 8_000  # characters of a response that the page shows
_KEY = "try_it"
_PLACEHOLDER = re.compile(r"\{[a-z_]+\}")


@dataclass(frozen=True)
class Result:
    """What was sent, as a program in each language, and what came back."""

    response: Response
    samples: list[tuple[str, str, str]]
    trace_id: str
    log_url: str

    @property
    def errors(self) -> list[ErrorCode]:
        """The codes of the response, which the catalog explains."""
        try:
            entries = json.loads(self.response.body).get("errors", [])
        except (ValueError, AttributeError):
            return []
        return [CATALOG[entry["code"]] for entry in entries if entry.get("code") in CATALOG]


def initial_values(operation: Operation) -> dict[str, str]:
    """Return a body that works as it is: that of an example of this path without placeholders."""
    same_path = [each for each in reference.operations() if each.path == operation.path and each.body]
    for each in sorted(same_path, key=lambda each: each.anchor != operation.anchor):
        for shown in each.examples:
            body = json.dumps(shown.example.body, indent=2, ensure_ascii=False)
            if shown.example.body is not None and not _PLACEHOLDER.search(body):
                return {"body": body}
    return {}


def send(request: HttpRequest, app: App, form: TryForm, *, by: "User") -> bool:
    """Send what the form says, and keep the result for the page. False if the app's sandbox keys don't work."""
    client = sandbox_client(app)
    if client is None:
        return False
    test_user = form.cleaned_data.get("test_user") or first_call.ensure_test_user(app, by=by)
    token = create_token(client, test_user)
    body = form.cleaned_data.get("body", "")
    sent = {
        **({} if client.is_public else {TEST_USER_HEADER: str(test_user.user.uid)}),
        **({"Content-Type": "application/json"} if body else {}),
        **form.headers,
    }
    method, address = form.operation.method, form.address
    try:
        response = respond(request, method, address, headers={**sent, "Authorization": f"Bearer {token}"}, body=body)
    except Resolver404:
        return False
    traffic.flush()
    kept = {
        "method": method,
        "address": address,
        "headers": sent,
        "body": body,
        "token": token,
        "response": {**asdict(response), "body": response.body[:MAX_BODY]},
        "trace_id": request_id.current(),
        "values": {name: request.POST.get(name, "") for name in form.fields},
    }
    request.session[_KEY] = {"app": app.pk, "operation": form.operation.anchor, "kept": encrypt(json.dumps(kept))}
    return True


def take(request: HttpRequest, app: App, operation: Operation) -> tuple[Result | None, dict[str, Any]]:
    """Return the result that waits for this page, which is forgotten, and the values that were sent."""
    waiting = request.session.get(_KEY)
    if not waiting or (waiting["app"], waiting["operation"]) != (app.pk, operation.anchor):
        return None, {}
    del request.session[_KEY]
    try:
        kept = json.loads(decrypt(waiting["kept"]))
    except InvalidToken:  # the encryption key was rotated
        return None, {}
    example = Example(
        "try",
        kept["method"],
        kept["address"],
        token=USER,
        headers={name: value for name, value in kept["headers"].items() if name != "Content-Type"},
        body=_parsed(kept["body"]),
    )
    samples = [
        (slug, name, text.replace("{access_token}", kept["token"])) for slug, name, text in code.samples(example)
    ]
    log_url = reverse("developer_apps:analytics_log_entry", args=[app.pk, kept["trace_id"]])
    return Result(Response(**kept["response"]), samples, kept["trace_id"], log_url), kept["values"]


def _parsed(body: str) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None
