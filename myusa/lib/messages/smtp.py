"""Conversations with the mail server over connections that are kept for the next message.

One conversation is three commands in one packet where the server takes them so (RFC 2920), the message, and its
answer: what an answer means depends on how far the conversation had come, so `Stage` is part of every failure.
"""

import os
import smtplib
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend

from myusa.lib.messages import refusals
from myusa.lib.messages.refusals import Refusal

IDLE_SECONDS = 20.0
MESSAGES_PER_CONNECTION = 500
# When the server could not be reached, it is not asked again for this long.
PAUSE_SECONDS = 3.0


class Stage(IntEnum):
    CONNECT = 1
    SENDER = 2
    RECIPIENT = 3
    DATA = 4
    # The whole message is out, and its answer is not in: it may have been taken.
    ANSWER = 5


class Failed(Exception):
    """A conversation came to no good end: at which stage, and with what answer (`code` 0: none came)."""

    def __init__(self, stage: Stage, code: int, answer: str) -> None:
        self.stage, self.code, self.answer = stage, code, answer
        super().__init__(f"{stage.name.lower()}: {answer}")

    @property
    def is_permanent(self) -> bool:
        """Whether the server refused this message or its recipient permanently.

        Refusals at the connection and of the sender are about us, and so are errors of syntax, order and sign-in.
        """
        return self._is_of_message and refusals.read(self.answer) != Refusal.PASSING

    @property
    def is_about_address(self) -> bool:
        """Whether the server says that there is no such mailbox."""
        return self._is_of_message and refusals.read(self.answer) == Refusal.UNKNOWN_MAILBOX

    @property
    def _is_of_message(self) -> bool:
        return self.stage > Stage.SENDER and 550 <= self.code < 600

    @property
    def is_end(self) -> bool:
        """Whether the connection ended with it, or the server is about to close it (RFC 5321 §3.8)."""
        return self.code in (0, 421)


@dataclass
class _Connection:
    smtp: smtplib.SMTP
    used_at: float
    began_at: float = 0.0
    messages: int = 0

    def abort(self) -> None:
        """End the conversation from another thread: its owner sees a broken connection."""
        sock = self.smtp.sock
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.smtp.close()


