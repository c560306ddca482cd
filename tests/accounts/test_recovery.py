"""A person who lost the second factor or the mailbox gets back in: by staff with a role, a reason, a delay and a notice."""

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client

from accounts import jobs
from accounts.models import AccountRecovery, Session
from myusa.lib import history
from myusa.lib.steps import InvalidTransition
from myusa.outbox.jobs import deliver
from tests.accounts.codes import add_second_factor, app_code, is_signed_in, sign_in_by_code

pytestmark = pytest.mark.django_db
ADD = "/admin/accounts/accountrecovery/add/"
REASON = "Showed an ID at the counter in Austin."


@pytest.fixture
def support(make_user):
    user = make_user("support@example.gov", is_staff=True)
    user.groups.add(Group.objects.get(name="Account support"))
    return user


@pytest.fixture
def desk(sign_in, support):
    return sign_in(support, second_factor=True)


def ask(desk, user, kind="second_factor", new_email=""):
    return desk.post(ADD, {"email": user.email, "kind": kind, "new_email": new_email, "reason": REASON})


def emails():
    deliver()
    return mail.outbox


def link():
    return re.search(r"/users/recovery/\S+", emails()[-1].body)[0]


def after_the_delay(clock, settings):
    clock.shift(timedelta(hours=settings.ACCOUNT_RECOVERY_HOURS, minutes=1))
    return jobs.apply_recoveries()


def verbs(user):
    return [(entry.additional_data["verb"], entry.actor, entry.additional_data["note"]) for entry in history.of(user)]


def test_after_the_delay_the_person_signs_in_by_code_alone(desk, support, sign_in, citizen, still_clock, settings):
    add_second_factor(citizen)
    sign_in(citizen)
    assert ask(desk, citizen).status_code == 302
    assert emails()[-1].subject == "We’ll turn off two-step sign-in"
    assert emails()[-1].to == [citizen.email]
    assert jobs.apply_recoveries() == 0
    assert Authenticator.objects.filter(user=citizen).exists()
    assert after_the_delay(still_clock, settings) == 1
    assert emails()[-1].subject == "We turned off two-step sign-in"
    assert not Session.objects.filter(user=citizen).exists()
    assert verbs(citizen) == [
        ("second_factor_recovered", support, REASON),
        ("second_factor_recovery_requested", support, REASON),
    ]
    browser = Client()
    assert sign_in_by_code(browser, citizen.email)["Location"] == "/"
    assert is_signed_in(browser)
    assert jobs.apply_recoveries() == 0


def test_the_link_cancels_by_its_button_only_and_nothing_changes(desk, citizen, anonymous, still_clock, settings):
    add_second_factor(citizen)
    ask(desk, citizen)
    path = link()
    assert "Cancel this request" in anonymous.get(path).content.decode()
    anonymous.head(path)
    assert AccountRecovery.objects.open().exists()
    for _press in range(2):
        assert anonymous.post(path)["Location"] == path
    assert "This request is canceled" in anonymous.get(path).content.decode()
    assert emails()[-1].subject == "The request to recover your account is canceled"
    assert after_the_delay(still_clock, settings) == 0
    assert Authenticator.objects.filter(user=citizen).exists()


def test_the_link_is_too_late_after_it_took_effect(desk, citizen, anonymous, still_clock, settings):
    add_second_factor(citizen)
    ask(desk, citizen)
    path = link()
    after_the_delay(still_clock, settings)
    assert "no longer open" in anonymous.post(path, follow=True).content.decode()
    assert not Authenticator.objects.filter(user=citizen).exists()
    assert anonymous.get("/users/recovery/forged").status_code == 404


def test_using_the_second_factor_cancels_its_recovery(desk, citizen, anonymous, still_clock, settings):
    add_second_factor(citizen)
    ask(desk, citizen)
    sign_in_by_code(anonymous, citizen.email)
    anonymous.post("/users/second_factor", {"code": app_code()})
    assert is_signed_in(anonymous)
    assert after_the_delay(still_clock, settings) == 0


