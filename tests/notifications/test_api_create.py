"""An app sends a person a notification: POST /api/v1/notifications."""

import json
import re
import unicodedata

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from notifications import content
from notifications.models import Delivery, Notification
from tests.statements import statements

PATH = "/api/v1/notifications"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_answer_has_the_documented_fields(notify, public_application, citizen):
    answer = notify("Project MyUSA", "This is a test.")
    assert list(answer) == [
        "id", "subject", "body", "received_at", "app_id", "user_id", "created_at", "updated_at", "deleted_at", "viewed_at",
    ]  # fmt: skip
    assert (answer["subject"], answer["body"]) == ("Project MyUSA", "This is a test.")
    assert (answer["app_id"], answer["user_id"]) == (public_application.app.pk, citizen.pk)
    assert answer["viewed_at"] is answer["deleted_at"] is None
    assert all(TIME.fullmatch(answer[name]) for name in ("received_at", "created_at", "updated_at"))


def test_it_is_in_the_inbox_at_once(notify, citizen):
    answer = notify()
    assert Notification.objects.visible_to(citizen).unread().get().pk == answer["id"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps({"notification": {"subject": "Hello", "body": "World"}}), "application/json"),
        (json.dumps({"subject": "Hello", "body": "World"}), "application/json"),
        ("notification[subject]=Hello&notification[body]=World", "application/x-www-form-urlencoded"),
        ("subject=Hello&body=World", "application/x-www-form-urlencoded"),
    ],
)
def test_every_form_of_body_is_taken(app_api, body, content_type):
    response = app_api.request("POST", PATH, body, content_type=content_type)
    assert response.status_code == 200
    assert (response.json()["subject"], response.json()["body"]) == ("Hello", "World")


def test_values_may_be_in_the_query_of_a_post(app_api):
    response = app_api.post(f"{PATH}?notification[subject]=Hello&notification[body]=World")
    assert (response.json()["subject"], response.json()["body"]) == ("Hello", "World")


def test_path_without_version_is_the_same(app_api):
    assert app_api.post("/api/notifications", {"subject": "Hello"}).json()["subject"] == "Hello"


def test_body_is_optional_and_line_ends_are_unified(app_api):
    for nothing in ({}, {"body": None}, {"body": ""}):
        assert app_api.post(PATH, {"subject": "Hello"} | nothing).json()["body"] is None
    assert app_api.post(PATH, {"subject": "Hello", "body": "a\r\nb\rc\td"}).json()["body"] == "a\nb\nc\td"


@pytest.mark.parametrize(
    "sent", ["Your permit", " Your\tpermit\n", "\ufeffYour permit\r\n\r\n", "Your\u00ad\tpermit\u200b"]
)
def test_a_subject_is_stored_as_people_read_it(app_api, sent):
    assert app_api.post(PATH, {"subject": sent}).json()["subject"] == "Your permit"


@given(
    text=st.text("ae\u0301\u0308\u1100\u1161 .,\n한é中", max_size=30),
    path=st.text("e\u0301é/\u1100\u1161", max_size=8),
)
def test_texts_are_composed_and_addresses_stay_as_they_were_sent(text, path):
    address = f"https://forms.example.gov/x{path}/y"
    subject = f"x{text}".replace("\n", " ")
    read = content.read({"subject": subject, "body": f"{text} {address} {text}"})
    composed = unicodedata.normalize("NFC", text)
    assert read.subject == unicodedata.normalize("NFC", subject).strip()
    assert read.body == f"{composed} {address} {composed}"


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        (None, "NOTIFICATION_SUBJECT_REQUIRED"),
        ("", "NOTIFICATION_SUBJECT_REQUIRED"),
        ("   ", "NOTIFICATION_SUBJECT_REQUIRED"),
        ("\u00a0", "NOTIFICATION_SUBJECT_REQUIRED"),
        (7, "NOTIFICATION_NOT_TEXT"),
        (True, "NOTIFICATION_NOT_TEXT"),
        (["Hello"], "NOTIFICATION_NOT_TEXT"),
        ({"text": "Hello"}, "NOTIFICATION_NOT_TEXT"),
        ("x" * 256, "NOTIFICATION_SUBJECT_TOO_LONG"),
        ("Hello\r\nBcc: everyone@example.gov", "NOTIFICATION_FORBIDDEN_CHARACTER"),
        ("Hello\nthere", "NOTIFICATION_FORBIDDEN_CHARACTER"),
        ("Hello\x1b[31m", "NOTIFICATION_FORBIDDEN_CHARACTER"),
        ("Pay \u202emoc.live", "NOTIFICATION_FORBIDDEN_CHARACTER"),
        ("Pay \u2066me\u2069", "NOTIFICATION_FORBIDDEN_CHARACTER"),
        ("Hello\u2028there", "NOTIFICATION_FORBIDDEN_CHARACTER"),
        ("\u3164", "NOTIFICATION_SUBJECT_REQUIRED"),
        ("\ue000", "NOTIFICATION_FORBIDDEN_CHARACTER"),
        ("\U000e0041", "NOTIFICATION_FORBIDDEN_CHARACTER"),
    ],
)
def test_wrong_subject_is_refused_by_name(app_api, subject, code):
    response = app_api.post(PATH, {"notification": {"subject": subject, "body": "x"}})
    assert response.status_code == 400
    (problem,) = response.json()["errors"]
    assert (problem["code"], problem["field"]) == (code, "notification.subject")
    assert not Notification.objects.exists()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (7, "NOTIFICATION_NOT_TEXT"),
        ([], "NOTIFICATION_NOT_TEXT"),
        ("x" * 20_001, "NOTIFICATION_BODY_TOO_LONG"),
        ("\x07", "NOTIFICATION_FORBIDDEN_CHARACTER"),
        ("Go to \u202egro.elpmaxe//:sptth", "NOTIFICATION_FORBIDDEN_CHARACTER"),
    ],
)
def test_wrong_text_is_refused_by_name(app_api, body, code):
    response = app_api.post(PATH, {"notification": {"subject": "Hello", "body": body}})
    (problem,) = response.json()["errors"]
    assert (response.status_code, problem["code"], problem["field"]) == (400, code, "notification.body")


