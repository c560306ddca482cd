"""Samples of the documentation that are parts of programs in examples/: what is printed is what the tests run."""

import io
import re
import zipfile
from functools import lru_cache
from pathlib import Path
from textwrap import dedent

from django.conf import settings

FOLDER = Path(settings.BASE_DIR) / "examples"
STARTERS = {
    "django": "Django",
    "express": "Express",
    "rails": "Rails",
    "sinatra": "Sinatra",
    "spa": "Single-page app",
}
# Folder, the language that a reader chooses, and its name there.
_SOURCES = [
    ("starters/django", "python", STARTERS["django"]),
    ("starters/express", "javascript", STARTERS["express"]),
    ("starters/rails", "ruby", STARTERS["rails"]),
    ("starters/sinatra", "sinatra", STARTERS["sinatra"]),
    ("starters/spa", "browser", STARTERS["spa"]),
    ("clients/python", "python", "Python"),
    ("clients/typescript", "javascript", "TypeScript"),
]
_BEGIN = re.compile(r"\s*(?:#|//|<%#) docs: ([a-z-]+)(?: %>)?\n")
_END = re.compile(r"\s*(?:#|//|<%#) end(?: %>)?\n")
_COMMENT = {".js": "// {}", ".ts": "// {}", ".erb": "<%# {} %>"}
_SKIPPED = {"node_modules", "log", "tmp", "__pycache__"}


def samples(topic: str) -> list[tuple[str, str, str]]:
    """Return a topic in each language that has it: slug, name and text."""
    found = [(slug, name, sample(folder, topic)) for folder, slug, name in _SOURCES]
    return [each for each in found if each[2]]


@lru_cache
def sample(folder: str, topic: str) -> str:
    """Return what the files of a folder have between `docs: topic` and `end`, each below its path."""
    root, parts = FOLDER / folder, []
    for path in files(root):
        if not path.is_symlink() and (text := _between(path.read_text(), topic)):
            comment = _COMMENT.get(path.suffix, "# {}").format(path.relative_to(root))
            parts.append(f"{comment}\n{text}")
    return "\n\n".join(parts)


def files(folder: Path) -> list[Path]:
    """Return the files of a starter app without what running it left behind."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if not _SKIPPED & set(path.relative_to(folder).parts))


@lru_cache
def archive(name: str) -> bytes:
    """Return a starter app as a zip file with one folder in it."""
    root, content = FOLDER / "starters" / name, io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for path in files(root):
            # Always the same time, so the same files make the same archive.
            entry = zipfile.ZipInfo(f"myusa-starter-{name}/{path.relative_to(root)}")
            file.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _between(text: str, topic: str) -> str:
    """Return the lines between the marks of a topic, without the marks of topics inside or around it."""
    lines, open_topics = [], []
    for line in text.splitlines(keepends=True):
        if begin := _BEGIN.fullmatch(line):
            open_topics.append(begin[1])
        elif _END.fullmatch(line):
            open_topics.pop()
        elif topic in open_topics:
            lines.append(line)
    return re.sub(r"\n{3,}", "\n\n\n", dedent("".join(lines)).strip("\n"))
