"""Read the whole database as text, table by table, and all of Redis."""

from collections.abc import Collection, Iterator

import redis
from django.conf import settings
from django.db import connection


def rows(*, but: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield (table, row) for every row of every table except those named in `but`; binary values as what they hold."""
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            if table in but:
                continue
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                yield table, " | ".join(_text(value) for value in row)


def counters() -> Iterator[tuple[str, str]]:
    """Yield ("redis", key and value) for everything in Redis, where there is one."""
    if not settings.REDIS_URL:
        return
    with redis.Redis.from_url(settings.REDIS_URL, decode_responses=True) as client:
        read = {
            "string": client.get,
            "list": lambda key: client.lrange(key, 0, -1),
            "set": client.smembers,
            "hash": client.hgetall,
            "zset": lambda key: client.zrange(key, 0, -1),
        }
        for key in client.scan_iter():
            yield "redis", f"{key} | {read[client.type(key)](key)}"


def _text(value: object) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, bytes | bytearray | memoryview) else str(value)
