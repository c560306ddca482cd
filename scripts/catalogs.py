#!/usr/bin/env python3
"""Catalogs of translations: `scripts/catalogs.py extract [es …]` collects the texts, `compile` makes them readable to Django.

Only texts that citizens meet are collected: pages and emails for developers and staff are in English (`myusa.lib.languages`).
`scripts/assets` compiles. Both need no gettext: a catalog is `locale/<language>/LC_MESSAGES/django.po`.
"""

import ast
import os
import re
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
# Files whose texts citizens meet, and which of those are for others after all. `*` crosses folders.
CITIZENS = (
    "accounts/*.py", "myusa/home/*.py", "myusa/lib/*.py", "myusa/operations/service_status.py", "notifications/*.py", "profiles/*.py", "tasks/*.py",
    "developer_apps/access/*.py", "developer_apps/oauth/*.py", "developer_apps/scopes.py", "developer_apps/traffic/activity.py",
    "developer_apps/models/authorizations.py", "developer_apps/models/changes.py", "developer_apps/models/former_apps.py",
    "developer_apps/portal/contribution.py", "developer_apps/portal/*/support.py", "developer_apps/models/support.py", "myusa/operations/service_status.py",
    "templates/*.html", "templates/*.txt",
)  # fmt: skip
OTHERS = (
    "*/admin/*", "*/admin.py", "*/admin_*.py", "*/api/*", "*/apps.py", "*/demo.py", "*/docs.*", "*/migrations/*", "*/seeds/*",
    "*/staff.py", "*/work.py", "accounts/history_verbs.py", "accounts/person_page.py",
    "accounts/support.py", "myusa/lib/http/errors.py", "myusa/lib/http/outbound.py", "myusa/lib/images.py",
    "myusa/lib/history/*", "notifications/errors.py",
    "notifications/models/announcements.py", "accounts/models/recoveries.py", "developer_apps/access/faults.py", "myusa/lib/texts.py", "myusa/lib/waiting.py",
    "notifications/models/limits.py", "tasks/errors.py", "profiles/personas.py",
    "templates/accounts/mail/texts_nearly_used_up.*", "templates/demo/*", "templates/developer_apps/[!op]*", "templates/developer_apps/products/*",
    "templates/developer_apps/portal/[!s]*",
    "myusa/home/portal_links.py", "templates/notifications/sandbox_outbox.html", "templates/onboarding/*",
    "templates/components/code_tabs.html", "templates/developer_apps/oauth/_for_developers.html",
)  # fmt: skip
PLURALS = {"es": "nplurals=2; plural=(n != 1);"}
_FUNCTIONS = {  # the name of a function of gettext: where its context, text and plural are
    "_": (None, 0, None),
    "gettext": (None, 0, None),
    "gettext_lazy": (None, 0, None),
    "gettext_noop": (None, 0, None),
    "ngettext": (None, 0, 1),
    "ngettext_lazy": (None, 0, 1),
    "pgettext": (0, 1, None),
    "pgettext_lazy": (0, 1, None),
    "npgettext": (0, 1, 2),
    "npgettext_lazy": (0, 1, 2),
}
# What only staff and developers read: names of models and their fields, and the words of the documentation.
_UNREAD = {"verbose_name", "verbose_name_plural", "developer_label"}
_COLUMN = re.compile(r"\w(Field|ForeignKey)$")
_QUOTED = r"""u?("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
_IN_TEMPLATE = re.compile(rf"\b(n?p?gettext|_)\(\s*{_QUOTED}(?:,\s*{_QUOTED})?(?:,\s*{_QUOTED})?", re.DOTALL)
_PERCENT = re.compile(r"%(\(\w+\))?[sdif]")


class Key(NamedTuple):
    """What a text is looked up by."""

    text: str
    context: str = ""

    def looked_up(self) -> str:
        return f"{self.context}\x04{self.text}" if self.context else self.text


@dataclass
class Entry:
    """A text with its translations: one, or one for each plural form of the language."""

    plural: str = ""
    translations: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    fuzzy: bool = False


Catalog = dict[Key, Entry]


def extract(root: Path = ROOT) -> Catalog:
    """Return the texts of the sources, without translations, each with the files that have it."""
    found: Catalog = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if not any(fnmatch(name, each) for each in CITIZENS) or any(fnmatch(name, each) for each in OTHERS):
            continue
        texts = of_python(path.read_text()) if path.suffix == ".py" else of_template(path.read_text())
        for key, plural in texts:
            entry = found.setdefault(key, Entry())
            entry.plural = entry.plural or plural
            if name not in entry.comments:
                entry.comments.append(name)
    return found


def of_python(source: str) -> Iterator[tuple[Key, str]]:
    """Yield each marked text of a module, and its plural."""
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in _UNREAD:
            continue
        if isinstance(node, ast.keyword) and node.arg in _UNREAD:
            continue
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if _COLUMN.search(name):
                waiting.extend(node.keywords)
                continue
            texts = [each.value if isinstance(each, ast.Constant) else None for each in node.args]
            yield from _marked(name, texts)
        waiting.extend(reversed(list(ast.iter_child_nodes(node))))


def of_template(source: str) -> Iterator[tuple[Key, str]]:
    """Yield each marked text of a template, and its plural."""
    from django.utils.translation.template import templatize  # noqa: PLC0415 - compiling needs no Django

    for match in _IN_TEMPLATE.finditer(templatize(source)):
        yield from _marked(match[1], [ast.literal_eval(each) for each in match.groups()[1:] if each])


def _marked(name: str, texts: Sequence[object]) -> Iterator[tuple[Key, str]]:
    if name in _FUNCTIONS:
        found = [texts[at] if at is not None and at < len(texts) else "" for at in _FUNCTIONS[name]]
        context, text, plural = (each if isinstance(each, str) else "" for each in found)
        if text:
            yield Key(text, context), plural


def read(path: Path) -> Catalog:
    """Return the entries of a catalog without its header; of those that are commented out nothing."""
    entries: Catalog = {}
    for block in re.split(r"\n\s*\n", path.read_text()):
        entry, parts, last = Entry(), {"msgid": "", "msgctxt": ""}, ""
        for line in block.splitlines():
            if line.startswith("#:"):
                entry.comments.extend(line[2:].split())
            elif line.startswith("#,"):
                entry.fuzzy = "fuzzy" in line
            elif not line.startswith("#"):
                word, _space, rest = line.partition(" ") if line.startswith("msg") else (last, "", line)
                parts[word] = parts.get(word, "") + ast.literal_eval(rest)
                last = word
        if parts["msgid"]:
            entry.plural = parts.get("msgid_plural", "")
            entry.translations = [parts[name] for name in sorted(parts) if name.startswith("msgstr")]
            entries[Key(parts["msgid"], parts["msgctxt"])] = entry
    return entries


def write(path: Path, catalog: Catalog) -> None:
    """Write a catalog as a translator edits it: in the order of the sources, so what is on one page stays together."""
    code = path.parent.parent.name
    lines = ['msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in _header(code)), ""]
    for key, entry in catalog.items():
        lines += [f"#: {name}" for name in entry.comments]
        flags = ["fuzzy"] * entry.fuzzy + ["python-format"] * bool(_PERCENT.search(key.text))
        lines += [f"#, {', '.join(flags)}"] * bool(flags)
        lines += [_line("msgctxt", key.context)] * bool(key.context) + [_line("msgid", key.text)]
        if entry.plural:
            forms = entry.translations or [""] * count_of_forms(code)
            lines += [_line("msgid_plural", entry.plural)]
            lines += [_line(f"msgstr[{number}]", each) for number, each in enumerate(forms)]
        else:
            lines.append(_line("msgstr", (entry.translations or [""])[0]))
        lines.append("")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))


def _line(word: str, text: str) -> str:
    """Return a text as a catalog has it: long or with line ends over several lines."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    pieces = [piece.replace("\n", "\\n") for piece in escaped.splitlines(keepends=True)]
    return (
        f'{word} "{escaped}"'
        if len(pieces) < 2 and "\n" not in escaped
        else "\n".join([f'{word} ""', *(f'"{piece}"' for piece in pieces)])
    )


