"""Icons, drawings, and the picture that other sites show of a shared page."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from PIL import Image

from myusa.home.context_processors import _LINKS
from tests.processes import ROOT

TEMPLATES = ROOT / "templates"
PUBLIC = ("/", "/help", "/legal", "/status", "/users/sign_in")
PRIVATE = ("/", "/profile", "/notifications/", "/settings/account", "/authorizations")


def names_in(file):
    return set(re.findall(r'<symbol id="([^"]+)"', (ROOT / "static/img" / file).read_text()))


def used_in_templates(pattern):
    return {name for path in TEMPLATES.rglob("*.html") for name in re.findall(pattern, path.read_text())}


def test_each_icon_of_the_menu_and_of_home_is_in_the_file(sign_in, citizen):
    page = sign_in(citizen).get("/").content.decode()
    shown = set(re.findall(r"img/icons[^\"#]*\.svg#([\w-]+)", page))
    assert {"home", "profile", "tasks", "notifications", "apps", "settings", "developers"} <= shown
    assert shown | {link.icon for link in _LINKS} <= names_in("icons.svg")


def test_each_drawing_is_in_the_file_and_used():
    used = used_in_templates(r'empty_state\.html" with drawing="([\w-]+)"')
    assert used == names_in("drawings.svg")


def test_pictures_next_to_words_are_hidden_from_screen_readers(sign_in, citizen):
    for path in ("/", "/tasks/", "/notifications/", "/authorizations", "/settings/activity", "/help?q=zzz"):
        page = sign_in(citizen).get(path).content.decode()
        pictures = re.findall(r"<svg[^>]*>(?=\s*<use)", page)
        assert pictures
        assert all('aria-hidden="true"' in each for each in pictures), path


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_page_says_what_other_sites_show_of_it(db, anonymous, settings, path):
    page = anonymous.get(f"{path}?from=somewhere").content.decode()
    tags = dict(re.findall(r'<meta property="og:([\w:]+)"\s+content="([^"]*)"', page))
    assert tags["url"] == settings.BASE_URL + path, "without the query, which may be about a person"
    assert tags["site_name"] == settings.SITE_NAME
    assert tags["title"]
    assert tags["description"]
    assert tags["image"].startswith(settings.BASE_URL + settings.STATIC_URL), "an absolute address"
    picture = Image.open(Path(finders.find("img/share.png")))
    assert picture.size == (int(tags["image:width"]), int(tags["image:height"]))


@pytest.mark.parametrize("path", PRIVATE)
def test_a_page_about_a_person_says_nothing_to_other_sites(sign_in, citizen, path):
    assert 'property="og:' not in sign_in(citizen).get(path).content.decode()


def test_phones_have_an_icon_for_their_home_screen(db, anonymous):
    assert 'rel="apple-touch-icon"' in anonymous.get("/").content.decode()
    assert Image.open(Path(finders.find("img/touch-icon.png"))).size == (180, 180)
