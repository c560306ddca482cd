"""Permanent refusals of real mail servers: only those that name the mailbox speak about the address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myusa.lib.messages.refusals import Refusal, read

UNKNOWN = [
    "550 5.1.1 No such user",
    "550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking the address",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    "550 5.1.1 <jane@example.gov>: Recipient address rejected: User unknown in virtual mailbox table",
    "550 5.1.6 Recipient no longer on server",
    "554 5.1.1 mailbox unknown",
    "550 No such user here",
    "550 <jane@example.gov>: User unknown",
    "550 Unknown user",
    "550 no mailbox by that name is currently available: mailbox not found",
    "551 User not local; mailbox not found",
    "550 Address rejected: the account does not exist",
    "550 Invalid recipient <jane@example.gov>",
]
PASSING = [
    "550 SC-001 Unfortunately, messages from 192.0.2.7 were not sent. Part of their network is on our block list",
    "550 5.7.1 Unfortunately, messages from [192.0.2.7] weren't sent. Part of their network is on our block list (S3140).",
    "550 5.2.1 The user you are trying to contact is receiving mail too quickly. Please resend at a later time",
    "552 5.2.2 The recipient's inbox is out of storage space",
    "552 Requested mail action aborted: exceeded storage allocation",
    "550 5.2.2 Mailbox full",
    "550 5.1.1 blocked using zen.spamhaus.org",
    "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using bl.spamcop.net",
    "550 User jane@example.gov has too many messages on the server",
    "550 rate limit exceeded, try again later",
]
MESSAGE = [
    "550 5.7.1 Not welcome",
    "550 5.7.26 This mail is unauthenticated: SPF and DKIM did not pass",
    "550 5.1.2 Host or domain name not found",
    "550 5.1.8 Sender address rejected: Domain not found",
    "550 5.1.0 Address rejected",
    "550 Requested action not taken: mailbox unavailable",
    "550 Sender verify failed: no such user",
    "553 sorry, that domain isn't in my list of allowed rcpthosts",
    "550 relay not permitted",
    "554 5.6.0 Not this message",
    "550 5.2.1 The email account that you tried to reach is disabled",
    "554 delivery error: This user doesn't have an example.com account",
    "550 no",
    "550",
]


@pytest.mark.parametrize(
    ("reply", "meaning"),
    [(reply, Refusal.UNKNOWN_MAILBOX) for reply in UNKNOWN]
    + [(reply, Refusal.PASSING) for reply in PASSING]
    + [(reply, Refusal.MESSAGE) for reply in MESSAGE],
)
def test_each_reply_is_understood(reply, meaning):
    assert read(reply) == meaning


@given(st.integers(550, 559), st.integers(0, 7), st.integers(0, 99), st.text(max_size=80))
def test_no_other_enhanced_code_gives_up_an_address(code, subject, detail, text):
    if (subject, detail) not in ((1, 1), (1, 6), (1, 10)):
        assert read(f"{code} 5.{subject}.{detail} {text}") != Refusal.UNKNOWN_MAILBOX


@given(
    st.sampled_from(UNKNOWN),
    st.sampled_from(["on our block list", "rate limit exceeded", "mailbox is full", "spamhaus"]),
)
def test_words_about_us_or_the_moment_win(reply, words):
    assert read(f"{reply} ({words})") == Refusal.PASSING
