"""Count what an app sends, and refuse what exceeds its limits.

Staff's limits are read from the database at most every REMEMBERED_SECONDS in each process.
"""

import time

from developer_apps.access.tokens import Access
from myusa.lib import limits
from myusa.lib.limits import DAY, Hit, Limit
from notifications.errors import LIMIT_REACHED
from notifications.models import AppLimit
from notifications.models.limits import Allowance

MINUTE = 60
REMEMBERED_SECONDS = 10.0
_remembered: dict[int, tuple[float, Allowance]] = {}


def count(access: Access) -> None:
    """Count one notification of the app to the person; raise LIMIT_REACHED, without counting, above a limit."""
    allowance = _allowance(access.app_id)
    app = f"notifications:{access.app_id}"
    person = f"{app}:{access.user_id}"
    hits = limits.hit_all(
        [
            Limit(app, allowance.per_minute, MINUTE),
            Limit(app, allowance.per_day, DAY),
            Limit(person, allowance.user_per_minute, MINUTE),
            Limit(person, allowance.user_per_day, DAY),
        ]
    )
    refused = [hit for hit in hits if not hit.allowed]
    if refused:
        _refuse(max(refused, key=lambda hit: hit.reset_seconds), hits)


def forget() -> None:
    """Read staff's limits again at the next call."""
    _remembered.clear()


def _allowance(app_id: int) -> Allowance:
    now = time.monotonic()
    until, allowance = _remembered.get(app_id, (0.0, None))
    if allowance is None or until < now:
        allowance = AppLimit.objects.allowance(app_id)
        _remembered[app_id] = (now + REMEMBERED_SECONDS, allowance)
    return allowance


def _refuse(full: Hit, hits: list[Hit]) -> None:
    windows = zip(hits, (MINUTE, DAY, MINUTE, DAY), strict=True)
    problems = LIMIT_REACHED.problem()
    problems.headers.update(
        limits.headers(full._replace(remaining=0), [(hit.limit, window) for hit, window in windows])
    )
    problems.headers["Retry-After"] = str(full.reset_seconds)
    raise problems
