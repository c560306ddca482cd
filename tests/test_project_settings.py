"""The files that people read first tell the truth about settings and requirements."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_every_setting_is_explained_in_the_example_file():
    used = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z][A-Z0-9_]+)"', (ROOT / "myusa" / "settings.py").read_text()))
    used |= set(re.findall(r'environ\.get\("([A-Z_]+)"', (ROOT / "gunicorn.conf.py").read_text()))
    explained = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert used <= explained, f"missing from .env.example: {sorted(used - explained)}"


def test_locks_carry_hashes_and_no_address():
    for lock in (ROOT / "requirements").glob("*.txt"):
        lines = lock.read_text().splitlines()
        assert not [line for line in lines if "://" in line or line.startswith("-")], lock.name
        packages = [line for line in lines if re.match(r"[a-z0-9]", line)]
        assert packages
        assert all(line.endswith("\\") for line in packages), f"{lock.name}: a package without hash"


def test_lock_of_the_tests_holds_the_same_releases_as_that_of_the_site():
    def releases(name):
        return dict(re.findall(r"^([a-z0-9.\-]+)==(\S+)", (ROOT / "requirements" / name).read_text(), re.MULTILINE))

    site = releases("base.txt")
    for other in ("dev.txt", "production.txt"):
        assert {name: release for name, release in releases(other).items() if name in site} == site
