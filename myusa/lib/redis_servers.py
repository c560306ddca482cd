"""Redis as REDIS_URL names it: one server, one behind Sentinels, or a Cluster; and which errors mean a wrong setting.

redis://user:password@host:6379/0               also rediss:// and unix://
redis+sentinel://user:password@host:26379,host:26379/master/0
redis+cluster://user:password@host:6379,host:6379
"""

from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.retry import Retry
from redis.sentinel import Sentinel

SENTINEL, CLUSTER = "redis+sentinel", "redis+cluster"
SCHEMES = ("redis", "rediss", "unix", SENTINEL, CLUSTER)

_NODE_OF_A_CLUSTER = "REDIS_URL names a node of a Redis Cluster as a single server. Use redis+cluster://…"
# Errors that stay until someone changes a setting, and what to change. The first kind that fits counts.
_PROBLEMS: tuple[tuple[type[Exception], str, str], ...] = (
    (redis.exceptions.NoPermissionError, "NOPERM", "Let the Redis user run EVAL, EVALSHA, GET, INCRBY and EXPIRE on limit:*."),
    (redis.AuthenticationError, "NOAUTH", "Put the right user and password of Redis into the URL."),
    (redis.exceptions.AuthorizationError, "NOAUTH", "Put the right user and password of Redis into the URL."),
    (redis.ReadOnlyError, "READONLY", "The URL names a replica. Name the master, or use redis+sentinel://…"),
    (redis.exceptions.ClusterCrossSlotError, "CROSSSLOT", _NODE_OF_A_CLUSTER),
    (redis.exceptions.MovedError, "MOVED", _NODE_OF_A_CLUSTER),
    (redis.exceptions.AskError, "MOVED", _NODE_OF_A_CLUSTER),
    (redis.exceptions.OutOfMemoryError, "OOM", "Give Redis more memory, or a maxmemory-policy that removes old keys."),
    (redis.exceptions.NoScriptError, "NOSCRIPT", "Redis or a proxy in front of it keeps no scripts. Use one that does."),
)  # fmt: skip
# Refusals that pass by themselves, as an outage does.
_PASSING = (
    redis.exceptions.ClusterDownError,
    redis.exceptions.MasterDownError,
    redis.exceptions.TryAgainError,
    redis.exceptions.BusyLoadingError,
)
_PASSING_CODES = ("LOADING", "BUSY", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN")


class Misconfiguration(NamedTuple):
    """A wrong setting: Redis's short name of the error, and what to do."""

    code: str
    hint: str


def misconfiguration(error: BaseException) -> Misconfiguration | None:
    """Return which wrong setting `error` means, or None for an outage, which ends by itself."""
    if isinstance(error, _PASSING):
        return None
    for kind, code, hint in _PROBLEMS:
        if isinstance(error, kind):
            return Misconfiguration(code, hint)
    words = str(error).split()
    code = words[0] if words else ""
    if isinstance(error, redis.ResponseError) and code not in _PASSING_CODES:
        return Misconfiguration(
            code if code.isupper() else "ERR", "Redis rejects the command. Its message is in this line."
        )
    return None


def check(url: str) -> None:
    """Raise ValueError if `url` names no Redis; nothing is connected."""
    parts = urlsplit(url)
    if parts.scheme not in (SENTINEL, CLUSTER):
        redis.connection.parse_url(url)
    elif not all(host for host, _port in _hosts(parts.netloc, 0)):
        raise ValueError("a server has no name")
    elif parts.scheme == SENTINEL and not _watched(parts.path)[0]:
        raise ValueError("Sentinels watch a master by its name")


def client(url: str, *, timeout: float) -> Any:
    """Return a client for `url`. It raises `redis.RedisError` here or later when no server answers within `timeout`."""
    options: dict[str, Any] = {"socket_timeout": timeout, "socket_connect_timeout": timeout}
    parts = urlsplit(url)
    if parts.scheme not in (SENTINEL, CLUSTER):
        return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **options)
    hosts = _hosts(parts.netloc, 26379 if parts.scheme == SENTINEL else 6379)
    options |= {"username": unquote(parts.username or "") or None, "password": unquote(parts.password or "") or None}
    if parts.scheme == CLUSTER:
        nodes = [ClusterNode(*host) for host in hosts]
        return RedisCluster(startup_nodes=nodes, retry=Retry(NoBackoff(), 1), **options)
    master, database = _watched(parts.path)
    sentinels = Sentinel(hosts, sentinel_kwargs={"socket_timeout": timeout, "socket_connect_timeout": timeout})
    return sentinels.master_for(master, db=database, retry=Retry(NoBackoff(), 1), **options)


def broker(url: str) -> tuple[str, dict[str, Any]]:
    """Return Celery's URL and transport options for the same Redis; ("", {}) for a Cluster, which it cannot use."""
    parts = urlsplit(url)
    if parts.scheme == CLUSTER:
        return "", {}
    if parts.scheme != SENTINEL:
        return url, {}
    master, database = _watched(parts.path)
    user, at, _hosts_text = parts.netloc.rpartition("@")
    hosts = _hosts(parts.netloc, 26379)
    return ";".join(f"sentinel://{user}{at}{host}:{port}/{database}" for host, port in hosts), {"master_name": master}


def _watched(path: str) -> tuple[str, int]:
    """Return the name of the master and the number of the database."""
    master, _slash, database = path.strip("/").partition("/")
    return master, int(database or 0)


def _hosts(netloc: str, port: int) -> list[tuple[str, int]]:
    found = []
    for each in netloc.rpartition("@")[2].split(","):
        host, _colon, given = each.rpartition(":") if ":" in each else (each, "", "")
        found.append((host, int(given or port)))
    return found