def test_the_refused_character_is_named_with_its_position(app_api):
    response = app_api.post(PATH, {"notification": {"subject": "Pay \u202emoc.live", "body": "Line\none\x07"}})
    assert [problem["message"] for problem in response.json()["errors"]] == [
        "Character 5 can mislead readers: U+202E RIGHT-TO-LEFT OVERRIDE. Remove it.",
        "Character 9 can mislead readers: U+0007. Remove it.",
    ]


def test_pasted_text_is_stored_as_people_see_it(app_api):
    pasted = {
        "subject": "\ufeffPer\u00admit for my\u200b.example.gov",
        "body": "\uf0b7 one\x0b\uf0b7 two\u2028three\r\nfour",
    }
    stored = app_api.post(PATH, pasted).json()
    assert (stored["subject"], stored["body"]) == ("Permit for my.example.gov", "• one\n• two\nthree\nfour")


def test_all_wrong_fields_are_named_together(app_api):
    response = app_api.post(PATH, {"subject": 1, "body": 2})
    assert [problem["field"] for problem in response.json()["errors"]] == ["notification.subject", "notification.body"]


@pytest.mark.parametrize("subject", ["Olá, José – 10 €", "こんにちは", "مرحبا", "👩‍👧 Family", "می‌خواهم", "x" * 255])
def test_languages_and_emoji_are_welcome(app_api, subject):
    response = app_api.post(PATH, {"subject": subject})
    assert (response.status_code, response.json()["subject"]) == (200, subject)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'"text"', "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"notification": []}', "application/json", 400),
        (b'{"notification": {"subject": "a\\u0000b"}}', "application/json", 400),
        (b'{"notification": {"subject": "\\ud800"}}', "application/json", 400),
        (b'{"subject": ' + b"[" * 5000 + b"]" * 5000 + b"}", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"<xml/>", "text/xml", 415),
        (b'{"subject": "' + b"x" * 10_000_000 + b'"}', "application/json", 413),
    ],
)
def test_malformed_bodies_are_refused_and_nothing_is_stored(app_api, body, content_type, status):
    response = app_api.request("POST", PATH, body, content_type=content_type)
    assert response.status_code == status
    assert response.json()["errors"][0]["code"]
    assert not Notification.objects.exists()
    assert not Delivery.objects.exists()


def test_nothing_but_post_and_get_is_known(app_api):
    assert app_api.put(PATH).status_code == 405
    assert app_api.delete(f"{PATH}/1").status_code == 405


def test_token_without_the_scope_is_refused(public_application, citizen, make_token, api):
    response = api(make_token(public_application, citizen, "tasks")).post(PATH, {"subject": "Hello"})
    assert (response.status_code, response.json()["errors"][0]["code"]) == (403, "SCOPE_MISSING")


def test_blocked_private_or_disconnected_app_can_tell_nothing(public_application, citizen, superuser, make_token, api):
    caller = api(make_token(public_application, citizen))
    app = public_application.app
    app.make_private(by=superuser, reason="test")
    assert caller.post(PATH, {"subject": "Hello"}).status_code == 403
    app.block(by=superuser, reason="test")
    assert caller.post(PATH, {"subject": "Hello"}).status_code == 401
    app.unblock(by=superuser, reason="test")
    citizen.authorizations.get().disconnect(by=citizen)
    assert caller.post(PATH, {"subject": "Hello"}).status_code == 401
    assert not Notification.objects.exists()


def test_accepting_takes_four_statements_at_most(app_api, make_token, public_application, citizen):
    """Token, what the person chose, notification, delivery; on PostgreSQL the last two are one."""
    app_api.post(PATH, {"subject": "The first one reads what is remembered"})
    with statements() as ran:
        app_api.post(PATH, {"subject": "Hello"}, Idempotency_Key="abc")
    assert len(ran) == (3 if connection.vendor == "postgresql" else 4), ran
