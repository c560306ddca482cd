"""When each article of the documentation last changed.

`dates.json` has the day of each article with a digest of its text. `manage.py date_docs` writes today for those whose text
is another by now; until then an article that changed shows no date, rather than a wrong one.
"""

import datetime
import hashlib
import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.template.loader import get_template

from developer_apps.docs import context, openapi
from developer_apps.docs.pages import pages
from myusa.lib.http.errors import ErrorCode

FILE = Path(__file__).with_name("dates.json")


@lru_cache(maxsize=200)
def of(path: str) -> datetime.date | None:
    """Return the day on which an article last changed, by its path below /developer/docs/."""
    day, digest = stored().get(path, ("", ""))
    return datetime.date.fromisoformat(day) if digest and digest == _digest(path) else None


def outdated() -> list[str]:
    """Return the paths of the articles whose text is another than at their date."""
    return [path for path in context.paths() if of(path) is None]


def write(today: datetime.date) -> list[str]:
    """Date the articles that changed, forget those that are gone, and return the paths of the former."""
    changed, kept = outdated(), stored()
    dated = {path: (str(today), _digest(path)) if path in changed else kept[path] for path in context.paths()}
    lines = [
        f"  {json.dumps(path)}: {json.dumps(dated[path])}" for path in sorted(dated)
    ]  # one line each: merges are easy
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    stored.cache_clear()
    of.cache_clear()
    return changed


@lru_cache(maxsize=1)
def stored() -> dict[str, tuple[str, str]]:
    return {path: (day, digest) for path, (day, digest) in json.loads(FILE.read_text()).items()}


def _digest(path: str) -> str:
    """Return a digest of an article's text, without what depends on the site: its address and its database."""
    text = "\n".join(_texts(path)).replace(settings.BASE_URL, "{base_url}")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _texts(path: str) -> Iterator[str]:
    if path.startswith(context.ONE_ERROR):
        yield from (
            _words(each) for each in context.error_codes() if each.anchor == path.removeprefix(context.ONE_ERROR)
        )
        return
    if path == context.REFERENCE:
        yield json.dumps(openapi.document(), sort_keys=True)
    elif path == context.ERRORS:
        yield from map(_words, context.error_codes())
    yield _source(pages()[path].template_name if path in pages() else f"developer_apps/docs/{path or 'index'}.html")


def _source(template: str) -> str:
    return str(get_template(template).template.source)  # type: ignore[attr-defined]


def _words(error: ErrorCode) -> str:
    return f"{error.status} {error.code} {error.message} {error.cause} {error.fix}"
