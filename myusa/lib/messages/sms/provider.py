"""What every provider of text messages does, and how it says what came of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

OPTED_OUT = "opted_out"
UNREACHABLE_NUMBER = "unreachable_number"


class Status(StrEnum):
    """How far a message came, as its provider tells it."""

    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider has the message, under `provider_id`."""

    provider_id: str
    status: Status = Status.SENT
    answer: str = ""


class SmsProblem(Exception):
    """A message was not, or perhaps not, sent. `answer` is what the provider said."""

    def __init__(self, answer: str) -> None:
        self.answer = answer
        super().__init__(answer)


class Refused(SmsProblem):
    """The provider will never send this message; `kind` is OPTED_OUT, UNREACHABLE_NUMBER or "" for anything else."""

    def __init__(self, answer: str, kind: str = "") -> None:
        super().__init__(answer)
        self.kind = kind


class Unavailable(SmsProblem):
    """The provider did not take the message now, and has not sent it."""


class Uncertain(SmsProblem):
    """The provider may or may not have taken the message."""


class Provider(Protocol):
    def send(self, number: str, text: str, *, reference: str = "") -> Receipt:
        """Hand over one message; raise Refused, Unavailable or Uncertain."""

    def status(self, provider_id: str) -> Receipt | None:
        """Return how far a message came, None if there is no such message; raise Unavailable."""

    def written_at(self, provider_id: str) -> datetime | None:
        """Return when a message to us was sent, None if the provider cannot say so now."""

    def find(self, number: str, text: str, *, since: datetime, reference: str = "") -> Receipt | None:
        """Return the message that was sent to `number` with this text after `since`, None if there is none.

        Raises Unavailable when that can't be found out now.
        """
