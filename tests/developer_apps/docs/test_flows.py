"""Sequence diagrams: each is on a page as a drawing and as a list, can be read on a phone, and names addresses that exist."""

import html
import re

import pytest
from django.urls import resolve

from developer_apps.docs import flows
from developer_apps.docs.pages import pages
from tests import browser

FLOWS = flows.flows()
PAGES = {
    "sign-in": "connecting",
    "client-credentials": "tokens",
    "refresh": "tokens",
    "introspection": "services",
    "notification": "notifications",
}
CHARACTER, BADGE, HEAD = 6.7, 11, 9  # width of a letter at 11 px, and what the ends of an arrow take


def test_every_flow_is_on_its_page():
    assert set(FLOWS) == set(PAGES)
    assert set(PAGES.values()) <= set(pages())


@pytest.mark.parametrize("slug", FLOWS)
def test_drawing_and_list_show_every_step(anonymous, db, slug):
    page = html.unescape(anonymous.get(f"/developer/docs/{PAGES[slug]}").content.decode())
    figure = re.search(rf'<figure class="flow">\s*<figcaption id="flow-{slug}">.*?</figure>', page, re.DOTALL)[0]
    wide, narrow = re.findall(r"<svg.*?</svg>", figure, re.DOTALL)
    steps = re.findall(r"<li>(.*?)</li>", figure, re.DOTALL)
    assert len(steps) == len(FLOWS[slug].steps)
    for number, step in enumerate(FLOWS[slug].steps, 1):
        assert f">{number}</text>" in wide
        assert f">{number}</text>" in narrow
        assert f">{step.wire}</text>" in wide
        assert str(step.text) in steps[number - 1]
        assert step.wire in steps[number - 1]


@pytest.mark.parametrize("slug", FLOWS)
def test_markdown_has_the_steps(anonymous, db, slug):
    text = anonymous.get(f"/developer/docs/{PAGES[slug]}.md").content.decode()
    for step in FLOWS[slug].steps:
        assert str(step.text) in text


@pytest.mark.parametrize("slug", FLOWS)
def test_labels_fit_between_the_lifelines(slug):
    wide, narrow = flows.drawings(FLOWS[slug])
    for arrow in wide.arrows:
        assert len(arrow.wire) * CHARACTER <= abs(arrow.end - arrow.start) - BADGE, arrow.wire
    for drawing in (wide, narrow):
        assert all(43 <= party.x <= drawing.width - 43 for party in drawing.parties)
        assert drawing.arrows[-1].y < drawing.height


@pytest.mark.parametrize("step", [step for flow in FLOWS.values() for step in flow.steps], ids=lambda step: step.wire)
def test_addresses_of_this_site_exist(step):
    if found := re.match(r"[A-Z]+ (/(?:api|oauth|gateway)/[\w/{}]+)", step.wire):
        assert resolve(found[1].replace("{id}", "1"))


@pytest.mark.browser
@pytest.mark.parametrize("path", sorted(set(PAGES.values())))
def test_diagrams_can_be_read_at_any_width(new_page, base_url, path):
    for width in (browser.NARROW, browser.WIDE):
        page = new_page(width=width)
        page.goto(f"{base_url}/developer/docs/{path}")
        browser.assert_good_page(page)
        drawings = page.locator(".flow-drawing:visible")
        assert drawings.count() == page.locator(".flow").count(), "one drawing of each is shown"
        for size in drawings.locator("text").evaluate_all(
            "all => all.map((text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a)"
        ):
            assert size >= 11, f"letters of {size:.1f} px at {width} px"
