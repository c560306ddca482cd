"""A person's mobile number: theirs by a code in a text message."""

import contextlib
from datetime import timedelta

import hypothesis
import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import strategies as st

from accounts.deletion import delete_account
from accounts.models import OneTimeCode, Phone, User
from accounts.models.code_limits import RECIPIENT_DAY_SENDS, RECIPIENT_SENDS
from accounts.models.codes import CODE_ATTEMPTS
from accounts.refusals import CodeJustSent, CodeRefused, CodeSpent, TooManyCodes, TooManyRecipients, WrongCode

pytestmark = pytest.mark.django_db
NUMBER = "+14155552671"


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    messages = []
    monkeypatch.setattr("myusa.lib.messages.sms.send", lambda to, body: messages.append((to, body)))
    return messages


def code_of(sent) -> str:
    return sent[-1][1].split()[0]


def test_number_is_verified_by_the_code_texted_to_it(citizen, sent):
    Phone.objects.start_verification(citizen, "(415) 555-2671", "127.0.0.1")
    assert sent[-1][0] == NUMBER
    assert citizen.verified_mobile is None
    assert Phone.objects.pending(citizen) == NUMBER

    Phone.objects.redeem(citizen, code_of(sent))

    assert citizen.verified_mobile == NUMBER
    assert User.objects.get(pk=citizen.pk).verified_mobile == NUMBER
    assert Phone.objects.pending(citizen) is None


def test_wrong_code_verifies_nothing_and_is_capped(citizen, sent):
    Phone.objects.start_verification(citizen, NUMBER)
    wrong = f"{(int(code_of(sent)) + 1) % 10**6:06}"
    for _ in range(CODE_ATTEMPTS):
        with pytest.raises(WrongCode):
            Phone.objects.redeem(citizen, wrong)

    with pytest.raises(CodeSpent):
        Phone.objects.redeem(citizen, code_of(sent))
    assert citizen.verified_mobile is None


def test_reason_of_a_refusal_can_be_shown(citizen):
    with pytest.raises(CodeRefused) as refused:
        Phone.objects.redeem(citizen, "123456")

    assert str(refused.value.message)


def test_old_number_stays_until_the_new_one_is_verified(citizen, sent):
    Phone.objects.start_verification(citizen, NUMBER)
    Phone.objects.redeem(citizen, code_of(sent))

    Phone.objects.start_verification(citizen, "+12025550123")
    assert citizen.verified_mobile == NUMBER
    Phone.objects.redeem(citizen, code_of(sent))

    assert citizen.verified_mobile == "+12025550123"
    assert Phone.objects.count() == 1


def test_code_of_one_person_verifies_nothing_for_another(citizen, outsider, sent):
    Phone.objects.start_verification(citizen, NUMBER)

    with pytest.raises(CodeRefused):
        Phone.objects.redeem(outsider, code_of(sent))


def test_number_can_be_removed(citizen, sent):
    Phone.objects.start_verification(citizen, NUMBER)
    Phone.objects.redeem(citizen, code_of(sent))

    Phone.objects.remove(citizen)

    assert citizen.verified_mobile is None
    assert not Phone.objects.exists()


@pytest.mark.parametrize(
    "number", ["", "123", "abc", "+1 415 555", "555-2671", "+14155552671 ext. 9", "\x00", "9" * 500]
)
def test_what_is_no_number_is_refused(citizen, sent, number):
    with pytest.raises(ValidationError):
        Phone.objects.start_verification(citizen, number)
    assert not sent


def test_texts_to_one_number_are_limited(make_user, sent):
    for _ in range(6):
        Phone.objects.start_verification(make_user(), NUMBER)

    with pytest.raises(TooManyCodes):
        Phone.objects.start_verification(make_user(), NUMBER)
    assert len(sent) == 6


def test_next_code_has_to_wait_half_a_minute(citizen, sent):
    Phone.objects.start_verification(citizen, NUMBER)
    with pytest.raises(CodeJustSent):
        Phone.objects.start_verification(citizen, NUMBER)
    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        Phone.objects.start_verification(citizen, NUMBER)

    assert len(sent) == 2


def test_number_is_not_readable_in_the_database(citizen, sent):
    Phone.objects.start_verification(citizen, NUMBER)
    Phone.objects.redeem(citizen, code_of(sent))
    rows = []
    with connection.cursor() as cursor:
        for table in ("accounts_phone", "accounts_onetimecode"):
            cursor.execute(f"SELECT * FROM {table}")
            rows += cursor.fetchall()

    assert "4155552671" not in repr(rows)
    assert code_of(sent) not in repr([row[:5] for row in rows])


