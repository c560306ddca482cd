"""Two front doors: pages get settings.MIDDLEWARE, programs the short list settings.MACHINE_MIDDLEWARE.

A session, a language, a person, messages and a content security policy mean nothing to a call with a bearer token.
"""

from typing import Any

import django
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.core.handlers.base import BaseHandler
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.module_loading import import_string


def is_for_programs(request: HttpRequest) -> bool:
    """Return whether the path belongs to programs (settings.MACHINE_PATHS)."""
    return request.path_info.startswith(settings.MACHINE_PATHS)


class MachineHandler(BaseHandler):
    """Handles requests of programs behind the short list of middleware."""

    def load_middleware(self, is_async: bool = False) -> None:
        """Build the chain as Django's handler does from settings.MIDDLEWARE; all of it is synchronous."""
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        handler: Any = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]
        for name in reversed(settings.MACHINE_MIDDLEWARE):
            try:
                layer = import_string(name)(handler)
            except MiddlewareNotUsed:
                continue
            if hasattr(layer, "process_view"):
                self._view_middleware.insert(0, layer.process_view)
            if hasattr(layer, "process_template_response"):
                self._template_response_middleware.append(layer.process_template_response)
            if hasattr(layer, "process_exception"):
                self._exception_middleware.append(layer.process_exception)
            handler = convert_exception_to_response(layer)
        self._middleware_chain = handler


class TwoDoors:
    """Mixed into a handler: requests of programs go through the machine door."""

    def load_middleware(self, is_async: bool = False) -> None:
        self.machines = MachineHandler()
        self.machines.load_middleware()
        super().load_middleware(is_async)  # type: ignore[misc]

    def get_response(self, request: HttpRequest) -> HttpResponseBase:
        if is_for_programs(request):
            _without_last_slash(request)
            # The thread may have served a page in another language before.
            translation.activate(settings.LANGUAGE_CODE)
            return self.machines.get_response(request)
        return super().get_response(request)  # type: ignore[misc, no-any-return]


def _without_last_slash(request: HttpRequest) -> None:
    """Take a path of programs with a slash at its end as the one without: no redirect may end a POST."""
    shorter = request.path_info.removesuffix("/")
    if shorter != request.path_info and shorter.startswith(settings.MACHINE_PATHS):
        request.path_info = shorter
        request.path = request.path.removesuffix("/")


class Application(TwoDoors, WSGIHandler):
    """The WSGI application."""


def application() -> Application:
    """Set Django up and return the WSGI application."""
    django.setup(set_prefix=False)
    return Application()
