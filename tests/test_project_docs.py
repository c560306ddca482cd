"""The documentation names files that exist, and docs/architecture.md names every package."""

import re
from pathlib import Path

import pytest

from tests.processes import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
ROWS = [line.split("|")[1] for line in ARCHITECTURE.splitlines() if line.startswith("| `")]
# The top folders whose files a page names from the root.
TOP = "accounts|benchmarks|developer_apps|docs|examples|myusa|notifications|onboarding|profiles|scripts|static|tasks|templates|tests"
PATH = re.compile(rf"`((?:{TOP})/[\w./-]*)`")
# Names of what does not exist yet.
PLANNED = {"myusa/api_v2.py"}
# Django's own folders within an app, and data.
WITHOUT_ROW = {"migrations", "templatetags", "management", "seeds"}


def missing_paths(text: str) -> list[str]:
    """Return the paths in backticks that do not exist."""
    return [path for path in PATH.findall(text) if path not in PLANNED and not (ROOT / path).exists()]


def missing_links(page: Path, text: str) -> list[str]:
    """Return the relative links that lead nowhere."""
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    return [each for each in targets if "://" not in each and not (page.parent / each).exists()]


def missing_packages(rows: list[str]) -> list[str]:
    """Return the packages that none of the rows names: every app, and the folders of the two that have layers."""
    named = set()
    for row in rows:
        names = re.findall(r"`([\w./]+)`", row)
        parent = f"{names[0].split('/')[0]}/"
        named |= {name if name.startswith(parent) else parent + name for name in names} | set(names)
    apps = {path.parent for path in ROOT.glob("*/__init__.py")} - {ROOT / "tests"}
    packages = {each for each in apps if each.name not in ("developer_apps", "myusa")}
    packages |= {path.parent for app in ("developer_apps", "myusa") for path in (ROOT / app).glob("*/__init__.py")}
    return sorted(
        name
        for each in packages
        if each.name not in WITHOUT_ROW and (name := f"{each.relative_to(ROOT)}/") not in named
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_paths_and_links_of_a_page_exist(page):
    text = page.read_text()
    assert missing_paths(text) == []
    assert missing_links(page, text) == []


def test_architecture_names_every_package():
    assert missing_packages(ROWS) == []


def test_what_is_missing_is_found():
    assert missing_paths("`myusa/gone.py` and `tests/cast.py`") == ["myusa/gone.py"]
    assert missing_links(ROOT / "README.md", "[a](docs/gone.md) [b](docs/style.md#names)") == ["docs/gone.md"]
    assert "developer_apps/oauth/" in missing_packages([row for row in ROWS if "oauth" not in row])