def test_stop_and_start_reach_everyone_with_the_number(citizen, outsider, sent):
    for person in (citizen, outsider):
        Phone.objects.start_verification(person, NUMBER)
        Phone.objects.redeem(person, code_of(sent))

    assert Phone.objects.opt_out(NUMBER) == 2
    assert not Phone.objects.get(user=citizen).takes_messages
    assert Phone.objects.opt_in(NUMBER) == 2
    assert Phone.objects.get(user=citizen).takes_messages


@pytest.mark.parametrize(
    "number", ["+1 900 234 5678", "+1 800 555 0199", "+44 20 7946 0958", "+44 7400 123456", "+1 416 555 2671"]
)
def test_codes_go_to_mobile_numbers_of_allowed_regions_only(citizen, sent, number):
    with pytest.raises(ValidationError, match="can’t text"):
        Phone.objects.start_verification(citizen, number)
    assert not sent


def test_operator_allows_other_regions_but_never_landlines_and_premium_numbers(citizen, sent, settings):
    settings.SMS_REGIONS = ["GB"]
    Phone.objects.start_verification(citizen, "+44 7400 123456")
    for number in ("+44 20 7946 0958", "+44 909 879 0000", NUMBER):
        with pytest.raises(ValidationError, match="can’t text"):
            Phone.objects.start_verification(citizen, number)
    assert [to for to, _text in sent] == ["+447400123456"]


STEPS = st.lists(st.sampled_from(["ask", "ask elsewhere", "remove", "delete the account", "wait"]), max_size=60)


@hypothesis.settings(deadline=None, max_examples=15, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(STEPS)
@hypothesis.example(["ask", "delete the account"] * 6 + ["ask elsewhere"])
@hypothesis.example(["ask elsewhere", "delete the account"] * 25)
def test_no_sequence_of_steps_gets_more_texts_to_one_number_than_the_cap(steps):
    texts, address = [], "127.0.0.1"
    now = timezone.now()
    with (
        transaction.atomic(),
        pytest.MonkeyPatch.context() as patch,
        time_machine.travel(now, tick=False) as clock,
    ):
        patch.setattr("myusa.lib.messages.sms.send", lambda to, body: texts.append((address, timezone.now())))
        user = User.objects.create_user("person@example.gov")
        for number, step in enumerate(steps):
            if step == "remove":
                Phone.objects.remove(user)
            elif step == "delete the account":
                delete_account(user)
                user = User.objects.create_user("person@example.gov")
            elif step == "wait":
                clock.shift(31)
            else:
                address = f"198.51.{number}.1" if step == "ask elsewhere" else "127.0.0.1"
                with contextlib.suppress(CodeRefused):
                    Phone.objects.start_verification(user, NUMBER, address)
        transaction.set_rollback(True)
    of_one_network = [[at for asked_from, at in texts if asked_from == each] for each in {each for each, _at in texts}]
    for cap, sent in [(RECIPIENT_DAY_SENDS, [at for _address, at in texts])] + [
        (RECIPIENT_SENDS, each) for each in of_one_network
    ]:
        assert all(sum(at <= other < at + cap.window for other in sent) <= cap.count for at in sent)


def test_one_person_has_codes_texted_to_five_numbers_a_day(make_user, sent):
    user = make_user("person@example.gov")
    for last in range(5):
        Phone.objects.start_verification(user, f"+1415555267{last}", f"198.51.100.{last}")
    with pytest.raises(TooManyRecipients):
        Phone.objects.start_verification(user, "+14155552679", "198.51.100.9")
    delete_account(user)
    with pytest.raises(TooManyRecipients):
        Phone.objects.start_verification(make_user("person@example.gov"), "+14155552679", "198.51.100.9")
    assert len(sent) == 5


def test_removing_and_adding_a_number_again_waits_half_a_minute(citizen, sent):
    Phone.objects.start_verification(citizen, NUMBER)
    Phone.objects.remove(citizen)
    with pytest.raises(CodeJustSent):
        Phone.objects.start_verification(citizen, NUMBER)


def test_deleting_the_account_leaves_no_recipient_of_codes(citizen, sent):
    Phone.objects.start_verification(citizen, NUMBER)
    delete_account(citizen)
    code = OneTimeCode.objects.get()
    assert (code.recipient, code.user_id, code.due_at) == ("", None, None)


def test_the_text_is_bound_to_this_site_in_its_last_line(citizen, sent, settings):
    settings.BASE_URL = "https://my.example.gov"
    Phone.objects.start_verification(citizen, NUMBER)
    code = code_of(sent)
    assert sent[-1][1].startswith(f"{code} is your MyUSA code. It expires in ")
    assert sent[-1][1].split("\n")[-1] == f"@my.example.gov #{code}"
