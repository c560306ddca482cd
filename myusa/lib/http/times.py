"""Times as every API writes and reads them: ISO 8601 in UTC, with milliseconds and `Z`."""

from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime

# A time outside of these years is a mistake, and some conversions overflow.
FIRST_YEAR, LAST_YEAR = 1900, 9998


def iso(value: datetime | None) -> str | None:
    """Return `2014-07-08T17:59:22.487Z` for an aware datetime, None for None."""
    if value is None:
        return None
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


def parse(text: str) -> datetime:
    """Return the time that ISO 8601 `text` names, in UTC where it names no zone; raise ValueError for anything else."""
    value = parse_datetime(text.strip())
    if value is None or not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError("not a time in ISO 8601")
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
