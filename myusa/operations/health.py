"""What load balancers and monitoring ask: is the process alive, is it ready, what are its figures."""

import hmac
import os
from collections.abc import Callable
from contextlib import suppress

import redis
import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest, multiprocess
from prometheus_client.metrics import MetricWrapperBase

from myusa.lib import limits

logger = structlog.get_logger(__name__)

OK, DOWN, PENDING, MISCONFIGURED = "ok", "down", "pending", "misconfigured"
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
_applied = False


@require_safe
@never_cache
def livez(request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as this process serves requests, whatever else is down."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Answer 200 when requests can be served, else 503; the body names each part."""
    found = parts()
    ready = all(state == OK for state in found.values())
    return JsonResponse({"status": OK if ready else DOWN, "parts": found}, status=200 if ready else 503)


def parts() -> dict[str, str]:
    """Return the state of everything that requests need, by name."""
    database = _database()
    found = {"database": database, "migrations": _migrations() if database == OK else DOWN}
    if settings.REDIS_URL:
        found["redis"] = _redis("redis", limits.probe)
    if settings.CELERY_BROKER_URL.startswith(("redis:", "rediss:")):
        found["broker"] = _redis("broker", _probe_broker)
    return found


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer Prometheus: with METRICS_TOKEN set, to its bearer; without, to this machine. Anyone else gets 404."""
    if not _may_read_metrics(request):
        raise Http404
    return HttpResponse(generate_latest(_figures()), content_type=CONTENT_TYPE_LATEST)


def _figures() -> CollectorRegistry:
    """Return this process's figures, or the sums of all web processes where they share a folder.

    What is read from the database when asked for is the same in every process and joins the sums.
    """
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    shared = CollectorRegistry()
    multiprocess.MultiProcessCollector(shared)
    for collector in list(REGISTRY._collector_to_names):
        if not isinstance(collector, MetricWrapperBase):
            shared.register(collector)
    return shared


def _may_read_metrics(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    # A proxy on this machine connects from loopback, too, but says for which client.
    is_local = request.META.get("REMOTE_ADDR", "") in ("127.0.0.1", "::1")
    return is_local and not any(header in request.META for header in _FORWARDED)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        logger.warning("not_ready", part="database", error=str(error))
        return DOWN
    return OK


def _migrations() -> str:
    """Tell whether all are applied; once they are, they stay so for the life of this process."""
    global _applied
    if not _applied:
        try:
            executor = MigrationExecutor(connection)
            _applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except DatabaseError:
            return DOWN
    return OK if _applied else PENDING


def _redis(part: str, probe: Callable[[], None]) -> str:
    try:
        probe()
    except redis.RedisError as error:
        return MISCONFIGURED if limits.note_failure(error, "not_ready", part=part) else DOWN
    return OK


def _probe_broker() -> None:
    """Ask the broker for a reply; raise ClusterCrossSlotError for a node of a Cluster, which Celery cannot use."""
    with redis.Redis.from_url(settings.CELERY_BROKER_URL, socket_timeout=0.5, socket_connect_timeout=0.5) as client:
        client.ping()
        with suppress(redis.exceptions.NoPermissionError):
            if client.info("cluster").get("cluster_enabled"):
                raise redis.exceptions.ClusterCrossSlotError("CELERY_BROKER_URL names a node of a Redis Cluster")
