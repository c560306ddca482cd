"""A button that is pressed twice: the same form of the same page is sent again."""

from typing import Any

import pytest
from django.contrib.messages import constants, get_messages
from django.test import Client as Browser

from myusa.outbox.models import OutgoingEmail
from tests.pages import form_of

BEFORE, AFTER = "cookies from before the first response", "cookies from after it"
both = pytest.mark.parametrize("cookies", [BEFORE, AFTER])


def send_twice(
    browser: Browser,
    page: str,
    cookies: str,
    *,
    having: str = "csrfmiddlewaretoken",
    to: str | None = None,
    **fields: Any,
) -> str:
    """Post a form of `page`, with `fields` as a person enters them, twice; both must lead to the same page. Return it."""
    data = {**form_of(browser.get(page), having=having), **fields}
    twin = browser if cookies == AFTER else Browser()
    twin.cookies.load({name: morsel.value for name, morsel in browser.cookies.items()})
    first = browser.post(to or page, data)
    emails = OutgoingEmail.objects.count()
    second = twin.post(to or page, data)
    assert (first.status_code, second.status_code) == (302, 302)
    assert first["Location"] == second["Location"]
    assert OutgoingEmail.objects.count() == emails, "no one gets an email twice"
    shown = [str(each) for each in get_messages(first.wsgi_request)]
    problems = [str(each) for each in get_messages(second.wsgi_request) if each.level >= constants.WARNING]
    assert not [each for each in problems if each not in shown]
    end = twin.get(second["Location"])
    assert end.status_code == 200
    return str(end.content.decode())