def test_a_lost_mailbox_is_replaced_after_the_delay(desk, citizen, still_clock, settings):
    old = citizen.email
    ask(desk, citizen, "email", "new@bücher.example")
    assert emails()[-1].to == [old]
    after_the_delay(still_clock, settings)
    citizen.refresh_from_db()
    assert citizen.email == "new@xn--bcher-kva.example"
    assert {message.to[0] for message in emails()[-2:]} == {old, citizen.email}
    browser = Client()
    sign_in_by_code(browser, citizen.email)
    assert int(browser.session["_auth_user_id"]) == citizen.pk


def test_an_address_that_was_taken_in_the_meantime_changes_nothing(desk, citizen, make_user, still_clock, settings):
    ask(desk, citizen, "email", "new@example.gov")
    make_user("new@example.gov")
    assert after_the_delay(still_clock, settings) == 0
    citizen.refresh_from_db()
    assert citizen.email == "citizen@example.gov"
    assert verbs(citizen)[0][0] == "email_recovery_failed"


def test_support_cancels_in_the_admin(desk, citizen, still_clock, settings):
    add_second_factor(citizen)
    ask(desk, citizen)
    recovery = AccountRecovery.objects.get()
    desk.post(f"/admin/accounts/accountrecovery/{recovery.pk}/step/cancel/", {"confirmed": "cancel"})
    assert after_the_delay(still_clock, settings) == 0
    assert verbs(citizen)[0][0] == "second_factor_recovery_canceled"


def test_staff_without_the_role_are_refused(sign_in, staff, citizen):
    add_second_factor(citizen)
    assert ask(sign_in(staff, second_factor=True), citizen).status_code == 403
    with pytest.raises(InvalidTransition, match="Only account support"):
        AccountRecovery.objects.begin(citizen, kind="second_factor", reason=REASON, by=staff)
    assert not AccountRecovery.objects.exists()


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("support", "Ask a colleague"),
        ("superuser", "Only a superuser"),
        ("citizen", "use two-step sign-in"),
        ("nobody", "No account has this email address"),
    ],
)
def test_what_support_cannot_do_is_said_on_the_form(request, desk, make_user, who, words):
    user = None if who == "nobody" else request.getfixturevalue(who)
    email = user.email if user else "nobody@example.gov"
    answer = desk.post(ADD, {"email": email, "kind": "second_factor", "new_email": "", "reason": REASON})
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not AccountRecovery.objects.exists()


def test_one_recovery_at_a_time_and_a_reason_are_required(desk, citizen):
    add_second_factor(citizen)
    data = {"email": citizen.email, "kind": "second_factor", "new_email": "", "reason": ""}
    assert "This field is required" in desk.post(ADD, data).content.decode()
    ask(desk, citizen)
    assert "already has an open recovery" in ask(desk, citizen).content.decode()
    assert AccountRecovery.objects.count() == 1


@pytest.fixture
def second(make_user):
    return make_user("second@example.gov", is_staff=True, is_superuser=True)


def test_an_account_of_staff_waits_for_a_second_superuser(sign_in, superuser, second, support, still_clock, settings):
    add_second_factor(support)
    ask(sign_in(superuser, second_factor=True), support)
    recovery = AccountRecovery.objects.get()
    after_the_delay(still_clock, settings)
    recovery.refresh_from_db()
    assert (recovery.is_open, recovery.waits_for_approval) == (True, True)
    address = f"/admin/accounts/accountrecovery/{recovery.pk}/step/approve/"
    assert "second superuser" in sign_in(second, second_factor=True).get(address).content.decode()
    sign_in(second, second_factor=True).post(address, {"confirmed": "approve"})
    recovery.refresh_from_db()
    assert (recovery.approved_by, recovery.waits_for_approval) == (second, False)
    assert verbs(support)[0][:2] == ("second_factor_recovery_approved", second)
    jobs.apply_recoveries()
    recovery.refresh_from_db()
    assert recovery.done_at is not None


