"""All emails have one design: one frame, at most one button, no bare address, and a text of the same content."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template

TEMPLATES = Path(settings.BASE_DIR) / "templates"
EMAILS = sorted(
    path
    for path in TEMPLATES.glob("*/mail/*.html")
    if not path.name.startswith("_") and path.parent.parent.name != "mail"
)


def name_of(path):
    return str(path.relative_to(TEMPLATES))


@pytest.mark.parametrize("path", EMAILS, ids=name_of)
def test_an_email_has_the_frame_a_subject_and_a_text(path):
    assert (
        get_template(name_of(path))
        .template.nodelist[0]
        .parent_name.var.startswith(("mail/base.html", "accounts/mail/_notice.html", "developer_apps/mail/_frame.html"))
    )
    assert path.with_suffix(".txt").exists()


@pytest.mark.parametrize("path", EMAILS, ids=name_of)
def test_no_email_shows_a_bare_address_or_makes_its_own_button(path):
    markup = path.read_text()
    assert not re.search(r"<a [^>]*>\s*(\{\{ *\w*link|https?:)", markup)
    assert "inline-block" not in markup
    assert not re.search(r"<a href=\"[^\"]*\">", markup), "a link has the frame's color"


@pytest.mark.parametrize("path", EMAILS, ids=name_of)
def test_the_text_has_the_address_of_the_button(path):
    has_words = "block link_text" in path.read_text()
    text = path.with_suffix(".txt").read_text()
    assert not has_words or re.search(r"\{\{ *\w*link|BASE_URL", text)
