"""The frame of every page: the way around by role, the banner, the footer, messages."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from notifications.models import Notification

pytestmark = pytest.mark.django_db


def links_of_header(html: str) -> list[str]:
    navigation = html.split('<nav class="site-nav-wide')[1].split("</nav>")[0]
    return [re.sub(r"<[^>]+>", "", text).strip() for text in re.findall(r"<a [^>]*>(.*?)</a>", navigation, re.S)]


def test_signed_out_people_see_the_way_in_and_the_developers_area(anonymous):
    html = anonymous.get("/").content.decode()

    assert links_of_header(html) == ["Home", "Developers"]
    assert 'href="/users/sign_in"' in html
    assert "Sign out" not in html


def test_citizens_see_their_pages(citizen, sign_in):
    html = sign_in(citizen).get("/").content.decode()

    assert links_of_header(html) == [
        "Home",
        "Profile",
        "Tasks",
        "Notifications",
        "Connected apps",
        "Settings",
        "Developers",
    ]
    assert citizen.email in html
    assert 'href="/users/sign_out"' in html


def test_the_portal_has_a_header_of_its_own(developer, sign_in):
    areas = links_of_header(sign_in(developer).get("/developer/").content.decode())
    assert areas[:4] == ["My apps", "Teams", "API products", "Documentation"]
    assert areas[-1] == "My account"
    assert "Profile" not in areas


def test_without_an_account_the_portal_offers_only_what_needs_none(anonymous):
    html = anonymous.get("/developer/").content.decode()
    assert links_of_header(html) == [
        "Build on MyUSA",
        "API products",
        "Documentation",
        "Support",
        "Status",
        "MyUSA home",
    ]


def test_only_staff_see_the_admin(superuser, developer, sign_in):
    assert links_of_header(sign_in(superuser).get("/status").content.decode())[-1] == "Admin"
    assert "Admin" not in links_of_header(sign_in(developer).get("/status").content.decode())


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "Home"),
        ("/profile", "Profile"),
        ("/profile/additional", "Profile"),
        ("/developer/teams/", "Teams"),
        ("/developer/docs/tokens", "Documentation"),
        ("/developer/support", "Support"),
    ],
)
def test_present_area_is_marked_alone(developer, sign_in, path, name):
    html = sign_in(developer).get(path).content.decode()

    navigation = html.split('<nav class="site-nav-wide')[1].split("</nav>")[0]
    marked = re.findall(r'<a [^>]*aria-current="\w+"[^>]*>(.*?)</a>', navigation, re.S)
    assert [re.sub(r"<[^>]+>", "", text).strip() for text in marked] == [name]


def test_unread_notifications_are_counted_in_words_for_screen_readers(citizen, application, sign_in):
    for number in (1, 2):
        Notification.objects.create(user=citizen, app=application.app, subject=f"News {number}")

    html = sign_in(citizen).get("/status").content.decode()

    assert re.search(r'class="badge"><span aria-hidden="true">2</span><span class="usa-sr-only">2 unread', html)


def test_frame_without_notifications_has_no_badge(citizen, sign_in):
    assert 'class="badge"' not in sign_in(citizen).get("/status").content.decode()


def test_every_page_tells_where_help_is(anonymous):
    html = anonymous.get("/status").content.decode()

    footer = html.split("<footer")[1]
    for link in (f"mailto:{settings.SUPPORT_EMAIL}", "/legal", "/developer/docs/", "/status"):
        assert f'href="{link}"' in footer


def test_banner_of_a_demo_says_that_it_is_no_government(anonymous, settings):
    settings.DEMO = True
    html = anonymous.get("/").content.decode()

    assert "not a website of any government" in html
    assert 'href="/dev/outbox/"' in html


def test_banner_elsewhere_tells_how_to_recognize_the_site(anonymous, settings):
    settings.BASE_URL = "https://my.example.gov"

    assert "https://my.example.gov/" in anonymous.get("/").content.decode()


def test_pages_forbid_inline_scripts_and_styles_and_framing(anonymous):
    response = anonymous.get("/")

    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe-inline" not in policy
    assert "frame-ancestors 'none'" in policy
    assert response["X-Frame-Options"] == "DENY"


def test_error_pages_of_the_demo_have_the_policy_too(anonymous, settings):
    settings.DEBUG = True

    assert "default-src 'none'" in anonymous.get("/nowhere")["Content-Security-Policy"]


def pages() -> list[Path]:
    # Email programs know no stylesheets, so their templates may style inline.
    return [path for path in (settings.BASE_DIR / "templates").rglob("*.html") if "mail" not in path.parts]


@pytest.mark.parametrize(
    "pattern",
    [
        r"\sstyle\s*=",
        r"<style",
        r"<script(?![^>]*\ssrc=)",
        r"\son[a-z]+\s*=\s*[\"']",
        r'href="(#|)"',
        r"\|\s*safe\s*}}\s*</script",
    ],
)
def test_templates_hold_nothing_that_the_policy_forbids_and_no_dead_link(pattern):
    found = [f"{path.name}: {match[0]}" for path in pages() if (match := re.search(pattern, path.read_text()))]

    assert not found


def test_head_requests_of_pages_are_answered(anonymous):
    assert anonymous.head("/").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/settings/account",
        "/settings/account/email",
        "/settings/security",
        "/settings/notifications",
        "/settings/activity",
    ],
)
def test_the_menu_marks_settings_on_each_of_its_pages(sign_in, citizen, path):
    page = sign_in(citizen).get(path).content.decode()
    marked = re.findall(
        r'<a href="([^"]+)" aria-current="(?:page|true)">',
        page.split("<main")[0].split("site-nav-wide")[1].split("</nav>")[0],
    )
    assert marked == ["/settings/account"]