@pytest.mark.parametrize("who", ["the one who asked", "the person", "account support"])
def test_no_one_else_approves(superuser, second, support, make_user, who):
    add_second_factor(second)
    recovery = AccountRecovery.objects.begin(second, kind="second_factor", reason=REASON, by=superuser)
    by = {"the one who asked": superuser, "the person": second, "account support": support}[who]
    with pytest.raises(InvalidTransition, match="another superuser"):
        recovery.approve(by=by)
    recovery.refresh_from_db()
    assert recovery.approved_by is None


def test_it_is_approved_once(superuser, second, support, make_user):
    add_second_factor(support)
    recovery = AccountRecovery.objects.begin(support, kind="second_factor", reason=REASON, by=superuser)
    recovery.approve(by=second)
    with pytest.raises(InvalidTransition, match="was already approved"):
        recovery.approve(by=make_user("third@example.gov", is_staff=True, is_superuser=True))
    recovery.refresh_from_db()
    assert recovery.approved_by == second


QUEUE = "/admin/accounts/accountrecovery/?open=approval"


@pytest.fixture
def waiting(superuser, support):
    add_second_factor(support)
    return AccountRecovery.objects.begin(support, kind="second_factor", reason=REASON, by=superuser)


def row_of(page):
    """Return the queue's row of the work page with the oldest rows below it, "" if it isn't there."""
    return page.partition(f'href="{QUEUE}"')[2].partition('<th scope="row">')[0]


def test_recoveries_of_staff_accounts_are_a_queue_of_the_other_superusers(
    sign_in, superuser, second, staff, support, waiting, citizen
):
    add_second_factor(citizen)
    AccountRecovery.objects.begin(citizen, kind="second_factor", reason=REASON, by=support)
    work = {user: sign_in(user).get("/admin/").content.decode() for user in (superuser, second, staff)}
    row = row_of(work[second])
    assert "<td>1</td>" in row
    assert f'href="/admin/accounts/accountrecovery/{waiting.pk}/change/"' in row
    assert support.email in row
    assert citizen.email not in row, "time decides about people who are no staff"
    assert "<td>0</td>" in row_of(work[superuser]), "who asked does not approve"
    assert not row_of(work[staff])
    assert citizen.email not in sign_in(second).get(QUEUE).content.decode().split('id="result_list"')[-1]


def test_a_recovery_is_claimed_like_the_rows_of_other_queues(sign_in, second, waiting):
    browser = sign_in(second)
    browser.post(f"/admin/accounts/accountrecovery/{waiting.pk}/work/claim/")
    row = row_of(browser.get("/admin/").content.decode())
    assert 'aria-label="1 of mine in Recoveries of staff accounts to approve"' in row
    assert f"{QUEUE}&amp;claimed=mine" in row
    assert f"/{waiting.pk}/change/" in browser.get(f"{QUEUE}&claimed=mine").content.decode()
    following = browser.get(f"/admin/accounts/accountrecovery/{waiting.pk}/work/next/", follow=True)
    assert "Nothing else is waiting for you in this queue." in following.content.decode()


def test_only_who_can_approve_sees_the_button(sign_in, superuser, second, waiting):
    page = f"/admin/accounts/accountrecovery/{waiting.pk}/change/"
    assert "Approve the recovery" in sign_in(second).get(page).content.decode()
    own = sign_in(superuser).get(page).content.decode()
    assert "Approve the recovery" not in own
    assert "waiting for a second superuser" in own
    assert "Cancel the recovery" in own


def test_a_sentence_says_when_the_approved_recovery_takes_effect(sign_in, second, waiting, still_clock, settings):
    address = f"/admin/accounts/accountrecovery/{waiting.pk}/step/approve/"
    said = sign_in(second).post(address, {"confirmed": "approve"}, follow=True).content.decode()
    assert "The recovery of support@example.gov is approved. It takes effect on " in said
    AccountRecovery.objects.update(approved_by=None)
    after_the_delay(still_clock, settings)
    said = sign_in(second).post(address, {"confirmed": "approve"}, follow=True).content.decode()
    assert "is approved. It takes effect in a few minutes." in said
