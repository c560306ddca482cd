"""What the permanent refusal (5xx) of a mail server says: is the address wrong, is it about us, or about the moment?

Servers use one code for many things. So an address counts as unknown only where the enhanced code (RFC 3463 §3.2) or the
words name the mailbox, and never where the words are about us: our network, its reputation, the rate, a policy.
"""

import re
from enum import Enum


class Refusal(Enum):
    """How to go on after a permanent refusal."""

    UNKNOWN_MAILBOX = "unknown mailbox"
    # A rate limit, a full mailbox, a block list: the same message may be taken later.
    PASSING = "passing"
    MESSAGE = "message"


_ENHANCED = re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b")
_UNKNOWN = frozenset({"5.1.1", "5.1.6", "5.1.10"})
_PASSING = re.compile(
    r"too (?:quickly|fast|many|much)|rate.?limit|throttl|try (?:again )?later|temporar|(?:over|exceeded?) (?:its |the )?(?:storage )?quota"
    r"|quota exceeded|mailbox (?:is )?full|mailbox size|out of storage|insufficient (?:system )?storage|greylist",
    re.IGNORECASE,
)
_BLOCKED = re.compile(
    r"block.?list|black.?list|deny.?list|blocked using|spamhaus|barracuda|spamcop|sorbs|\brbl\b|reputation",
    re.IGNORECASE,
)
_ABOUT_US = re.compile(
    r"\bsender\b|\bfrom\b.{0,20}\b(?:domain|address)|\bhelo\b|\behlo\b|policy|spam|dmarc|\bspf\b|\bdkim\b|relay",
    re.IGNORECASE,
)
_MAILBOX = r"(?:user|mail ?box|recipient|addressee|account|e?-?mail address|local.?part)"
_NAMES_MAILBOX = re.compile(
    rf"(?:no such|unknown|invalid|non.?existent|unrouteable|no) (?:\w+ )?{_MAILBOX}\b"
    rf"|\b{_MAILBOX}\b[^.;]{{0,80}}\b(?:unknown|not found|no longer (?:exists|available|valid)|(?:does not|doesn't|do not) exist|not exist"
    r"|not (?:a )?(?:known|valid|recognized|listed|local)|invalid|disabled|is inactive)",
    re.IGNORECASE,
)


def read(reply: str) -> Refusal:
    """Return what a permanent refusal means. `reply` starts with its code, as in "550 5.1.1 User unknown"."""
    enhanced = _ENHANCED.search(reply)
    code = enhanced.group() if enhanced else ""
    if (
        code in ("5.2.2", "5.3.1", "5.4.5")
        or reply.startswith("552")
        or _PASSING.search(reply)
        or _BLOCKED.search(reply)
    ):
        return Refusal.PASSING
    if _ABOUT_US.search(reply):
        return Refusal.MESSAGE
    if code:
        return Refusal.UNKNOWN_MAILBOX if code in _UNKNOWN else Refusal.MESSAGE
    bare = reply.startswith(("550", "551"))
    return Refusal.UNKNOWN_MAILBOX if bare and _NAMES_MAILBOX.search(reply) else Refusal.MESSAGE