def _header(code: str) -> list[str]:
    return [f"Language: {code}", "Content-Type: text/plain; charset=UTF-8", f"Plural-Forms: {_plurals(code)}"]


def _plurals(code: str) -> str:
    return PLURALS.get(code, "nplurals=2; plural=(n != 1);")


def count_of_forms(code: str) -> int:
    """Return how many plural forms a language has."""
    return int(_plurals(code).partition("nplurals=")[2].partition(";")[0])


def merged(found: Catalog, translated: Catalog) -> Catalog:
    """Return the texts of the sources with the translations that there are; those of other texts are left out."""
    result: Catalog = {}
    for key, entry in found.items():
        known = translated.get(key)
        keeps = known is not None and bool(known.plural) == bool(entry.plural)
        kept = known if keeps and known is not None else Entry()
        result[key] = Entry(entry.plural, kept.translations, entry.comments, kept.fuzzy)
    return result


def problems(catalog: Catalog, code: str) -> Iterator[str]:
    """Yield what is not right in a catalog: texts without a translation, doubtful ones, and other placeholders."""
    for key, entry in catalog.items():
        forms = count_of_forms(code) if entry.plural else 1
        if len(entry.translations) != forms or not all(entry.translations):
            yield f"not translated: {key.text!r}"
        elif entry.fuzzy:
            yield f"marked as fuzzy: {key.text!r}"
        else:
            for number, each in enumerate(entry.translations):
                allowed = [_placeholders(text) for text in (key.text, entry.plural) if text]
                # "One task" needs no number, "{n} tasks" does.
                wanted = allowed if number == 0 else allowed[-1:]
                if _placeholders(each) not in wanted:
                    yield f"other placeholders: {key.text!r} → {each!r}"
                if each[:1].isspace() != key.text[:1].isspace() or each[-1:].isspace() != key.text[-1:].isspace():
                    yield f"other space at the ends: {key.text!r} → {each!r}"


