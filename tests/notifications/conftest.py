"""What tests of notifications share: an app that may write to the citizen, and a way to let workers run."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from myusa.lib.messages import sms, smtp
from myusa.lib.messages.sms import memory
from notifications import allowance
from notifications.delivery import drain
from notifications.delivery.lines import lines
from tests.notifications.smtp_sink import SmtpSink


@pytest.fixture(autouse=True)
def _fresh(settings: Any) -> Iterator[None]:
    settings.SMS_PROVIDER = "memory"
    memory.reset()
    sms.provider.cache_clear()
    allowance.forget()
    lines.cache_clear()
    yield
    smtp.pool.close_idle(older_than=-1)
    memory.reset()


@pytest.fixture
def texts() -> list[memory.Message]:
    """The text messages that were sent."""
    return memory.outbox


@pytest.fixture
def app_api(public_application: Any, citizen: Any, make_token: Any, api: Any) -> Any:
    """The API as the public app calls it for the citizen."""
    return api(make_token(public_application, citizen))


@pytest.fixture
def notify(app_api: Any) -> Callable[..., dict[str, Any]]:
    """`notify("Subject", body="…")`: let the app send the citizen a notification; returns the API's answer."""

    def post(subject: str = "Your card is ready", body: str = "Come and get it.", **headers: str) -> dict[str, Any]:
        response = app_api.post(
            "/api/v1/notifications", {"notification": {"subject": subject, "body": body}}, **headers
        )
        assert response.status_code == 200, response.content
        return response.json()  # type: ignore[no-any-return]

    return post


@pytest.fixture
def work() -> Callable[[], None]:
    """Send everything that is due, as a worker would."""

    def run() -> None:
        drain.drain(seconds=20)

    return run


@pytest.fixture
def sink(settings: Any) -> Iterator[SmtpSink]:
    """A mail server on loopback to which notifications are sent."""
    server = SmtpSink().start()
    _use(settings, server)
    yield server
    server.stop()


@pytest.fixture
def plain_sink(settings: Any) -> Iterator[SmtpSink]:
    """A mail server that takes one command at a time."""
    server = SmtpSink(pipelining=False).start()
    _use(settings, server)
    yield server
    server.stop()


def _use(settings: Any, server: SmtpSink) -> None:
    smtp.pool.close_idle(older_than=-1)
    smtp.pool.restart()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 5
