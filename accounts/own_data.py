"""The copy of their data that people can take with them."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from accounts import contributions, guards, passkeys
from accounts.models import Session, User

# Texts of the encoder that are sent together.
_PIECE = 2000


def collect(user: User) -> dict[str, Any]:
    """Return everything that is kept about `user`: what accounts holds, and what every other app adds."""
    sessions = [
        {"signed_in": row.created_at, "last_seen": row.seen_at, "address": row.address, "browser": row.agent}
        for row in Session.objects.of(user)
    ]
    account = {
        "email": user.email,
        "uid": user.uid,
        "id": user.pk,
        "joined": user.date_joined,
        "last_sign_in": user.last_login,
        "language": user.language,
        "time_zone": user.time_zone,
        "mobile_number": user.verified_mobile,
        "second_factor": guards.has_second_factor(user),
        "passkeys": [
            {"name": row.data["name"], "added": row.created_at, "last_used": row.last_used_at}
            for row in passkeys.of(user)
        ],
        "sessions": sessions,
    }
    return {"made_at": timezone.now(), "account": account, **contributions.export(user)}


class Rows(list[Any]):
    """A long list of a copy: all but its first row are read while the copy is sent, and they are read once."""

    READ_TOGETHER = 100  # rows of a query with more queries for each of its pages

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rest = iter(rows)
        first = next(self._rest, None)
        super().__init__([] if first is None else [first])

    def __iter__(self) -> Iterator[Any]:
        yield from super().__iter__()
        yield from self._rest


def as_json(user: User) -> Iterator[str]:
    """Yield the copy in pieces, so its size does not matter."""
    return in_pieces(collect(user))


def in_pieces(data: Any) -> Iterator[str]:
    """Yield data as JSON, several texts of the encoder at once."""
    piece: list[str] = []
    for text in DjangoJSONEncoder(indent=2, ensure_ascii=False).iterencode(data):
        piece.append(text)
        if len(piece) >= _PIECE:
            yield "".join(piece)
            piece.clear()
    yield "".join(piece)
