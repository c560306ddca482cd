"""The pictures of the README and the documentation exist, are small, and are those that `scripts/screenshots` takes."""

import re
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
PICTURES = re.findall(r"!\[([^\]]+)\]\((docs/img/[\w-]+\.png)\)", (ROOT / "README.md").read_text())


def test_pictures_are_there_small_and_described():
    assert len(PICTURES) >= 3
    for description, path in PICTURES:
        assert (ROOT / path).stat().st_size < 80_000, path
        assert len(description) > 20, path


def test_a_command_takes_each_picture():
    taken = re.findall(r'picture\(page, "([\w-]+)"\)', (ROOT / "scripts" / "screenshots").read_text())
    pages = re.findall(r'picture_of\(.*, "([\w-]+)"\)', (ROOT / "scripts" / "screenshots").read_text())
    assert pages
    for name in pages:
        (tag,) = [
            each
            for page in (ROOT / "templates" / "developer_apps" / "docs").rglob("*.html")
            for each in re.findall(r"<img\b[^>]*>", page.read_text())
            if f"{name}.webp" in each
        ]
        picture = ROOT / "static" / "img" / f"{name}.webp"
        assert picture.stat().st_size < 16_000
        size = Image.open(picture).size
        assert tuple(map(int, re.findall(r'(?:width|height)="(\d+)"', tag))) == size, "the page does not jump"
        assert "lazy" in tag
    assert sorted(Path(path).stem for _description, path in PICTURES) == sorted(taken)
