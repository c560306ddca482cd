"""Read the body of a call: all its problems are reported together."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from myusa.lib.http.errors import INVALID_VALUE, ErrorCode, Problem, Problems
from myusa.lib.http.times import parse
from myusa.lib.messages import plain_text
from myusa.lib.typed_text import sent_line
from tasks import errors
from tasks.changes import Completion, ItemChange, TaskChange
from tasks.models import MAX_EXTERNAL_ID_LENGTH, MAX_NAME_LENGTH, MAX_URL_LENGTH

# The second spelling is that of the published documentation.
ITEM_KEYS = ("task_items_attributes", "task_items_atributes")
# True and False also match 1 and 0, which are equal as keys.
BOOLEANS = {True: True, False: False, "true": True, "false": False, "1": True, "0": False}
_WHOLE_NUMBER = re.compile(r"[0-9]{1,19}", re.ASCII)


def task_change(parameters: dict[str, Any], *, is_new: bool) -> TaskChange:
    """Read the parameters of a task; raise `Problems` with an entry for each that cannot be taken."""
    reader = _Reader(parameters, "task")
    values = reader.values(is_new, errors.TASK_NAME_REQUIRED, errors.TASK_NAME_TOO_LONG)
    completion = reader.completion()
    items = _item_changes(reader)
    reader.finish()
    return TaskChange(values, completion, items)


def item_change(parameters: dict[str, Any], *, pk: int | None) -> ItemChange:
    """Read the parameters of one item: of a new one, or of that with the key `pk`."""
    reader = _Reader(parameters, "task_item")
    change = _item_change(reader, pk)
    reader.finish()
    return change


def _item_changes(reader: "_Reader") -> list[ItemChange]:
    key = next((key for key in ITEM_KEYS if key in reader.parameters), ITEM_KEYS[0])
    changes, seen = [], set()
    for label, parameters in _elements(reader, key):
        nested = reader.nested(label, parameters)
        pk = nested.pk()
        if pk is not None and pk in seen:
            nested.refuse("id", INVALID_VALUE, _("The item is listed twice."))
        seen.add(pk)
        if not nested.boolean("_destroy"):
            changes.append(_item_change(nested, pk, id_field=nested.field("id")))
        elif pk is not None:
            changes.append(ItemChange(pk, remove=True, id_field=nested.field("id")))
    return changes


def _elements(reader: "_Reader", key: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the nested items with the name of each: from a list, an object keyed by index, or one item alone."""
    value = reader.parameters.get(key)
    if value in (None, ""):
        return []
    pairs: list[tuple[str, Any]]
    if isinstance(value, list):
        pairs = [(f"{key}[{index}]", each) for index, each in enumerate(value)]
    elif not isinstance(value, dict):
        reader.refuse(key, INVALID_VALUE, _("Send a list of items, or an object of items keyed by index."))
        return []
    elif all(isinstance(each, dict) for each in value.values()) or all(map(_WHOLE_NUMBER.fullmatch, value)):
        pairs = [(f"{key}[{index}]", value[index]) for index in sorted(value, key=_index)]
    else:
        pairs = [(key, value)]
    for name, each in pairs:
        if not isinstance(each, dict):
            reader.refuse(name, INVALID_VALUE, _("An item must be an object."))
    return [(name, each) for name, each in pairs if isinstance(each, dict)]


def _index(key: str) -> int:
    """Sort numeric keys by their number, others behind them in the order they came in."""
    return int(key) if _WHOLE_NUMBER.fullmatch(key) else 10**20


def _item_change(reader: "_Reader", pk: int | None, *, id_field: str | None = None) -> ItemChange:
    values = reader.values(pk is None, errors.TASK_ITEM_NAME_REQUIRED, errors.TASK_ITEM_NAME_TOO_LONG)
    if "external_id" in reader.parameters:
        values["external_id"] = reader.external_id()
    return ItemChange(pk, values, reader.completion(), id_field=id_field)


