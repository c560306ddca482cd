"""The OpenAPI document of the endpoints served here, and any such document as a list of operations for a page."""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any

from django.conf import settings
from django.urls import Resolver404, resolve
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator

from developer_apps import contributions
from developer_apps.api.views import ResourceView, version_of
from developer_apps.contributions import Example
from developer_apps.docs import oauth_document, server_document
from developer_apps.models import deprecations
from developer_apps.models.deprecations import Notice
from developer_apps.scopes import built_in
from myusa.lib.http.errors import ErrorCode

METHODS = ("get", "post", "put", "patch", "delete")
# How deep properties are shown below a body, and how deep schemas are followed into each other.
MAX_DEPTH, MAX_NESTED = 3, 6
# Schemas may contain each other: what a page shows of one has an end, and so has the text about a value.
MAX_FIELDS, MAX_KIND = 300, 200


class BearerScheme(OpenApiAuthenticationExtension):
    """The security scheme of the document: calls carry a bearer token (RFC 6750)."""

    target_class = "developer_apps.api.authentication.BearerAuthentication"
    match_subclasses = True
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An access token: /developer/docs/tokens"}


@lru_cache(maxsize=2)
def document(notices: tuple[Notice, ...] = ()) -> dict[str, Any]:
    """Return the OpenAPI document of all that apps and resource servers call, with what `notices` mark as deprecated."""
    if not notices:
        return _document()
    schema = deepcopy(_document())
    for path, item in schema["paths"].items():
        view = view_of(path)
        for method in METHODS:
            if view is None or method not in item:
                continue
            name = f"{method.upper()} {view.endpoint}"
            covering = [each for each in notices if each.covers(version_of(path), name)]
            if covering:
                _mark(item[method], max(covering, key=lambda each: each.operation))
    return schema


def view_of(path: str) -> type[ResourceView] | None:
    """Return the view of a resource API that serves a path of the document, or None for OAuth's."""
    try:
        view = getattr(resolve(re.sub(r"\{\w+\}", "1", path)).func, "cls", None)
    except Resolver404:
        return None
    return view if isinstance(view, type) and issubclass(view, ResourceView) else None


def _mark(operation: dict[str, Any], notice: Notice) -> None:
    until = f" It works until {notice.sunset:%Y-%m-%d %H:%M} UTC." if notice.sunset else ""
    words = f"Deprecated since {notice.since:%Y-%m-%d}.{until} {notice.advice}"
    operation["deprecated"] = True
    operation["description"] = "\n\n".join(filter(None, [words, operation.get("description", "")]))


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    schema = SchemaGenerator(api_version="v1").get_schema(request=None, public=True)
    schema["servers"] = [{"url": settings.BASE_URL}]
    schema["paths"] |= oauth_document.PATHS | server_document.PATHS
    schemas = schema["components"]["schemas"]
    schema["paths"] = _with_references(schema["paths"], schemas)
    schemes = schema["components"]["securitySchemes"]
    schemes["basic"] = oauth_document.SECURITY_SCHEME
    schemes["resourceServer"] = server_document.SECURITY_SCHEME
    schemes["oauth2"] = oauth_document.flows({name: str(scope.for_developers) for name, scope in built_in().items()})
    for path, item in schema["paths"].items():
        if view := view_of(path):
            for method in METHODS:
                if method in item:
                    item[method]["security"] = [*_scopes_of(view), *item[method].get("security", [])]
    return dict(schema)


def _with_references(value: Any, schemas: dict[str, Any]) -> Any:
    """Return a part of the document with each titled object moved to `schemas`: generators name a class by it."""
    if isinstance(value, list):
        return [_with_references(each, schemas) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: _with_references(each, schemas) for name, each in value.items()}
    title = found.get("title")
    if found.get("type") != "object" or not isinstance(title, str):
        return found
    schemas[title] = {name: each for name, each in found.items() if name != "title"}
    return {"$ref": f"#/components/schemas/{title}"}


def _scopes_of(view: type[ResourceView]) -> list[dict[str, list[str]]]:
    """Return what a token needs for a view, as alternatives: all required scopes, or any with the view's prefix."""
    if prefix := view.any_scope_prefix:
        return [{"oauth2": [name]} for name in built_in() if name.startswith(prefix)]
    return [{"oauth2": sorted(view.required_scopes)}]


