"""A mail server for tests, on loopback, with the faults that real ones show.

`SmtpSink().start()` listens; `mode` can be changed at any time. The notifications that it took are in `raw`, in
order, and as parsed `messages`; all other mail is in `other`.
"""

import asyncio
import logging
import time
from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from tests import programs

logging.getLogger("mail.log").setLevel(logging.WARNING)

TAKE = "take"
BUSY_AT_SENDER = "busy at sender"
BUSY_AT_RECIPIENT = "busy at recipient"
UNKNOWN_RECIPIENT = "unknown recipient"
POLICY_AT_RECIPIENT = "policy at recipient"
REFUSE_MESSAGE = "refuse message"
BUSY_AFTER_DATA = "busy after data"
DROP_AFTER_DATA = "drop after data"
TAKE_AND_DROP = "take and drop"
TARPIT = "tarpit"


class Handler:
    def __init__(self, sink: "SmtpSink") -> None:
        self.sink = sink

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.sink.mode == TARPIT:
            self.sink.tarpitted += 1
            await asyncio.sleep(self.sink.tarpit_seconds)
        if self.sink.mode == BUSY_AT_SENDER:
            return "451 4.3.0 Try again later"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        answers = {
            BUSY_AT_RECIPIENT: "450 4.2.0 Greylisted",
            UNKNOWN_RECIPIENT: "550 5.1.1 No such user",
            POLICY_AT_RECIPIENT: "550 5.7.1 Not welcome",
        }
        if address in self.sink.slow_addresses:
            await asyncio.sleep(self.sink.tarpit_seconds)
        if address.rpartition("@")[2] in self.sink.busy_domains:
            return "451 4.3.2 Not now"
        refused = address in self.sink.refused_addresses
        answer = self.sink.refusal or (answers[UNKNOWN_RECIPIENT] if refused else answers.get(self.sink.mode))
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mode = self.sink.mode
        if mode == BUSY_AFTER_DATA:
            return "451 4.3.0 Disk is full"
        if mode == REFUSE_MESSAGE:
            return "554 5.6.0 Not this message"
        if mode == DROP_AFTER_DATA:
            server.transport.abort()
            return "421 Bye"
        self.sink.taken.append((envelope.rcpt_tos[0], time.time()))
        if b"\r\nList-Unsubscribe:" not in envelope.content.split(b"\r\n\r\n", 1)[0]:
            self.sink.other.append((envelope.rcpt_tos[0], envelope.content))
            self.sink.other_senders.append(envelope.mail_from)
            return "250 OK"
        self.sink.senders.append(envelope.mail_from)
        self.sink.raw.append((envelope.rcpt_tos[0], envelope.content, time.time()))
        if mode == TAKE_AND_DROP:
            server.transport.abort()
        return f"250 2.0.0 Taken as {len(self.sink.raw)}"


class _Server(SMTP):
    """A server that says it takes commands in one packet, which it does."""

    pipelining = True

    async def ehlo_hook(self) -> None:
        if self.pipelining:
            await self.push("250-PIPELINING")


class _Controller(Controller):
    def __init__(self, sink: "SmtpSink", port: int) -> None:
        self.sink = sink
        super().__init__(Handler(sink), hostname="127.0.0.1", port=port, ready_timeout=10)

    def factory(self) -> Any:
        server = _Server(self.handler, enable_SMTPUTF8=True, timeout=60)
        server.pipelining = self.sink.pipelining
        self.sink.connections += 1
        return server


class SmtpSink:
    def __init__(self, *, pipelining: bool = True) -> None:
        self.pipelining = pipelining
        self._controller: _Controller | None = None
        self.port = 0
        self.reset()

    def reset(self) -> None:
        """Forget what was taken, and no longer show a fault."""
        self.mode = TAKE
        self.raw: list[tuple[str, bytes, float]] = []
        self.other: list[tuple[str, bytes]] = []
        # Who got a message, and when.
        self.taken: list[tuple[str, float]] = []
        self.senders: list[str] = []
        self.other_senders: list[str] = []
        self.refused_addresses: set[str] = set()
        # The reply to every recipient, if there is one.
        self.refusal = ""
        self.slow_addresses: set[str] = set()
        # Domains whose server refuses everything for now.
        self.busy_domains: set[str] = set()
        self.connections = 0
        self.tarpitted = 0
        self.tarpit_seconds = 30.0

    def start(self, port: int = 0) -> "SmtpSink":
        self.port = port or self.port or programs.free_port()
        self._controller = _Controller(self, self.port)
        self._controller.start()
        return self

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop(no_assert=True)
            self._controller = None

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(raw, policy=policy.default) for _to, raw, _at in list(self.raw)]  # type: ignore[misc]

    def message_ids(self) -> Counter[str]:
        """Return how often each Message-ID came."""
        ids: Counter[str] = Counter()
        for _to, raw, _at in list(self.raw):
            head = raw.split(b"\r\n\r\n", 1)[0]
            line = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"message-id:"))
            ids[line.split(b":", 1)[1].strip().decode()] += 1
        return ids
