"""Terms and privacy notice: versions that staff write and everyone can read."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import markdown
from accounts.models import LegalText

pytestmark = pytest.mark.django_db


def test_first_versions_are_there(anonymous):
    page = anonymous.get("/legal").content.decode()

    assert LegalText.objects.current("terms").version
    assert "Terms of service" in page
    assert "Privacy notice" in page


def test_newest_version_in_force_is_shown_and_old_ones_stay_readable(anonymous):
    first = LegalText.objects.current("terms")
    LegalText.objects.create(kind="terms", version="2", body="## Second", effective_at=timezone.now())
    LegalText.objects.create(
        kind="terms", version="3", body="## Third", effective_at=timezone.now() + timedelta(days=1)
    )

    page = anonymous.get("/legal").content.decode()

    assert LegalText.objects.current("terms").version == "2"
    assert "<h3>Second</h3>" in page
    assert "Third" not in page
    assert f"/legal/terms/{first.version}" in page
    assert anonymous.get(f"/legal/terms/{first.version}").status_code == 200
    assert anonymous.get("/legal/terms/3").status_code == 404
    assert anonymous.get("/legal/nothing/1").status_code == 404


def test_page_without_a_text_says_so(anonymous):
    LegalText.objects.all().delete()

    assert "There is no text yet" in anonymous.get("/legal").content.decode()


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "![x](https://evil.test/x.png)",
        "[x](data:text/html,<script>alert(1)</script>)",
        '<a href="https://x" onclick="alert(1)" style="color:red">x</a>',
        "<iframe src=https://evil.test></iframe>",
    ],
)
def test_markdown_carries_no_scripts(text):
    html = markdown.render(text)

    assert set(re.findall(r"<(\w+)", html)) <= {"p"}


def test_markdown_keeps_structure():
    html = markdown.render("## Head\n\n- *a*\n- [b](https://example.gov)\n\n| x | y |\n|---|---|\n| 1 | 2 |")

    for part in ("<h2>Head</h2>", "<em>a</em>", 'href="https://example.gov"', "<td>1</td>"):
        assert part in html


def test_staff_add_versions_and_change_none(sign_in, superuser):
    browser = sign_in(superuser)
    first = LegalText.objects.current("terms")
    assert first.body[:40] in browser.get("/admin/accounts/legaltext/add/").content.decode()

    now = timezone.localtime()
    browser.post(
        "/admin/accounts/legaltext/add/",
        {
            "kind": "terms",
            "version": "2",
            "body": "New",
            "effective_at": f"{now:%Y-%m-%dT%H:%M}",
        },
    )

    assert LegalText.objects.current("terms").body == "New"
    assert LegalText.objects.current("terms").created_by == superuser
    browser.post(f"/admin/accounts/legaltext/{first.pk}/change/", {"body": "Changed"})
    assert browser.post(f"/admin/accounts/legaltext/{first.pk}/delete/", {"post": "yes"}).status_code == 403
    first.refresh_from_db()
    assert first.body != "Changed"
    assert first.translations
