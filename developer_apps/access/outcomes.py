"""`POST /gateway/outcomes`: what an API served elsewhere responded to the calls it had checked."""

import json
import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from developer_apps.access.resource_servers import authenticate
from developer_apps.errors import TOO_MANY_OUTCOMES
from developer_apps.models import ResourceServer
from developer_apps.traffic.outcomes import Report, settle
from myusa.lib.http import bodies
from myusa.lib.http.errors import BODY_TOO_LARGE, INVALID_VALUE, METHOD_NOT_ALLOWED, Problems, as_problems, challenge

MAX_BYTES = 1024 * 1024
MAX_OUTCOMES = 1_000
MAX_ENDPOINT = 60
MAX_METHOD = 20
MAX_DIGEST = 128
MAX_LATENCY_MS = 2_000_000


class InvalidField(ValueError):
    """A field of one entry is missing or wrong; `field` names it."""

    def __init__(self, field: str) -> None:
        self.field = field


@csrf_exempt
def outcomes(request: HttpRequest) -> HttpResponse:
    """Take the outcomes of up to 1,000 calls, and return one result per entry, in order."""
    try:
        if request.method != "POST":
            raise METHOD_NOT_ALLOWED.problem(Allow="POST")
        server = authenticate(request, request.headers.get("Authorization"))
        results = _take(server, _entries(request))
    except Exception as exception:
        problems = as_problems(exception)
        if problems is None:
            raise
        return _refused(problems)
    return JsonResponse({"results": results}, headers={"Cache-Control": "no-store"})


def _entries(request: HttpRequest) -> list[Any]:
    """Return the entries of the body: `{"outcomes": […]}`, or one outcome by itself."""
    if len(bodies.raw(request)) > MAX_BYTES:
        raise BODY_TOO_LARGE.problem()
    # One entry with a text that cannot be stored is invalid, and the others are taken.
    body = bodies.read_body(request, any_text=True)
    entries = body.get("outcomes") if "outcomes" in body else [body]
    if not isinstance(entries, list):
        raise INVALID_VALUE.problem("outcomes", message="Send a list of outcomes.")
    if len(entries) > MAX_OUTCOMES:
        raise TOO_MANY_OUTCOMES.problem("outcomes")
    return entries


def _take(server: ResourceServer, entries: list[Any]) -> list[dict[str, str]]:
    products = dict(server.products.filter(is_built_in=False).values_list("slug", "pk"))
    results: list[dict[str, str]] = []
    positions: list[int] = []
    reports: list[Report] = []
    for position, entry in enumerate(entries):
        try:
            report = _report(entry, products)
        except InvalidField as error:
            results.append({"result": "invalid", "field": error.field})
        else:
            results.append({"result": "not_yours"})
            if report:
                positions.append(position)
                reports.append(report)
    for position, result in zip(positions, settle(reports), strict=True):
        results[position] = {"result": result}
    if reports:
        server.note_report(timezone.now())
    return results


def _report(entry: Any, products: dict[str, int]) -> Report | None:
    """Return the report of one entry, None for a product of another server; raise InvalidField."""
    if not isinstance(entry, dict):
        raise InvalidField("outcome")
    try:
        trace_id = uuid.UUID(_text(entry, "trace_id", 40))
    except ValueError as error:
        raise InvalidField("trace_id") from error
    slug = _text(entry, "product", 50)
    status = _number(entry, "status", 100, 599)
    endpoint = _text(entry, "endpoint", MAX_ENDPOINT)
    method = _text(entry, "method", MAX_METHOD).upper()
    latency = _number(entry, "latency_ms", 0, MAX_LATENCY_MS)
    payload, response = _digest(entry, "payload_digest"), _digest(entry, "response_digest")
    if slug not in products:
        return None
    return Report(trace_id, products[slug], int(status), endpoint, method, round(latency * 1000), payload, response)


def _digest(entry: dict[str, Any], field: str) -> str:
    return _text(entry, field, MAX_DIGEST) if entry.get(field) is not None else ""


def _text(entry: dict[str, Any], field: str, longest: int) -> str:
    value = entry.get(field)
    if (
        not isinstance(value, str)
        or not value.strip()
        or len(value) > longest
        or "/" in value
        or not bodies.can_be_stored(value)
    ):
        raise InvalidField(field)
    return value.strip()


def _number(entry: dict[str, Any], field: str, least: int, most: int) -> float:
    value = entry.get(field)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise InvalidField(field)
    if field == "status" and not isinstance(value, int):
        raise InvalidField(field)
    return value


def _refused(problems: Problems) -> HttpResponse:
    headers = {**problems.headers, "Cache-Control": "no-store"}
    if problems.status == 401:
        headers.setdefault("WWW-Authenticate", challenge(problems))
    return HttpResponse(
        json.dumps(problems.as_json()), status=problems.status, content_type="application/json", headers=headers
    )
