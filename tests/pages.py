"""Forms of a page as a browser posts them, and markup without the white space of its template."""

import re
from html.parser import HTMLParser
from typing import Any


def form_of(response: Any, *, having: str) -> dict[str, list[str]]:
    """Return what a browser would post from the page's form that has a field named `having`, unchanged by the user."""
    reader = _Forms()
    reader.feed(response.content.decode())
    return next(form for form in reader.forms if having in form)


def tight(markup: str) -> str:
    """Return markup with single spaces, and none next to a tag."""
    return re.sub(r"\s*(<[^>]*>)\s*", lambda tag: tag[1], re.sub(r"\s+", " ", markup))


class _Forms(HTMLParser):
    """Collects the controls of each form: name → values. An unchecked box has an entry without a value."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self._text: tuple[list[str], list[str]] | None = None
        self._select: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "form":
            self.forms.append({})
        if not self.forms:
            return
        values = self.forms[-1].setdefault(name, []) if (name := found.get("name")) else []
        kind = found.get("type") or "text"
        if (
            tag == "input"
            and kind not in ("submit", "button")
            and (kind not in ("checkbox", "radio") or "checked" in found)
        ):
            values.append(found.get("value") or ("on" if kind == "checkbox" else ""))
        elif tag == "textarea":
            self._text = (values, [])
        elif tag == "select":
            self._select = values
        elif tag == "option" and self._select is not None and "selected" in found:
            self._select.append(found.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._text:
            values, parts = self._text
            values.append("".join(parts).removeprefix("\n"))
            self._text = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._text:
            self._text[1].append(data)
