"""`/dev/outbox/`: the demo's mail and text messages."""

import json
import re

import pytest
from allauth.mfa.totp.internal.auth import validate_totp_code
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.filebased import EmailBackend

from myusa.lib.messages.sms.file import FileProvider

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def outbox(settings, tmp_path):
    """The outbox of a demo that has sent nothing yet; returns its folder."""
    settings.DEBUG = True
    settings.VAR_DIR = tmp_path
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    settings.SMS_FILE_PATH = tmp_path / "sms"
    return tmp_path


@pytest.fixture
def send(outbox):
    def deliver(to: str, text: str, subject: str = "Hello", attachment: str = ""):
        message = EmailMultiAlternatives(subject, text, "MyUSA <no-reply@myusa.example>", [to])
        message.attach_alternative(f"<p>{text}</p>", "text/html")
        if attachment:
            message.attach(attachment, b"x", "text/calendar")
        EmailBackend(file_path=str(outbox / "mail")).send_messages([message])

    return deliver


def test_outbox_does_not_exist_without_debug(anonymous, settings, outbox):
    settings.DEBUG = False

    assert anonymous.get("/dev/outbox/").status_code == 404


def test_empty_outbox_says_what_will_appear(anonymous, outbox):
    assert "Nothing was sent yet" in anonymous.get("/dev/outbox/").content.decode()


def test_mail_is_shown_with_links_to_click(anonymous, send):
    send(
        "citizen@demo.example",
        "Grüße. Open https://my.example.gov/x?a=1&b=2 now.",
        subject="Ein Brief",
        attachment="demo.ics",
    )

    html = anonymous.get("/dev/outbox/").content.decode()

    assert "Ein Brief" in html
    assert "citizen@demo.example" in html
    assert "Grüße." in html
    assert 'href="https://my.example.gov/x?a=1&amp;b=2"' in html
    assert "demo.ics" in html


def test_code_alone_on_a_line_leads_to_the_page_that_asks_for_it(anonymous, send):
    send("citizen@demo.example", "Your code is\n\n123456\n\nNot 654321 or\n12345\n")

    html = anonymous.get("/dev/outbox/").content.decode()

    assert '<a class="chip" href="/users/sign_in/code?code=123456">123456</a>' in html
    assert html.count('class="chip"') == 1


def test_what_people_wrote_is_escaped(anonymous, send):
    send("citizen@demo.example", "<script>alert(1)</script>", subject="<b>Hi</b>")

    html = anonymous.get("/dev/outbox/").content.decode()

    assert "<script>alert" not in html
    assert "&lt;b&gt;Hi&lt;/b&gt;" in html


def test_several_messages_of_one_file_are_told_apart(anonymous, outbox):
    backend = EmailBackend(file_path=str(outbox / "mail"))
    messages = [
        EmailMultiAlternatives(f"Subject {n}", "Text", "a@myusa.example", [f"p{n}@demo.example"]) for n in (1, 2)
    ]
    backend.send_messages(messages)

    html = anonymous.get("/dev/outbox/").content.decode()

    assert "Subject 1" in html
    assert "Subject 2" in html


def test_newest_message_comes_first_whatever_its_kind(anonymous, send):
    send("citizen@demo.example", "first", subject="First")
    FileProvider().send("+12025550123", "Then: your code is below.\n223344")

    html = anonymous.get("/dev/outbox/").content.decode()

    assert html.index("+12025550123") < html.index("First")
    assert "223344" in html


def test_filter_shows_one_address(anonymous, send):
    send("citizen@demo.example", "For the citizen", subject="One")
    send("developer@demo.example", "For the developer", subject="Two")

    html = anonymous.get("/dev/outbox/?to=CITIZEN@demo").content.decode()

    assert "For the citizen" in html
    assert "For the developer" not in html
    assert "Nothing to this address" in anonymous.get("/dev/outbox/?to=nobody").content.decode()


def test_people_of_the_demo_can_be_signed_in_as_and_staff_find_their_second_factor(anonymous, outbox):
    users = {
        "citizen": {"email": "citizen@demo.example"},
        "staff": {"email": "staff@demo.example", "totp_secret": SECRET},
    }
    (outbox / "demo.json").write_text(json.dumps({"users": users}))

    html = anonymous.get("/dev/outbox/").content.decode()

    assert 'href="/users/sign_in?email=citizen%40demo.example"' in html
    code = re.search(r'id="staff-code">(\d{6})<', html)[1]
    assert validate_totp_code(SECRET, code)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"users": {}}'])
def test_broken_or_empty_demo_file_does_no_harm(anonymous, outbox, content):
    (outbox / "demo.json").write_text(content)

    assert anonymous.get("/dev/outbox/").status_code == 200