class _Reader:
    """Reads one object of a body and collects what is wrong with it, each under the name it has in the body."""

    def __init__(self, parameters: dict[str, Any], path: str, problems: list[Problem] | None = None) -> None:
        self.parameters, self.path = parameters, path
        self.problems: list[Problem] = [] if problems is None else problems

    def nested(self, name: str, parameters: dict[str, Any]) -> "_Reader":
        return _Reader(parameters, self.field(name), self.problems)

    def field(self, name: str) -> str:
        return f"{self.path}.{name}"

    def refuse(self, name: str, code: ErrorCode, message: Any = None) -> None:
        self.problems.append(code.on(self.field(name), message=message))

    def finish(self) -> None:
        if self.problems:
            raise Problems(self.problems)

    def values(self, is_new: bool, required: ErrorCode, too_long: ErrorCode) -> dict[str, Any]:
        """Return name and URL as far as they are given; a new row needs its name."""
        values: dict[str, Any] = {}
        if is_new or "name" in self.parameters:
            values["name"] = self.name(required, too_long)
        if "url" in self.parameters:
            values["url"] = self.url()
        return values

    def name(self, required: ErrorCode, too_long: ErrorCode) -> str | None:
        value = self.parameters.get("name")
        if value is None or value == "":
            self.refuse("name", required)
            return None
        text = self._line("name", value, sent_line)
        if text == "":
            self.refuse("name", required)
        elif text and len(text) > MAX_NAME_LENGTH:
            self.refuse("name", too_long)
        return text

    def url(self) -> str | None:
        value = self.parameters["url"]
        if value is None or value == "":
            return None
        if isinstance(value, str) and is_web_address(value.strip()):
            return value.strip()
        self.refuse("url", errors.TASK_URL_INVALID)
        return None

    def external_id(self) -> str | None:
        value = self.parameters["external_id"]
        if value is None or value == "":
            return None
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**50:
            value = str(value)
        text = self._line("external_id", value, lambda text: plain_text.read(text.strip()).strip())
        if text is not None and len(text) > MAX_EXTERNAL_ID_LENGTH:
            self.refuse("external_id", INVALID_VALUE, _("An external ID can have up to 255 characters."))
            return None
        return text or None

    def pk(self) -> int | None:
        """Return the id that names an item that is there; None makes a new one."""
        value = self.parameters.get("id")
        if value is None or value == "":
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and _WHOLE_NUMBER.fullmatch(value.strip()):
            return int(value)
        self.refuse("id", INVALID_VALUE, _("An ID must be a whole number."))
        return None

    def completion(self) -> Completion:
        completed = self.boolean("completed")
        if completed is None:
            completed = self.boolean("complete")
        if "completed_at" not in self.parameters:
            return Completion(completed)
        value = self.parameters["completed_at"]
        if value is None or value == "":
            return Completion(completed, None, is_at_given=True)
        try:
            return Completion(completed, parse(value), is_at_given=True)
        except (AttributeError, TypeError, ValueError):
            self.refuse("completed_at", errors.TASK_COMPLETED_AT_INVALID)
            return Completion(completed)

    def boolean(self, name: str) -> bool | None:
        """Return a yes or no; None when it is not given or empty."""
        value = self.parameters.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            value = value.strip().lower()
        known = BOOLEANS.get(value) if isinstance(value, str | int) else None
        if known is None:
            self.refuse(name, INVALID_VALUE, _("Send true or false."))
        return known

    def _line(self, name: str, value: Any, read: Callable[[str], str]) -> str | None:
        if not isinstance(value, str):
            self.refuse(name, INVALID_VALUE, _("Send a string."))
            return None
        try:
            return read(value)
        except plain_text.ForbiddenCharacter as forbidden:
            self.refuse(name, INVALID_VALUE, forbidden.message)
            return None


def is_web_address(text: str) -> bool:
    """Return whether `text` is safe as a link: http or https, a host, and nothing that hides its target."""
    if len(text) > MAX_URL_LENGTH or any(character.isspace() or not character.isprintable() for character in text):
        return False
    if "\\" in text:
        return False
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 (raises for a port that is no number)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
