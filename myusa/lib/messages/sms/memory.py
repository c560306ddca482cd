"""Text messages in this process's memory, with problems on demand: for tests."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

from myusa.lib.messages.sms.provider import Receipt, SmsProblem, Status


@dataclass
class Message:
    """One message that was taken over."""

    number: str
    text: str
    reference: str
    provider_id: str = field(default_factory=lambda: f"SM{uuid.uuid4().hex}")
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    status: Status = Status.SENT


# What was sent, and what the next calls raise. With `takes_before_raising` the message is sent nevertheless.
outbox: list[Message] = []
problems: list[SmsProblem] = []
takes_before_raising = False


def reset() -> None:
    """Forget all messages and planned problems."""
    global takes_before_raising
    outbox.clear()
    problems.clear()
    takes_before_raising = False


class MemoryProvider:
    def send(self, number: str, text: str, *, reference: str = "") -> Receipt:
        message = Message(number, text, reference)
        if problems:
            if takes_before_raising:
                outbox.append(message)
            raise problems.pop(0)
        outbox.append(message)
        return Receipt(message.provider_id, message.status)

    def status(self, provider_id: str) -> Receipt | None:
        return next((_receipt(each) for each in outbox if each.provider_id == provider_id), None)

    def written_at(self, provider_id: str) -> datetime | None:
        return None

    def find(self, number: str, text: str, *, since: datetime, reference: str = "") -> Receipt | None:
        matching = (each for each in outbox if (each.number, each.text) == (number, text) and each.at >= since)
        return next((_receipt(each) for each in matching), None)


def _receipt(message: Message) -> Receipt:
    return Receipt(message.provider_id, message.status)
