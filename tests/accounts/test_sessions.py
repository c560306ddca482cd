"""Sessions: nothing usable at rest, and the person can end each of them."""

from datetime import timedelta

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.contrib.sessions.backends.base import UpdateError
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Session
from accounts.models.sessions import MAX_STAYS, STAY_FOR
from accounts.sessions import SessionStore
from myusa.lib.security.digests import digest
from tests.accounts.codes import ask_for_code, is_signed_in, last_code, sign_in_by_code

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"


def test_table_holds_neither_keys_nor_content(anonymous):
    browser = Client(HTTP_USER_AGENT=FIREFOX)
    sign_in_by_code(browser, "citizen@example.gov")
    key = browser.cookies["sessionid"].value

    stored = _dump()

    assert key not in stored
    assert digest(key) in stored
    for word in ("citizen@", "127.0.0.1", "Firefox", "_auth_user"):
        assert word not in stored
    assert Session.objects.get(user__email="citizen@example.gov").agent == "Firefox, Windows"


def test_codes_are_not_in_the_database(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")

    assert last_code() not in _dump()
    assert "citizen@example.gov" not in _dump()


def test_digest_opens_no_session(sign_in, citizen):
    sign_in(citizen)
    thief = Client()
    thief.cookies["sessionid"] = Session.objects.get(user=citizen).pk

    assert thief.get("/settings/account").status_code == 302


def test_store_keeps_loads_and_deletes():
    store = SessionStore()
    store["a"] = {"b": [1, "ü"]}
    store.save()

    assert SessionStore(store.session_key)["a"] == {"b": [1, "ü"]}
    assert store.exists(store.session_key)
    key = store.session_key
    store.cycle_key()
    assert store.session_key != key
    assert not store.exists(key)
    assert SessionStore(store.session_key)["a"] == {"b": [1, "ü"]}
    store.flush()
    assert not Session.objects.exists()


def test_unknown_key_starts_an_empty_session():
    store = SessionStore("k" * 32)

    assert store.get("a") is None
    assert store.session_key is None


def test_ended_session_is_not_brought_back_by_a_late_answer():
    store = SessionStore()
    store.create()
    Session.objects.all().delete()
    store["a"] = 1

    with pytest.raises(UpdateError):
        store.save()


def test_age_counts_from_sign_in_however_busy_the_session(settings, sign_in, citizen):
    browser = sign_in(citizen)
    start = timezone.now()
    with time_machine.travel(start + timedelta(seconds=settings.SESSION_COOKIE_AGE - 60)):
        session = browser.session
        session["a"] = 1
        session.save()
        assert browser.get("/settings/account").status_code == 200
    with time_machine.travel(start + timedelta(seconds=settings.SESSION_COOKIE_AGE + 60)):
        assert browser.get("/settings/account").status_code == 302


def test_expired_sessions_are_purged(settings):
    SessionStore().create()
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE + 1)):
        fresh = SessionStore()
        fresh.create()
        SessionStore.clear_expired()

        assert Session.objects.get().pk == digest(fresh.session_key)


def test_last_seen_is_written_now_and_then(sign_in, citizen):
    browser = sign_in(citizen)
    before = Session.objects.get(user=citizen).seen_at
    browser.get("/settings/account")
    assert Session.objects.get(user=citizen).seen_at == before
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        browser.get("/settings/account")

    assert Session.objects.get(user=citizen).seen_at > before


def test_person_sees_own_sessions_and_ends_one(sign_in, citizen, outsider):
    here, there = sign_in(citizen), sign_in(citizen)
    sign_in(outsider)
    other = Session.objects.exclude(pk=digest(here.session.session_key)).get(user=citizen)

    page = here.get("/settings/security")
    here.post(f"/settings/security/sessions/{other.pk}/end")

    assert [row.pk for row in page.context["sessions"]] == [digest(here.session.session_key), other.pk]
    assert there.get("/settings/account").status_code == 302
    assert here.get("/settings/account").status_code == 200


def test_session_of_someone_else_cannot_be_ended(sign_in, citizen, outsider):
    theirs = sign_in(outsider)
    row = Session.objects.get(user=outsider)

    assert sign_in(citizen).post(f"/settings/security/sessions/{row.pk}/end").status_code == 404
    assert is_signed_in(theirs)


def test_person_signs_out_everywhere_else(sign_in, citizen, outsider):
    here, there, strangers = sign_in(citizen), sign_in(citizen), sign_in(outsider)

    here.post("/settings/security/sessions/end")

    assert here.get("/settings/account").status_code == 200
    assert there.get("/settings/account").status_code == 302
    assert strangers.get("/settings/account").status_code == 200


def _dump() -> str:
    """Return every row of every table of accounts but people's own."""
    tables = [
        name for name in connection.introspection.table_names() if name.startswith("accounts_") and "user" not in name
    ]
    rows = []
    with connection.cursor() as cursor:
        for name in tables:
            cursor.execute(f'SELECT * FROM "{name}"')
            rows += cursor.fetchall()
    return repr(rows)


def test_session_whose_key_was_taken_away_is_a_new_one(settings, sign_in, citizen):
    browser = sign_in(citizen)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    assert browser.get("/settings/account").status_code == 302


def stay(browser):
    return browser.post("/users/stay")


def test_a_person_stays_signed_in_shortly_before_the_end_and_ten_times(sign_in, citizen):
    browser = sign_in(citizen)
    early = Session.objects.get().expires_at
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert stay(browser).json()["can_stay"]
        assert Session.objects.get().expires_at == early, "there is no need yet"
        for number in range(1, MAX_STAYS + 1):
            end = Session.objects.get().expires_at
            clock.move_to(end - timedelta(minutes=2))
            first, twin = stay(browser), stay(browser)
            assert first.json() == twin.json(), "a button pressed twice"
            assert Session.objects.get().expires_at == end + STAY_FOR
            assert first.json()["can_stay"] == (number < MAX_STAYS)
        end = Session.objects.get().expires_at
        assert end == early + MAX_STAYS * STAY_FOR
        clock.move_to(end - timedelta(minutes=2))
        assert "Stay signed in" not in browser.get("/profile").content.decode()
        stay(browser)
        assert Session.objects.get().expires_at == end
        clock.move_to(end)
        assert stay(browser).status_code == 401


def test_a_page_that_writes_the_session_keeps_how_long_it_lasts(sign_in, citizen):
    browser = sign_in(citizen)
    with time_machine.travel(Session.objects.get().expires_at - timedelta(minutes=2), tick=False):
        stay(browser)
        end = Session.objects.get().expires_at
        store = browser.session
        store["something"] = "new"
        store.save()
        assert Session.objects.get().expires_at == end


def test_staying_needs_a_session_and_a_press(sign_in, citizen, anonymous):
    assert stay(anonymous).status_code == 401
    assert sign_in(citizen).get("/users/stay").status_code == 405
    assert stay(sign_in(citizen, Client(enforce_csrf_checks=True))).status_code == 403


def test_a_late_response_does_not_revive_a_session_that_left_a_trace(citizen):
    """The request read the session before a step ended it, and writes it afterwards."""
    store = SessionStore()
    store["_auth_user_id"] = str(citizen.pk)
    store.save()
    late = SessionStore(store.session_key)
    late["color"] = "green"
    store.delete()
    SessionStore.leave_trace(store.session_key, {"successor": "x"})
    with pytest.raises(UpdateError):
        late.save()
    assert SessionStore(store.session_key).ended == {"successor": "x"}
