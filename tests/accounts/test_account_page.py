"""The account page: another address, a copy of the data, the end of it all."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from auditlog.models import LogEntry
from django.core import mail
from django.db import connections
from django.utils import timezone

from accounts.contributions import ActivityEntry
from accounts.models import OneTimeCode, Phone, Session, User
from accounts.models.user import AddressTaken
from accounts.views.activity import SHOWN
from myusa.lib import history
from myusa.lib.history import lines
from myusa.lib.messages.mail import NotSent
from myusa.outbox.jobs import deliver
from tests.accounts.codes import codes_of, is_signed_in, last_code, sign_in_by_code, wrong

pytestmark = pytest.mark.django_db
EMAIL, EMAIL_CODE = "/settings/account/email", "/settings/account/email/code"


@pytest.mark.parametrize(
    "path",
    [
        "/settings/account",
        EMAIL,
        EMAIL_CODE,
        "/settings/account/data",
        "/settings/account/delete",
        "/settings/security",
        "/settings/activity",
    ],
)
def test_pages_need_a_sign_in_and_open_with_one(anonymous, sign_in, citizen, path):
    assert anonymous.get(path)["Location"].startswith("/users/sign_in?next=/settings/")
    response = sign_in(citizen).get(path)
    if path == EMAIL_CODE:  # without a code to enter, it sends people to the form that asks for one
        assert response["Location"] == EMAIL
    else:
        assert response.status_code == 200


def test_address_changes_by_a_code_to_the_new_one_and_the_old_is_told(sign_in, citizen):
    browser = sign_in(citizen)
    assert browser.post(EMAIL, {"email": "New@Example.gov"})["Location"] == EMAIL_CODE
    assert mail.outbox[-1].to == ["new@example.gov"]
    citizen.refresh_from_db()
    assert citizen.email == "citizen@example.gov"

    answer = browser.post(EMAIL_CODE, {"code": last_code()})

    assert answer["Location"] == "/settings/account"
    citizen.refresh_from_db()
    assert citizen.email == "new@example.gov"
    assert citizen.emailaddress_set.get().email == "new@example.gov"
    deliver()
    assert (mail.outbox[-1].to, mail.outbox[-1].subject) == (["citizen@example.gov"], "Your email address was changed")
    (line,) = lines.of(citizen)
    assert line.changes == [lines.Change("email", "citizen@example.gov", "new@example.gov")]
    assert browser.get("/settings/account").status_code == 200


def test_person_signs_in_with_the_new_address_afterwards(sign_in, anonymous, citizen):
    browser = sign_in(citizen)
    browser.post(EMAIL, {"email": "new@example.gov"})
    browser.post(EMAIL_CODE, {"code": last_code()})

    sign_in_by_code(anonymous, "new@example.gov")

    assert anonymous.session["_auth_user_id"] == str(citizen.pk)


def test_wrong_code_changes_nothing(sign_in, citizen):
    browser = sign_in(citizen)
    browser.post(EMAIL, {"email": "new@example.gov"})

    answer = browser.post(EMAIL_CODE, {"code": wrong(last_code())})

    assert answer.status_code == 200
    citizen.refresh_from_db()
    assert citizen.email == "citizen@example.gov"


def test_code_for_another_person_or_purpose_changes_nothing(sign_in, citizen, outsider):
    browser = sign_in(citizen)
    browser.post(EMAIL, {"email": "new@example.gov"})
    waiting, code = browser.session["email_change"], last_code()
    thief = sign_in(outsider)
    session = thief.session
    session["email_change"] = waiting
    session.save()

    thief.post(EMAIL_CODE, {"code": code})

    outsider.refresh_from_db()
    assert outsider.email == "outsider@example.gov"


def test_taken_address_looks_the_same_but_gets_a_word_instead_of_a_code(sign_in, citizen, outsider):
    browser = sign_in(citizen)

    answer = browser.post(EMAIL, {"email": "OUTSIDER@example.gov"})

    assert answer["Location"] == EMAIL_CODE
    assert browser.get(EMAIL_CODE).status_code == 200
    assert mail.outbox[-1].subject == "This email address already has an account"
    assert not codes_of(mail.outbox[-1])


def test_address_taken_in_the_meantime_is_refused(sign_in, citizen, make_user):
    browser = sign_in(citizen)
    browser.post(EMAIL, {"email": "new@example.gov"})
    make_user("new@example.gov")

    page = browser.post(EMAIL_CODE, {"code": last_code()}).content.decode()

    assert "use this address for your account" in page
    citizen.refresh_from_db()
    assert citizen.email == "citizen@example.gov"


@pytest.mark.parametrize("email", ["citizen@example.gov", "CITIZEN@example.gov", "nobody", "", "x@test.invalid"])
def test_address_that_makes_no_sense_is_refused(sign_in, citizen, email):
    assert sign_in(citizen).post(EMAIL, {"email": email}).status_code == 200
    assert not mail.outbox


def test_person_can_keep_the_old_address(sign_in, citizen):
    browser = sign_in(citizen)
    browser.post(EMAIL, {"email": "new@example.gov"})
    assert "new@example.gov" in browser.get("/settings/account").content.decode()

    browser.post("/settings/account/email/keep")

    assert browser.get(EMAIL_CODE)["Location"] == EMAIL


@pytest.mark.parametrize("path", [EMAIL, EMAIL_CODE, "/settings/account/data", "/settings/account/delete"])
def test_what_changes_or_shows_everything_needs_a_fresh_proof(sign_in, citizen, settings, path):
    browser = sign_in(citizen, age=settings.FRESH_SIGN_IN_AGE + 1)

    assert browser.get(path)["Location"].startswith("/users/confirm")
    assert browser.post(path, {"email": citizen.email})["Location"].startswith("/users/confirm")
    assert User.objects.filter(pk=citizen.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_address_changed_twice_at_once_changes_once(citizen):
    def change(email):
        try:
            User.objects.get(pk=citizen.pk)
            copy = User(pk=citizen.pk, email="citizen@example.gov", uid=citizen.uid)
            copy.change_email(email)
            return True
        except AddressTaken:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(change, ["one@example.gov", "two@example.gov"]))

    assert sorted(outcomes) == [False, True]
    citizen.refresh_from_db()
    assert citizen.emailaddress_set.get().email == citizen.email


def test_person_takes_a_copy_of_everything(sign_in, citizen, contribute):
    contribute(exports={"profile": lambda user: {"first_name": "Ümit"}})
    browser = sign_in(citizen)

    answer = browser.get("/settings/account/data")

    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"].startswith('attachment; filename="myusa-')
    copy = json.loads(answer.getvalue())
    assert copy["account"]["email"] == citizen.email
    assert copy["account"]["uid"] == str(citizen.uid)
    assert copy["profile"] == {"first_name": "Ümit"}


def test_person_deletes_the_account_by_typing_the_address(sign_in, citizen, contribute):
    erased = []
    contribute(deletion_notices=lambda user: ["Benefit Finder goes with it"], erase=lambda user: erased.append(user.pk))
    browser, elsewhere = sign_in(citizen), sign_in(citizen)
    history.record(citizen, "email_changed", by=citizen)
    assert "Benefit Finder goes with it" in browser.get("/settings/account/delete").content.decode()

    answer = browser.post("/settings/account/delete", {"email": " Citizen@example.gov"})

    assert answer["Location"] == "/users/deleted"
    assert browser.get("/users/deleted").status_code == 200
    assert erased == [citizen.pk]
    assert not User.objects.filter(email="citizen@example.gov").exists()
    assert not Session.objects.filter(user__isnull=False).exists()
    assert not is_signed_in(browser)
    assert elsewhere.get("/settings/account").status_code == 302
    deliver()
    assert mail.outbox[-1].subject == "Your account is deleted"
    assert "citizen@example.gov" not in repr(list(_history_rows()))


def test_wrong_address_deletes_nothing(sign_in, citizen):
    answer = sign_in(citizen).post("/settings/account/delete", {"email": "outsider@example.gov"})

    assert "the email address of your account. Check it" in answer.content.decode()
    assert User.objects.filter(pk=citizen.pk).exists()


def test_failing_erasure_deletes_nothing(sign_in, citizen, contribute):
    def fail(user):
        raise RuntimeError("not now")

    contribute(erase=fail)

    with pytest.raises(RuntimeError):
        sign_in(citizen).post("/settings/account/delete", {"email": citizen.email})
    assert User.objects.filter(pk=citizen.pk).exists()


def test_farewell_that_cannot_be_sent_does_not_keep_the_account(sign_in, citizen, monkeypatch):
    def fail(*args, **kwargs):
        raise NotSent("connect: no reply")

    monkeypatch.setattr("myusa.lib.messages.mail.hand_over", fail)

    assert sign_in(citizen).post("/settings/account/delete", {"email": citizen.email}).status_code == 302
    deliver()
    assert not User.objects.filter(pk=citizen.pk).exists()


def test_farewell_page_is_for_those_who_have_no_account(anonymous, sign_in, citizen):
    assert "Your account is deleted" in anonymous.get("/users/deleted").content.decode()
    assert sign_in(citizen).get("/users/deleted")["Location"] == "/settings/account"


def test_person_who_comes_back_is_a_new_one(sign_in, anonymous, citizen):
    sign_in(citizen).post("/settings/account/delete", {"email": citizen.email})

    sign_in_by_code(anonymous, "citizen@example.gov")

    assert User.objects.get(email="citizen@example.gov").uid != citizen.uid


def test_activity_shows_what_apps_did_and_can_be_narrowed(sign_in, citizen, contribute):
    now = timezone.now()
    entries = [
        ActivityEntry(now, "Benefit Finder", "{app} read your {fields}", ("first name",)),
        ActivityEntry(now - timedelta(days=9), "Moving Checklist", "{app} gave you a task"),
    ]
    contribute(activity=lambda user: entries)
    browser = sign_in(citizen)

    assert "gave you a task" in browser.get("/settings/activity").content.decode()
    by_app = browser.get("/settings/activity?app=Benefit+Finder").content.decode()
    assert "read your first name" in by_app
    assert "gave you a task" not in by_app
    assert "gave you a task" not in browser.get("/settings/activity?days=7").content.decode()
    assert "No results" in browser.get("/settings/activity?app=Moving+Checklist&days=1").content.decode()
    assert browser.get("/settings/activity?app=%00&days=x&page=x").status_code == 200


def test_activity_that_is_too_much_says_so_however_it_is_narrowed(sign_in, citizen, contribute):
    entries = [ActivityEntry(timezone.now(), f"App {number % 2}", "{app} read your profile") for number in range(SHOWN)]
    contribute(activity=lambda user: entries)
    browser = sign_in(citizen)

    for query in ("", "?app=App+1"):
        assert "Older activity is not shown" in browser.get(f"/settings/activity{query}").content.decode()


def test_activity_is_empty_at_first(sign_in, citizen, contribute):
    contribute()

    assert "No activity yet" in sign_in(citizen).get("/settings/activity").content.decode()


def test_what_belongs_to_the_account_goes_with_it(sign_in, citizen, monkeypatch):
    monkeypatch.setattr("myusa.lib.messages.sms.send", lambda to, body: "id")
    Phone.objects.start_verification(citizen, "415-555-2671")

    sign_in(citizen).post("/settings/account/delete", {"email": citizen.email})

    assert not OneTimeCode.objects.filter(user__isnull=False).exists()


def _history_rows():
    return LogEntry.objects.values_list("object_repr", "changes", "actor_email", "additional_data")
