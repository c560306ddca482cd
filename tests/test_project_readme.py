"""The README's pictures exist, are small, and are those that `scripts/screenshots` takes."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURES = re.findall(r"!\[([^\]]+)\]\((docs/img/[\w-]+\.png)\)", (ROOT / "README.md").read_text())


def test_pictures_are_there_small_and_described():
    assert len(PICTURES) >= 3
    for description, path in PICTURES:
        assert (ROOT / path).stat().st_size < 80_000, path
        assert len(description) > 20, path


def test_a_command_takes_each_picture():
    taken = re.findall(r'picture\(page, "([\w-]+)"\)', (ROOT / "scripts" / "screenshots").read_text())
    assert sorted(Path(path).stem for _description, path in PICTURES) == sorted(taken)
