"""The bodies that `bodies` reads, as `request.data` of the REST framework: a nested dictionary for every form."""

from typing import Any

from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from myusa.lib.http import bodies


class JSONBodyParser(BaseParser):
    """Reads a body by `bodies.read_body`, which looks at the Content-Type itself; raises as it does.

    Its subclasses do the same and only name the other media types, for the OpenAPI document.
    """

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        return bodies.read_body(parser_context["request"])


class FormBodyParser(JSONBodyParser):
    media_type = "application/x-www-form-urlencoded"


class MultiPartBodyParser(JSONBodyParser):
    media_type = "multipart/form-data"


class WrappedParameters:
    """A view whose parameters may be wrapped in an object named `wrapper`, and may come in the query of a POST."""

    wrapper: str

    def parameters(self, request: Request) -> dict[str, Any]:
        """Return the parameters of the call; raise as `bodies.read` does."""
        return bodies.read(request, wrapper=self.wrapper, body_of=_parsed)


def _parsed(request: Request) -> dict[str, Any]:
    """Return `request.data`. No parser is asked where no length is known; `read_body` refuses a body that is lost there."""
    parsed: Any = request.data
    return parsed or bodies.read_body(request)