class Pool:
    """Connections to the configured mail server, lent to one thread at a time."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin without connections: a forked child must not speak on its parent's."""
        self._lock = threading.Lock()
        self._idle: list[_Connection] = []
        self._lent: dict[int, _Connection] = {}
        self._pause_until = 0.0
        self._pause_answer = ""

    def send(self, sender: str, recipient: str, message: bytes) -> str:
        """Hand over one message and return the server's answer; raise Failed."""
        connection = self._take()
        was_kept = connection.messages > 0
        try:
            return self._send_on(connection, sender, recipient, message)
        except Failed as failure:
            # A kept connection that the server has closed in the meantime says nothing about the message.
            if not (was_kept and failure.stage == Stage.SENDER and failure.is_end):
                raise
        return self._send_on(self._connect(), sender, recipient, message)

    def abort_overdue(self, seconds: float) -> None:
        """Break off conversations that last longer than `seconds`."""
        now = time.monotonic()
        with self._lock:
            overdue = [each for each in self._lent.values() if each.began_at and now - each.began_at > seconds]
        for each in overdue:
            each.abort()

    def close_idle(self, *, older_than: float = IDLE_SECONDS) -> None:
        now = time.monotonic()
        with self._lock:
            old = [each for each in self._idle if now - each.used_at >= older_than]
            self._idle = [each for each in self._idle if now - each.used_at < older_than]
        for each in old:
            each.close()

    def _send_on(self, connection: _Connection, sender: str, recipient: str, message: bytes) -> str:
        usable = False
        try:
            answer = self._converse(connection, sender, recipient, message)
            usable = True
            return answer
        except Failed as failure:
            usable = not failure.is_end
            raise
        finally:
            self._put_back(connection, usable=usable)

    def _take(self) -> _Connection:
        self.close_idle()
        with self._lock:
            if self._idle:
                connection = self._idle.pop()
                connection.began_at = time.monotonic()
                self._lent[id(connection)] = connection
                return connection
        return self._connect()

    def _connect(self) -> _Connection:
        now = time.monotonic()
        if now < self._pause_until:
            raise Failed(Stage.CONNECT, 0, self._pause_answer)
        backend: Any = get_connection()
        try:
            backend.open()
            backend.connection.ehlo_or_helo_if_needed()
        except (OSError, smtplib.SMTPException) as error:
            if backend.connection is not None:
                backend.connection.close()
            self._pause_answer = _describe(error)
            self._pause_until = time.monotonic() + PAUSE_SECONDS
            raise Failed(Stage.CONNECT, getattr(error, "smtp_code", 0) or 0, self._pause_answer) from error
        smtp = backend.connection
        if smtp.sock is not None:
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = _Connection(smtp, now, began_at=time.monotonic())
        with self._lock:
            self._lent[id(connection)] = connection
        return connection

    def _put_back(self, connection: _Connection, *, usable: bool) -> None:
        connection.messages += 1
        connection.began_at = 0.0
        connection.used_at = time.monotonic()
        keep = usable and connection.messages < MESSAGES_PER_CONNECTION
        with self._lock:
            self._lent.pop(id(connection), None)
            if keep:
                self._idle.append(connection)
        if not keep:
            connection.close()

    def _converse(self, connection: _Connection, sender: str, recipient: str, message: bytes) -> str:
        smtp = connection.smtp
        stage = Stage.SENDER
        try:
            commands = [f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA"]
            if smtp.does_esmtp and smtp.has_extn("pipelining"):
                smtp.send("".join(f"{command}\r\n" for command in commands))
                replies = []
                for stage in (Stage.SENDER, Stage.RECIPIENT, Stage.DATA):  # noqa: B007 (read below)
                    replies.append(smtp.getreply())
                _check_pipelined(smtp, replies)
            else:
                for stage, command in zip((Stage.SENDER, Stage.RECIPIENT, Stage.DATA), commands, strict=True):
                    smtp.putcmd(command)
                    _check(smtp, stage, smtp.getreply())
            stage = Stage.DATA
            smtp.send(_escaped(message))
            stage = Stage.ANSWER
            code, answer = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise Failed(stage, getattr(error, "smtp_code", 0) or 0, _describe(error)) from error
        text = _text(code, answer)
        if code != 250:
            _reset(smtp)
            raise Failed(Stage.ANSWER, code, text)
        return text


def _check_pipelined(smtp: smtplib.SMTP, replies: list[tuple[int, bytes]]) -> None:
    for stage, (code, answer) in zip((Stage.SENDER, Stage.RECIPIENT, Stage.DATA), replies, strict=True):
        if code not in _GOOD[stage]:
            if replies[2][0] == 354:  # it waits for a message to no one: end it (RFC 2920 §3.1)
                smtp.send(b".\r\n")
                smtp.getreply()
            _reset(smtp)
            raise Failed(stage, code, _text(code, answer))


def _check(smtp: smtplib.SMTP, stage: Stage, reply: tuple[int, bytes]) -> None:
    if reply[0] not in _GOOD[stage]:
        _reset(smtp)
        raise Failed(stage, reply[0], _text(*reply))


_GOOD = {Stage.SENDER: (250,), Stage.RECIPIENT: (250, 251), Stage.DATA: (354,)}


def _reset(smtp: smtplib.SMTP) -> None:
    try:
        smtp.rset()
    except (OSError, smtplib.SMTPException):
        smtp.close()


def _escaped(message: bytes) -> bytes:
    """Return the message as it is sent after DATA: lines that begin with a dot get another (RFC 5321 §4.5.2)."""
    if not message.endswith(b"\r\n"):
        message += b"\r\n"
    if message.startswith(b"."):
        message = b"." + message
    return message.replace(b"\r\n.", b"\r\n..") + b".\r\n"


def _text(code: int, answer: bytes) -> str:
    return f"{code} {answer.decode('utf-8', 'replace')}".replace("\n", " ").replace("\x00", "")


def _describe(error: Exception) -> str:
    code, answer = getattr(error, "smtp_code", None), getattr(error, "smtp_error", b"")
    if code and code > 0:
        return _text(code, answer if isinstance(answer, bytes) else str(answer).encode())
    return f"{type(error).__name__}: {error}"[:200]


def is_configured() -> bool:
    """Tell whether mail leaves by SMTP, and not by a file, the memory or a provider's API."""
    backend: Any = get_connection()
    return isinstance(backend, EmailBackend)


pool = Pool()
os.register_at_fork(after_in_child=pool.restart)
