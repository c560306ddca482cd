"""The emails that tell people what happened to their account, in case it was not them."""

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from myusa.lib.messages import mail as mail_module
from myusa.lib.messages.mail import NotSent
from myusa.outbox.jobs import deliver
from myusa.outbox.models import OutgoingEmail
from tests.accounts.codes import SECRET, add_second_factor, app_code, last_code, sign_in_by_code

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
NEW_SIGN_IN = "New sign-in to your account"


def sent() -> list[EmailMessage]:
    """Return all emails, after the outbox's job has run."""
    deliver()
    return mail.outbox


def subjects() -> list[str]:
    return [message.subject for message in sent()]


def test_sign_in_in_a_new_browser_is_told_with_time_browser_and_what_to_do():
    sign_in_by_code(Client(), "citizen@example.gov")

    sign_in_by_code(Client(HTTP_USER_AGENT=FIREFOX), "citizen@example.gov")

    message = sent()[-1]
    assert (message.subject, message.to) == (NEW_SIGN_IN, ["citizen@example.gov"])
    for text in (message.body, message.alternatives[0][0]):
        assert "Browser: Firefox, Windows" in text
        assert f"When: {timezone.localtime():%B} " in text
        assert "http://testserver/settings/security" in text


def test_first_sign_in_of_all_is_no_news():
    sign_in_by_code(Client(), "citizen@example.gov")

    assert NEW_SIGN_IN not in subjects()


def test_sign_in_in_the_same_browser_is_no_news(anonymous):
    for _ in range(2):
        sign_in_by_code(anonymous, "citizen@example.gov")
        anonymous.get("/users/sign_out")

    assert NEW_SIGN_IN not in subjects()


def test_browser_in_which_the_address_was_changed_is_not_new(anonymous):
    sign_in_by_code(anonymous, "citizen@example.gov")
    anonymous.post("/settings/account/email", {"email": "new@example.gov"})
    anonymous.post("/settings/account/email/code", {"code": last_code()})
    anonymous.get("/users/sign_out")

    sign_in_by_code(anonymous, "new@example.gov")

    assert NEW_SIGN_IN not in subjects()


def test_code_alone_without_the_second_factor_is_no_sign_in(citizen):
    add_second_factor(citizen)
    first, second = Client(), Client()
    sign_in_by_code(first, citizen.email)
    first.post("/users/second_factor", {"code": app_code(steps=-1)})

    sign_in_by_code(second, citizen.email)
    assert NEW_SIGN_IN not in subjects()

    second.post("/users/second_factor", {"code": app_code()})
    assert subjects()[-1] == NEW_SIGN_IN


@pytest.mark.parametrize(
    ("path", "subject"),
    [
        ("/settings/security/app", "Two-step sign-in is on"),
        ("/settings/security/app/remove", "Two-step sign-in is off"),
        ("/settings/security/codes/new", "You have new recovery codes"),
    ],
)
def test_change_of_the_second_factor_is_told_with_time_and_browser(sign_in, citizen, path, subject):
    browser = Client(HTTP_USER_AGENT=FIREFOX)
    if path != "/settings/security/app":
        add_second_factor(citizen)
    sign_in(citizen, browser, second_factor=True)
    session = browser.session
    session["mfa.totp.secret"] = SECRET
    session.save()

    browser.post(path, {"code": app_code()})

    message = sent()[-1]
    assert (message.subject, message.to) == (subject, [citizen.email])
    assert "Browser: Firefox, Windows" in message.body
    assert f"When: {timezone.localtime():%B} " in message.body


def test_old_address_is_told_when_and_where_it_was_changed(sign_in, citizen):
    browser = sign_in(citizen, Client(HTTP_USER_AGENT=FIREFOX))
    browser.post("/settings/account/email", {"email": "new@example.gov"})

    browser.post("/settings/account/email/code", {"code": last_code()})

    message = sent()[-1]
    assert message.to == ["citizen@example.gov"]
    assert "Browser: Firefox, Windows" in message.body
    assert "/settings/security" not in message.body + message.alternatives[0][0]


def test_mail_server_that_is_down_stops_no_sign_in(anonymous, monkeypatch, citizen):
    def fail(*args, **kwargs):
        raise NotSent("connect: no reply")

    sign_in_by_code(Client(), citizen.email)
    hand_over = mail_module.hand_over
    monkeypatch.setattr(
        mail_module,
        "hand_over",
        lambda to, content, **options: hand_over(to, content, **options) if "code" in content.subject else fail(),
    )

    assert sign_in_by_code(anonymous, citizen.email)["Location"] == "/"
    assert NEW_SIGN_IN not in subjects()
    assert OutgoingEmail.objects.get().state == "queued"
