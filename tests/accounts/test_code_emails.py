"""The emails that carry a one-time code, as mail programs file them."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from tests.accounts.codes import ask_for_code, last_code

pytestmark = pytest.mark.django_db


def test_two_codes_of_one_person_do_not_end_up_in_one_thread(anonymous):
    now = timezone.now()
    for seconds in (0, 61):
        with time_machine.travel(now + timedelta(seconds=seconds), tick=False):
            ask_for_code(anonymous, "citizen@example.gov")
    subjects = [message.subject for message in mail.outbox]
    assert len(subjects) == len(set(subjects)) == 2
    assert all(message.message()["Auto-Submitted"] == "auto-generated" for message in mail.outbox)


def test_the_code_is_in_the_subject_and_the_first_sentence_says_what_it_is_for(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    message = mail.outbox[-1]
    assert message.subject == f"{last_code()} is your MyUSA sign-in code"
    assert message.body.lstrip().startswith("Use this code to sign in to MyUSA:")
    html = message.alternatives[0].content
    assert '<html lang="en">' in html
    assert "You’re receiving this email because" in html