def of_built_in(slug: str) -> dict[str, Any] | None:
    """Return the part of the document that describes one product served here, or None for a product elsewhere."""
    contribution = contributions.of_product(slug)
    if contribution is None:
        return None
    whole = document(deprecations.current())
    prefix = settings.SPECTACULAR_SETTINGS["SCHEMA_PATH_PREFIX"]
    paths = {
        path: item for path, item in whole["paths"].items() if path.removeprefix(prefix).startswith(contribution.paths)
    }
    return {**whole, "paths": paths}


@dataclass(frozen=True)
class SchemaField:
    """A parameter, or a property of a body. `depth` indents what is nested."""

    name: str
    kind: str
    required: bool
    description: str
    depth: int = 0
    where: str = ""


@dataclass(frozen=True)
class Response:
    status: str
    description: str
    fields: list[SchemaField]


@dataclass(frozen=True)
class Shown:
    """An example as a page shows it: in each language, with the status of its response."""

    example: Example
    samples: list[tuple[str, str, str]]
    status_line: str


@dataclass(frozen=True)
class Operation:
    """One method of one path, ready for a page. `developer_apps.docs.reference` fills in the last four."""

    method: str
    path: str
    anchor: str
    summary: str
    description: str
    tag: str = ""
    parameters: list[SchemaField] = field(default_factory=list)
    body: list[SchemaField] = field(default_factory=list)
    content_types: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    examples: list[Shown] = field(default_factory=list)
    errors: list[ErrorCode] = field(default_factory=list)
    can_try: bool = False
    is_deprecated: bool = False


def operations(document: dict[str, Any]) -> list[Operation]:
    """Return the operations of an OpenAPI 3 document in its order. What is malformed is left out, never raised."""
    reader = _Reader(document)
    return [reader.operation(path, method, item) for path, method, item in reader.items()]


def _meaning_of(name: str) -> str:
    """Return what a parameter without a description means, if its name says so: `task_id`."""
    return f"The ID of the {name.removesuffix('_id').replace('_', ' ')}." if name.endswith("_id") else ""


def _mapping(value: Any) -> dict[str, Any]:
    """Return a JSON object, {} for anything else."""
    return value if isinstance(value, dict) else {}


def _items(value: Any) -> list[Any]:
    """Return a JSON array, [] for anything else."""
    return value if isinstance(value, list) else []


