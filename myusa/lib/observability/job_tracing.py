"""Tie Celery's jobs to the request that asked for them, and leave logging to `myusa.lib.observability.logs`."""

from contextvars import ContextVar
from typing import Any

from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun

from myusa.lib.observability import request_id

_HEADER = "request_id"
_bound: ContextVar[Any] = ContextVar("bound_job", default=None)


def connect() -> None:
    """Start to carry request ids in the process that calls this."""
    before_task_publish.connect(_carry, weak=False)
    task_prerun.connect(_bind, weak=False)
    task_postrun.connect(_unbind, weak=False)
    # A receiver, whatever it does, keeps Celery from setting up handlers of its own.
    setup_logging.connect(_leave_alone, weak=False)


def _carry(headers: dict[str, Any] | None = None, **kwargs: Any) -> None:
    if headers is not None and request_id.current():
        headers[_HEADER] = request_id.current()


def _bind(task_id: str, task: Any, **kwargs: Any) -> None:
    if request_id.current():  # run in place, within the request itself
        return
    block = request_id.bound(getattr(task.request, _HEADER, None) or task_id)
    block.__enter__()
    _bound.set((task_id, block))


def _unbind(task_id: str, **kwargs: Any) -> None:
    held = _bound.get()
    if held and held[0] == task_id:
        _bound.set(None)
        held[1].__exit__(None, None, None)


def _leave_alone(**kwargs: Any) -> None:
    """Do nothing: see `connect`."""
