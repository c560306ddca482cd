"""Leave out of a stylesheet what no page uses: the rules of classes that no template, form field or script names."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# `templates/django/forms/widgets/input_option.html` puts the kind of the field into the name.
OF_FIELDS = {f"usa-{kind}{part}" for kind in ("checkbox", "radio") for part in ("", "__input", "__label")}
PACKAGES = ("accounts", "developer_apps", "myusa", "notifications", "onboarding", "profiles", "tasks")
_CLASS = re.compile(r"\.((?:\\.|[\w-])+)")
_ATTRIBUTE = re.compile(r"class=\"([^\"]*)\"|class='([^']*)'", re.DOTALL)
_TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
_DESIGN_SYSTEM = re.compile(r"\busa-[\w-]+")
_WORD = re.compile(r"[\w:/.-]+")
_KEYFRAMES = re.compile(r"@keyframes ([\w-]+)\{(?:[^{}]*\{[^{}]*\})*\}")
_GROUPS = ("@media", "@supports", "@layer")


def used_classes(root: Path = ROOT) -> set[str]:
    """Return the classes that the sources of pages name. One that ends in a hyphen means all with that beginning."""
    found = set(OF_FIELDS)
    for path in (root / "templates").rglob("*.html"):
        text = path.read_text()
        found.update(_DESIGN_SYSTEM.findall(text))
        for match in _ATTRIBUTE.finditer(text):
            value = match[1] or match[2] or ""
            found.update(_WORD.findall(_TAG.sub(" ", value)))
            for tag in _TAG.findall(value):
                found.update(_WORD.findall(tag))
    sources = [path for name in PACKAGES for path in (root / name).rglob("*.py")]
    for path in [*sources, *(root / "static" / "js").glob("*.js")]:
        found.update(_DESIGN_SYSTEM.findall(path.read_text()))
    return found


def purged(css: str, used: set[str]) -> str:
    """Return `css` without rules whose selectors all name a class that is not used."""
    beginnings = tuple(name for name in used if name.endswith("-") and name != "usa-")
    kept = "".join(_rules(css, used, beginnings))
    words = Counter(re.findall(r"[\w-]+", kept))
    return _KEYFRAMES.sub(lambda rule: rule[0] if words[rule[1]] > 1 else "", kept)


def _rules(css: str, used: set[str], beginnings: tuple[str, ...]) -> Iterator[str]:
    for head, body in _blocks(css):
        name = head.split("(")[0].split()[0] if head.startswith("@") else ""
        if body is None:
            yield f"{head};"
        elif name.startswith(_GROUPS):
            if inner := "".join(_rules(body, used, beginnings)):
                yield f"{head}{{{inner}}}"
        elif name:
            yield f"{head}{{{body}}}"
        elif selectors := [each for each in _selectors(head) if _is_used(each, used, beginnings)]:
            yield f"{','.join(selectors)}{{{body}}}"


def _is_used(selector: str, used: set[str], beginnings: tuple[str, ...]) -> bool:
    without_negations = re.sub(r":not\([^)]*\)", "", selector)
    names = [re.sub(r"\\(.)", r"\1", name) for name in _CLASS.findall(without_negations)]
    return all(name in used or name.startswith(beginnings) for name in names)


def _blocks(css: str) -> Iterator[tuple[str, str | None]]:
    """Yield the rules of a stylesheet: what is before the brace, and what is inside; None for a statement."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    begin = depth = opened = 0
    for at, sign in _signs(css):
        if sign == "{":
            depth += 1
            opened = at if depth == 1 else opened
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield css[begin:opened].strip(), css[opened + 1 : at]
                begin = at + 1
        elif depth == 0:
            yield css[begin:at].strip(), None
            begin = at + 1


def _signs(css: str) -> Iterator[tuple[int, str]]:
    """Yield the braces and semicolons outside of strings and URLs."""
    for match in re.finditer(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|url\([^)"\']*\)|[{};]', css):
        if match[0] in "{};":
            yield match.start(), match[0]


def _selectors(head: str) -> Iterable[str]:
    return re.split(r",(?![^(]*\))", head)
