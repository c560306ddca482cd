"""All emails have one design: one frame, at most one button, no bare address, and a text of the same content."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import escape

from myusa.lib.messages import mail

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


@pytest.mark.parametrize("path", [path for path in EMAILS if path.parent.parent.name == "accounts"], ids=name_of)
def test_an_email_to_a_person_begins_with_its_subject_or_its_code(path):
    times = dict.fromkeys(("at", "effective_at"), timezone.now())
    facts = {"code": "123456", "minutes": 10, "passkey": "Phone", "kind": "email", "number": "S-1", "subject": "<Help>"}
    content = mail.render(f"accounts/{path.stem}", {**facts, **times})
    heading = re.search(r"<h1 [^>]*>(.*?)</h1>", content.html)
    if path.stem.startswith("code_"):
        assert heading is None, "the code itself is the heading"
    else:
        assert heading[1] == escape(content.subject)


@pytest.mark.parametrize("path", EMAILS, ids=name_of)
def test_an_email_fetches_nothing_when_it_is_opened(path):
    """A picture would say who read it when, and is blocked by most readers; the frame draws the mark of the site."""
    for markup in (path.read_text(), (TEMPLATES / "mail/base.html").read_text()):
        assert not re.search(r"<img|<link|url\(|cid:", markup)
    assert "★" in mail.render("accounts/passkey_added", {"at": timezone.now(), "passkey": "Phone"}).html


@pytest.mark.parametrize("path", [path for path in EMAILS if "_notice.html" in path.read_text()], ids=name_of)
def test_a_notice_says_in_both_parts_why_a_person_gets_it(path):
    content = mail.render(f"accounts/{path.stem}", {"at": timezone.now(), "browser": "Chrome", "passkey": "Phone"})
    for part in (content.html, content.text):
        assert "You’re receiving this email because it’s about the security of your account." in part
