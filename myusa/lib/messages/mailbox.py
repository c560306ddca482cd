"""The unread messages of a mailbox: a Maildir folder on this machine, or a folder of an IMAP server."""

import imaplib
import mailbox
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

TIMEOUT_SECONDS = 20
AT_ONCE = 500


@dataclass(frozen=True)
class Item:
    """One unread message. Without `delete` or `keep` it stays unread."""

    content: bytes
    delete: Callable[[], object]
    keep: Callable[[], object]


def unread(url: str) -> Iterator[Item]:
    """Yield up to AT_ONCE unread messages of `maildir:///path`, `imaps://user:password@host/folder` or `imap+tls://…`.

    Raises OSError or imaplib.IMAP4.error if the mailbox cannot be read, ValueError for another URL.
    """
    parts = urlsplit(url)
    if parts.scheme == "maildir":
        yield from _maildir(unquote(parts.path))
    elif parts.scheme in ("imaps", "imap+tls"):
        yield from _imap(parts.scheme == "imaps", parts)
    else:
        raise ValueError("a mailbox is a maildir:, imaps: or imap+tls: URL")


def _maildir(path: str) -> Iterator[Item]:
    folder = mailbox.Maildir(path, create=False)
    for key in [key for key in folder.keys() if folder.get_message(key).get_subdir() == "new"][:AT_ONCE]:  # noqa: SIM118

        def keep(key: str = key) -> None:
            message = folder.get_message(key)
            message.set_subdir("cur")
            message.add_flag("S")
            folder[key] = message

        yield Item(folder.get_bytes(key), lambda key=key: folder.remove(key), keep)  # type: ignore[misc]


def _imap(by_tls: bool, parts: object) -> Iterator[Item]:
    context = ssl.create_default_context()
    host, port = parts.hostname or "", parts.port  # type: ignore[attr-defined]
    if by_tls:
        server: imaplib.IMAP4 = imaplib.IMAP4_SSL(host, port or 993, ssl_context=context, timeout=TIMEOUT_SECONDS)
    else:
        server = imaplib.IMAP4(host, port or 143, timeout=TIMEOUT_SECONDS)
        server.starttls(context)
    with server:
        server.login(unquote(parts.username or ""), unquote(parts.password or ""))  # type: ignore[attr-defined]
        server.select(unquote(parts.path.strip("/")) or "INBOX")  # type: ignore[attr-defined]
        _status, found = server.uid("SEARCH", "UNSEEN")  # type: ignore[arg-type]
        for uid in (found[0] or b"").decode().split()[:AT_ONCE]:
            _status, data = server.uid("FETCH", uid, "(BODY.PEEK[])")
            content = next((part[1] for part in data if isinstance(part, tuple)), b"")

            def mark(flag: str, uid: str = uid) -> None:
                server.uid("STORE", uid, "+FLAGS", flag)

            yield Item(content, lambda mark=mark: mark(r"(\Deleted)"), lambda mark=mark: mark(r"(\Seen)"))  # type: ignore[misc]
        server.expunge()