class _Reader:
    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        # By identity and depth: a schema that many others contain is described once.
        self.kinds: dict[tuple[int, int], str] = {}

    def items(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        for path, item in _mapping(self.document.get("paths")).items():
            shared = _items(_mapping(item).get("parameters"))
            for method in METHODS:
                operation = _mapping(item).get(method)
                if isinstance(operation, dict):
                    yield path, method, {**operation, "parameters": [*shared, *_items(operation.get("parameters"))]}

    def operation(self, path: str, method: str, item: dict[str, Any]) -> Operation:
        body = _mapping(self.resolve(item.get("requestBody")).get("content"))
        return Operation(
            method=method.upper(),
            path=path,
            anchor=str(item.get("operationId") or f"{method}-{path.strip('/').replace('/', '-')}"),
            summary=str(item.get("summary") or item.get("operationId") or ""),
            description=str(item.get("description", "")),
            tag=str(next(iter(_items(item.get("tags"))), "")),
            parameters=[self.parameter(each) for each in item["parameters"]],
            body=self.first_fields(self.schema(body)),
            content_types=list(body),
            responses=[self.response(status, each) for status, each in _mapping(item.get("responses")).items()],
            is_deprecated=item.get("deprecated") is True,
        )

    def parameter(self, item: Any) -> SchemaField:
        item = self.resolve(item)
        schema = self.resolve(item.get("schema"))
        return SchemaField(
            str(item.get("name", "")),
            self.kind(schema),
            bool(item.get("required")),
            str(item.get("description") or _meaning_of(str(item.get("name", "")))),
            where=str(item.get("in", "")),
        )

    def response(self, status: object, item: Any) -> Response:
        item = self.resolve(item)
        is_error = str(status)[:1] in "45"
        fields = [] if is_error else self.first_fields(self.schema(_mapping(item.get("content"))))
        return Response(str(status), str(item.get("description", "")), fields)

    def schema(self, content: dict[str, Any]) -> Any:
        """Return the schema of the first content type."""
        return next((_mapping(part).get("schema") for part in content.values()), None)

    def first_fields(self, schema: Any) -> list[SchemaField]:
        """Return the properties of a schema; "…" is the last one if there are more than a page shows."""
        found = list(islice(self.fields(schema), MAX_FIELDS + 1))
        return found if len(found) <= MAX_FIELDS else [*found[:MAX_FIELDS], SchemaField("…", "", False, "")]

    def fields(self, schema: Any, depth: int = 0, parts: int = 0) -> Iterator[SchemaField]:
        """Yield the properties of an object schema, nested ones below their parent, at most four levels deep."""
        schema = self.resolve(schema)
        if schema.get("type") == "array" and depth == 0:
            schema = self.resolve(schema.get("items"))
        for part in _parts(schema)[:1] if parts < MAX_NESTED else ():
            yield from self.fields(part, depth, parts + 1)
        required = _items(schema.get("required"))
        for name, value in _mapping(schema.get("properties")).items():
            resolved = self.resolve(value)
            description = str(_mapping(value).get("description") or resolved.get("description", ""))
            yield SchemaField(name, self.kind(resolved), name in required, description, depth)
            if depth < MAX_DEPTH:
                yield from self.fields(resolved.get("items", resolved), depth + 1, parts)

    def kind(self, schema: dict[str, Any], nested: int = 0) -> str:
        """Return the type of a value in words. A schema that contains itself ends after a few levels."""
        if nested > MAX_NESTED or not schema:
            return ""
        key = (id(schema), nested)
        if key not in self.kinds:
            self.kinds[key] = ""  # while it is read, in case it contains itself
            self.kinds[key] = _shortened(self.kind_in_words(schema, nested))
        return self.kinds[key]

    def kind_in_words(self, schema: dict[str, Any], nested: int) -> str:
        if parts := _parts(schema):
            kinds = (self.kind(self.resolve(part), nested + 1) for part in parts)
            return " or ".join(dict.fromkeys(filter(None, kinds)))
        names = [str(kind) for kind in _items(schema.get("type"))] or [str(schema.get("type") or "")]
        if "array" in names:
            return f"list of {self.kind(self.resolve(schema.get('items')), nested + 1) or 'value'}s"
        text = " or ".join(name for name in names if name)
        if extra := schema.get("format"):
            text = f"{text} ({extra})"
        if values := [str(value) for value in _items(schema.get("enum")) if value not in ("", None)]:
            text = f"{text}: {', '.join(values[:12])}{' …' if len(values) > 12 else ''}".lstrip(": ")
        return text

    def resolve(self, item: Any) -> dict[str, Any]:
        """Follow a reference into the document; {} if it is broken."""
        for _step in range(5):
            if not isinstance(item, dict):
                return {}
            reference = item.get("$ref")
            if not isinstance(reference, str):
                return item
            item = self.document
            for part in reference.removeprefix("#/").split("/"):
                item = item.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(item, dict) else None
        return {}


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_KIND else f"{text[:MAX_KIND]}…"


def _parts(schema: dict[str, Any]) -> list[Any]:
    return next((found for name in ("allOf", "oneOf", "anyOf") if (found := _items(schema.get(name)))), [])


def broken_references(document: dict[str, Any]) -> list[str]:
    """Return the references that lead to nothing within an OpenAPI document, each once."""
    reader, waiting, found = _Reader(document), [document], dict[str, None]()
    while waiting:
        each: Any = waiting.pop()
        if isinstance(each, dict):
            if isinstance(reference := each.get("$ref"), str) and not reader.resolve(each):
                found[reference] = None
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
    return sorted(found)


def operation_id(document: dict[str, Any], operation: Operation) -> str:
    """Return the `operationId` that the document gives an operation, or nothing."""
    return str(_item(document, operation).get("operationId") or "")


def _item(document: dict[str, Any], operation: Operation) -> dict[str, Any]:
    return _mapping(_mapping(_mapping(document.get("paths")).get(operation.path)).get(operation.method.lower()))


def scopes_of(document: dict[str, Any], operation: Operation) -> list[str]:
    """Return the scopes that an operation asks for by its own `security`, or by that of the document."""
    item = _item(document, operation)
    named = _items(item.get("security", document.get("security")))
    scopes = [scope for each in named for value in _mapping(each).values() for scope in _items(value)]
    return list(dict.fromkeys(str(scope) for scope in scopes))
