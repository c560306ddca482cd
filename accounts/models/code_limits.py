"""How many codes a recipient, a network, a person and the site can have sent; rows of codes are what is counted.

- `RECIPIENT_SENDS` codes to one recipient for one network, `RECIPIENT_DAY_SENDS` for all networks together; after
  `CROWD_SENDS` of them each network gets only one, so one stranger cannot use up the owner's. Codes that ended unsent
  do not count: an outage of the mail server keeps no one out, and anyone who is kept out has a message with a link that
  admits their browser (`accounts.known_browsers`);
- `ADDRESS_SENDS` codes that no one redeemed for one network address: right ones give their share back. Known browsers
  and those that were admitted are not counted with their network;
- `PERSON_RECIPIENTS` different numbers or new addresses that one person has codes sent to;
- `settings.NEWCOMER_CODES_PER_HOUR` emails for the whole site to addresses without an account: above that they are not
  refused but wait, each a little longer. A code that is entered gives its share back, so honest crowds do not wait. Who has
  an account waits for nothing, and the page says the same to both;
- `settings.SMS_CODES_PER_DAY` text messages to numbers that are not verified, for the whole site, and
  `settings.SMS_CODES_PER_COUNTRY` of them to each country other than the default one.

`settings.CODE_LIMIT_FACTOR` multiplies them: on a demo machine everyone has one address.
"""

import math
from datetime import timedelta
from typing import TYPE_CHECKING

import phonenumbers
import structlog
from django.conf import settings
from django.db.models import Q

from accounts.models.allowances import CODES_TO_NEWCOMERS, TEXTS_TO_COUNTRY
from accounts.models.attempts import Cap, CodeGuard
from accounts.refusals import TextsUsedUp, TooManyCodes, TooManyRecipients
from myusa.outbox.models import OutgoingEmail

if TYPE_CHECKING:
    from accounts.models.codes import OneTimeCode, OneTimeCodeQuerySet

logger = structlog.get_logger(__name__)

RECIPIENT_SENDS = Cap(6, timedelta(minutes=15))
RECIPIENT_DAY_SENDS = Cap(20, timedelta(days=1))
CROWD_SENDS = Cap(12, timedelta(days=1))
NETWORK_DAY_SENDS = Cap(10, timedelta(days=1))
ADDRESS_SENDS = Cap(60, timedelta(minutes=15))
PERSON_RECIPIENTS = Cap(5, timedelta(days=1))
# Whose allowance it is that all newcomers share, and how long one of them waits at most.
SITE, LONGEST_WAIT = "the whole site", timedelta(minutes=30)
# What a code's `failure` says if no message left.
UNSENT = ("", "unavailable")
# The share of a day's text messages after which support gets an email.
TEXTS_ALERT = 0.8


def refuse_too_many(codes: "OneTimeCodeQuerySet", code: "OneTimeCode") -> None:
    """Raise a CodeRefused if `code`, which is one of `codes` already, exceeds a cap."""
    since = {"created_at__lte": code.created_at}
    guards = CodeGuard.objects.of_all([code.allowance_digest, code.address_digest])
    to_one = codes.filter(allowance_digest=code.allowance_digest, **since)
    if lifted_at := guards[code.allowance_digest].lifted_at:
        to_one = to_one.filter(created_at__gt=lifted_at)
    is_over = Q(due_at=None) | Q(expires_at__lte=code.created_at)
    to_one = to_one.exclude(is_over, sent_at=None, failure__in=UNSENT)
    for_network = to_one.filter(address_digest=code.address_digest)
    for sent, cap in (
        (for_network, RECIPIENT_SENDS),
        (for_network, NETWORK_DAY_SENDS),
        (to_one, RECIPIENT_DAY_SENDS),
    ):
        if cap.is_passed_by(sent.filter(created_at__gt=code.created_at - cap.window).count()):
            raise TooManyCodes(cap.window)
    today = {"created_at__gt": code.created_at - CROWD_SENDS.window}
    if CROWD_SENDS.is_passed_by(to_one.filter(**today).count()) and for_network.filter(**today).count() > 1:
        raise TooManyCodes(CROWD_SENDS.window)
    if code.address_digest and not code.is_of_known_browser:
        # A redeemed code proves an honest person: many of them may share a network.
        from_one = codes.filter(address_digest=code.address_digest, used_at=None, **since)
        counted_from = guards[code.address_digest].since(code.created_at, ADDRESS_SENDS)
        if ADDRESS_SENDS.is_passed_by(from_one.filter(created_at__gt=counted_from).count()):
            raise TooManyCodes(ADDRESS_SENDS.window, is_of_network=True)
    if code.person_digest and code.purpose in (code.Purpose.PHONE, code.Purpose.CHANGE_EMAIL):
        asked = codes.filter(person_digest=code.person_digest, purpose=code.purpose, **since)
        asked = asked.filter(created_at__gt=code.created_at - PERSON_RECIPIENTS.window)
        if PERSON_RECIPIENTS.is_passed_by(asked.values("recipient_digest").distinct().count()):
            raise TooManyRecipients
    if code.purpose == code.Purpose.PHONE:
        _keep_to_the_budget(codes, code)


def wait_of_newcomers(code: "OneTimeCode", *, has_account: bool) -> timedelta:
    """Return how long a code waits before it is sent, so a botnet cannot spend the site's reputation as a sender."""
    if not code.is_strange:
        return timedelta()
    # The same statements in either case: a page that took less time would tell who has an account.
    wait = CODES_TO_NEWCOMERS.queue(SITE, 0 if has_account else 1, longest=LONGEST_WAIT)
    if has_account:
        return timedelta()
    if wait:
        logger.error("codes_to_newcomers_used_up", wait_seconds=round(wait.total_seconds()))
    return wait


def newcomers_wait() -> timedelta:
    """Return how long a code to an address without an account would wait now."""
    return CODES_TO_NEWCOMERS.wait(SITE)


def newcomer_came() -> None:
    """Give back the share of a code that was entered."""
    CODES_TO_NEWCOMERS.give_back(SITE)


def _keep_to_the_budget(codes: "OneTimeCodeQuerySet", code: "OneTimeCode") -> None:
    """Raise TextsUsedUp if the text messages of a day are used up, of the site or of a country abroad.

    Support gets an email before the site's are.
    """
    country = phonenumbers.region_code_for_number(phonenumbers.parse(code.recipient)) or "–"
    if country != settings.PHONENUMBER_DEFAULT_REGION and not TEXTS_TO_COUNTRY.allows(country):
        logger.error("text_messages_used_up", country=country)
        raise TextsUsedUp
    budget = settings.SMS_CODES_PER_DAY
    today = codes.filter(purpose=code.Purpose.PHONE, created_at__gt=code.created_at - timedelta(days=1))
    used = today.filter(created_at__lte=code.created_at).count()
    if used > budget:
        logger.error("text_messages_used_up", budget=budget)
        raise TextsUsedUp
    if used == max(1, math.ceil(budget * TEXTS_ALERT)):
        logger.warning("text_messages_nearly_used_up", used=used, budget=budget)
        facts = {"used": used, "budget": budget}
        OutgoingEmail.objects.write(settings.SUPPORT_EMAIL, "accounts/texts_nearly_used_up", facts)
