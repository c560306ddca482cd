"""The OpenAPI document of the APIs served here, and any such document as a list of operations for a page."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator

from developer_apps import contributions
from developer_apps.contributions import Example
from developer_apps.docs import oauth_document
from myusa.lib.http.errors import ErrorCode

METHODS = ("get", "post", "put", "patch", "delete")


class BearerScheme(OpenApiAuthenticationExtension):
    """The security scheme of the document: calls carry a bearer token (RFC 6750)."""

    target_class = "developer_apps.api.authentication.BearerAuthentication"
    match_subclasses = True
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An access token: /developer/docs/tokens"}


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """Return the OpenAPI document of /api/v1 and of OAuth, built once per process."""
    schema = SchemaGenerator(api_version="v1").get_schema(request=None, public=True)
    schema["servers"] = [{"url": settings.BASE_URL}]
    schema["paths"] |= oauth_document.PATHS
    schema["components"]["securitySchemes"]["basic"] = oauth_document.SECURITY_SCHEME
    return dict(schema)


def of_built_in(slug: str) -> dict[str, Any] | None:
    """Return the part of the document that describes one product served here, or None for a product elsewhere."""
    contribution = contributions.of_product(slug)
    if contribution is None:
        return None
    whole = document()
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
    parameters: list[SchemaField] = field(default_factory=list)
    body: list[SchemaField] = field(default_factory=list)
    content_types: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    scopes: list[str] = field(default_factory=list)
    examples: list[Shown] = field(default_factory=list)
    errors: list[ErrorCode] = field(default_factory=list)
    can_try: bool = False


def operations(document: dict[str, Any]) -> list[Operation]:
    """Return the operations of an OpenAPI 3 document in its order. What is malformed is left out, never raised."""
    reader = _Reader(document)
    return [reader.operation(path, method, item) for path, method, item in reader.items()]


def _meaning_of(name: str) -> str:
    """Return what a parameter without a description means, if its name says so: `task_id`."""
    return f"The ID of the {name.removesuffix('_id').replace('_', ' ')}." if name.endswith("_id") else ""


class _Reader:
    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document

    def items(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        paths = self.document.get("paths")
        for path, item in paths.items() if isinstance(paths, dict) else ():
            shared = item.get("parameters", []) if isinstance(item, dict) else []
            for method in METHODS:
                if isinstance(item, dict) and isinstance(item.get(method), dict):
                    operation = item[method]
                    yield path, method, {**operation, "parameters": [*shared, *operation.get("parameters", [])]}

    def operation(self, path: str, method: str, item: dict[str, Any]) -> Operation:
        body = self.resolve(item.get("requestBody", {})).get("content", {})
        schema: dict[str, Any] = next((part.get("schema", {}) for part in body.values()), {})
        return Operation(
            method=method.upper(),
            path=path,
            anchor=str(item.get("operationId") or f"{method}-{path.strip('/').replace('/', '-')}"),
            summary=str(item.get("summary") or item.get("operationId") or ""),
            description=str(item.get("description", "")),
            parameters=[self.parameter(each) for each in item["parameters"]],
            body=list(self.fields(schema)),
            content_types=list(body),
            responses=[self.response(status, each) for status, each in item.get("responses", {}).items()],
        )

    def parameter(self, item: dict[str, Any]) -> SchemaField:
        item = self.resolve(item)
        schema = self.resolve(item.get("schema", {}))
        return SchemaField(
            str(item.get("name", "")),
            self.kind(schema),
            bool(item.get("required")),
            str(item.get("description") or _meaning_of(str(item.get("name", "")))),
            where=str(item.get("in", "")),
        )

    def response(self, status: object, item: dict[str, Any]) -> Response:
        item = self.resolve(item)
        schema: dict[str, Any] = next((part.get("schema", {}) for part in item.get("content", {}).values()), {})
        is_error = str(status)[:1] in "45"
        return Response(str(status), str(item.get("description", "")), [] if is_error else list(self.fields(schema)))

    def fields(self, schema: dict[str, Any], depth: int = 0) -> Iterator[SchemaField]:
        """Yield the properties of an object schema, nested ones below their parent, at most four levels deep."""
        schema = self.resolve(schema)
        if schema.get("type") == "array" and depth == 0:
            schema = self.resolve(schema.get("items", {}))
        for part in (schema.get("allOf") or schema.get("oneOf") or schema.get("anyOf") or [])[:1]:
            yield from self.fields(part, depth)
        required = schema.get("required", [])
        for name, value in schema.get("properties", {}).items():
            resolved = self.resolve(value)
            description = str(value.get("description") or resolved.get("description", ""))
            yield SchemaField(name, self.kind(resolved), name in required, description, depth)
            nested = resolved.get("items", resolved)
            if depth < 3 and isinstance(nested, dict):
                yield from self.fields(nested, depth + 1)

    def kind(self, schema: dict[str, Any]) -> str:
        if parts := schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf"):
            return " or ".join(dict.fromkeys(filter(None, (self.kind(self.resolve(part)) for part in parts))))
        kinds = schema.get("type", "")
        names = [kinds] if isinstance(kinds, str) else [str(kind) for kind in kinds]
        if "array" in names:
            return f"list of {self.kind(self.resolve(schema.get('items', {}))) or 'values'}s"
        text = " or ".join(name for name in names if name)
        if extra := schema.get("format"):
            text = f"{text} ({extra})"
        if values := [str(value) for value in schema.get("enum", []) if value not in ("", None)]:
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
                item = item.get(part) if isinstance(item, dict) else None
        return {}