def _placeholders(text: str) -> list[str]:
    """Return placeholders, links and tags: a translation has the same, in any order."""
    return sorted(re.findall(r"%\(\w+\)[sdif]|%[sdif]|%%|{\w*}|</?\w+|https?://[^\s\"<]+", text))


def compiled(catalog: Catalog, code: str) -> bytes:
    """Return a catalog as Django reads it (GNU gettext's MO format), without doubtful and missing translations."""
    pairs = {"": "".join(f"{line}\n" for line in _header(code))}
    for key, entry in catalog.items():
        if entry.translations and all(entry.translations) and not entry.fuzzy:
            looked_up = f"{key.looked_up()}\0{entry.plural}" if entry.plural else key.looked_up()
            pairs[looked_up] = "\0".join(entry.translations)
    texts = sorted((text.encode(), translation.encode()) for text, translation in pairs.items())
    size = len(texts)
    body, tables = b"", []
    for column in (0, 1):
        for row in texts:
            tables.append(struct.pack("<2I", len(row[column]), 28 + 16 * size + len(body)))
            body += row[column] + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, size, 28, 28 + 8 * size, 0, 0) + b"".join(tables) + body


def compile_all(folder: Path = LOCALE) -> None:
    """Compile the catalogs that changed. A process that reads one at the same moment finds the old or the new one."""
    for source in folder.glob("*/LC_MESSAGES/django.po"):
        target = source.with_suffix(".mo")
        content = compiled(read(source), source.parent.parent.name)
        if not target.exists() or target.read_bytes() != content:
            part = target.with_suffix(f".{os.getpid()}")
            part.write_bytes(content)
            part.replace(target)


def extract_all(codes: list[str]) -> None:
    """Bring the catalogs up to date with the sources; a code without one gets a new one."""
    found = extract()
    for path in {LOCALE / code / "LC_MESSAGES" / "django.po" for code in codes} | set(LOCALE.glob("*/*/django.po")):
        catalog = merged(found, read(path) if path.exists() else {})
        write(path, catalog)
        left = list(problems(catalog, path.parent.parent.name))
        print("\n".join([*left[:20], f"{path.relative_to(ROOT)}: {len(catalog)} texts, {len(left)} to look at"]))


if __name__ == "__main__":
    if sys.argv[1:] == ["compile"]:
        compile_all()
    elif sys.argv[1:2] == ["extract"]:
        extract_all(sys.argv[2:])
    else:
        sys.exit("usage: scripts/catalogs.py compile | extract [language …]")
