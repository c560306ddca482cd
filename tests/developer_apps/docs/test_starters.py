"""The documentation prints parts of the starter apps, and offers each as a download."""

import html
import io
import re
import zipfile

import pytest

from developer_apps.docs import starters
from developer_apps.docs.code import MAX_WIDTH

TOPICS = ("setup", "sign-in", "profile", "sign-out")


@pytest.mark.parametrize("topic", TOPICS)
def test_every_starter_shows_every_topic_as_it_is_in_its_files(anonymous, db, topic):
    page = html.unescape(anonymous.get("/developer/docs/starters").content.decode())
    assert [name for _slug, name, _text in starters.samples(topic)] == ["Django", "Express", "Rails", "Single-page app"]
    sources = {line.strip() for path in starters.files(starters.FOLDER) for line in _lines(path)}
    for _slug, _name, text in starters.samples(topic):
        assert text in page
        for line in text.splitlines():
            assert line.strip() in sources or re.fullmatch(r"(#|//|<%#) [\w/.]+( %>)?", line), line
            assert len(line) <= MAX_WIDTH, line


def test_marks_are_closed_and_not_printed():
    text = "\n".join(line for path in starters.files(starters.FOLDER) for line in _lines(path))
    begins = re.findall(r"(?:#|//) docs: ([a-z-]+)(?: %>)?$", text, re.MULTILINE)
    assert {*TOPICS, "app", "generated"} == set(begins)
    assert len(begins) == len(re.findall(r"(?:#|//) end(?: %>)?$", text, re.MULTILINE))
    for topic in begins:
        assert starters.samples(topic)
        assert not any(" docs: " in text for _slug, _name, text in starters.samples(topic))


def _lines(path):
    return path.read_text(errors="replace").splitlines()


@pytest.mark.parametrize("folder", starters.STARTERS)
def test_a_starter_can_be_downloaded(anonymous, db, folder):
    assert f'href="/developer/docs/starters/{folder}.zip"' in anonymous.get("/developer/docs/starters").content.decode()
    response = anonymous.get(f"/developer/docs/starters/{folder}.zip")
    assert response["Content-Disposition"] == f'attachment; filename="myusa-starter-{folder}.zip"'
    names = zipfile.ZipFile(io.BytesIO(response.content)).namelist()
    assert f"myusa-starter-{folder}/README.md" in names
    assert not [name for name in names if "node_modules" in name or "__pycache__" in name]


def test_another_name_is_not_found(anonymous, db):
    assert anonymous.get("/developer/docs/starters/nothing.zip").status_code == 404
