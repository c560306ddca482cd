"""Bodies that come in chunks (RFC 9112 §7.1), given to Django like any other: it reads as much as Content-Length says."""

from collections.abc import Callable
from io import BytesIO, RawIOBase

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class ChunkedBodyMiddleware:
    """Read a chunked body up to the limit of all bodies and set its length.

    A server that ends `wsgi.input` where the body ends says so by `wsgi.input_terminated`; without it the end is
    unknown, and the request stays as it is. One byte over the limit is read, so the length is refused as too large.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "HTTP_TRANSFER_ENCODING" in request.META and request.META.get("wsgi.input_terminated"):
            _read(request)
        return self.get_response(request)


class _Broken(RawIOBase):
    """The rest of a body that the server could not read; Django makes UnreadablePostError of its OSError."""

    def read(self, size: int = -1) -> bytes:
        raise OSError("The chunks of the body are malformed.")


def _read(request: HttpRequest) -> None:
    del request.META["HTTP_TRANSFER_ENCODING"]
    try:
        raw = request.META["wsgi.input"].read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    except Exception:
        request._stream = _Broken()  # type: ignore[assignment]
        return
    request.META["CONTENT_LENGTH"] = str(len(raw))
    request._stream = BytesIO(raw)  # type: ignore[attr-defined]
