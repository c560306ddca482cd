"""Steps of a scenario in the admin: an old page undoes nothing, and texts are stored in canonical form."""

import pytest

from developer_apps.models import Scenario, ScenarioStep
from tests.developer_apps.elsewhere import make_product
from tests.pages import form_of


@pytest.fixture
def scenario(db):
    found = Scenario.objects.create(product=make_product("parcels"), title="Send a parcel")
    for position, title in enumerate(["Token", "Send", "Look"], start=1):
        ScenarioStep.objects.create(scenario=found, position=position, title=title, kind="call")
    return found


@pytest.fixture
def browser(sign_in, superuser):
    return sign_in(superuser, second_factor=True)


@pytest.fixture
def address(scenario):
    return f"/admin/developer_apps/scenario/{scenario.pk}/change/"


@pytest.fixture
def page(browser, address):
    return form_of(browser.get(address), having="steps-TOTAL_FORMS")


def titles(scenario):
    return list(scenario.steps.values_list("title", flat=True))


def change(scenario, step, **values):
    scenario.steps.filter(title=step).update(**values)


def test_a_page_saved_without_an_edit_keeps_what_a_colleague_changed_added_and_deleted(
    browser, address, page, scenario
):
    change(scenario, "Token", title="Sign in", hint="By code", status="201", times=3)
    change(scenario, "Look", position=5)
    scenario.steps.filter(title="Send").delete()
    ScenarioStep.objects.create(scenario=scenario, position=4, title="Refresh", kind="refresh")
    assert browser.post(address, page).status_code == 302
    assert titles(scenario) == ["Sign in", "Refresh", "Look"]
    step = scenario.steps.get(title="Sign in")
    assert (step.hint, step.status, step.times) == ("By code", "201", 3)


@pytest.mark.parametrize(
    ("field", "typed"), [("title", "Post"), ("hint", "Two\r\nlines"), ("endpoint", "send"), ("seconds", "30")]
)
def test_an_edit_of_one_field_keeps_every_other_change(browser, address, page, scenario, field, typed):
    change(scenario, "Send", status="201", kind="refused", times=2)
    change(scenario, "Token", title="Sign in")
    assert browser.post(address, {**page, f"steps-1-{field}": typed}).status_code == 302
    step = scenario.steps.get(position=2)
    assert str(getattr(step, field)) == typed.replace("\r\n", "\n")
    assert (step.status, step.kind, step.times) == ("201", "refused", 2)
    assert scenario.steps.first().title == "Sign in"


def test_two_edits_of_one_field_show_both_values_and_saving_again_keeps_the_users(browser, address, page, scenario):
    change(scenario, "Send", title="Deliver")
    response = browser.post(address, {**page, "steps-1-title": "Post"})
    assert response.status_code == 200
    assert "This changed to “Deliver” after you opened the page." in response.content.decode()
    assert titles(scenario) == ["Token", "Deliver", "Look"]
    again = form_of(response, having="steps-TOTAL_FORMS")
    assert again["steps-1-title"] == ["Post"]
    assert browser.post(address, again).status_code == 302
    assert titles(scenario) == ["Token", "Post", "Look"]


@pytest.mark.parametrize("gone", ["Token", "Send", "Look"])
def test_an_edited_step_that_a_colleague_deleted_is_added_when_the_page_is_saved_again(
    browser, address, page, scenario, gone
):
    number = titles(scenario).index(gone)
    scenario.steps.filter(title=gone).delete()
    response = browser.post(address, {**page, f"steps-{number}-title": "Edited"})
    assert response.status_code == 200
    assert "This was deleted after you opened the page." in response.content.decode()
    assert len(titles(scenario)) == 2
    again = form_of(response, having="steps-TOTAL_FORMS")
    assert browser.post(address, again).status_code == 302
    assert sorted(titles(scenario)) == sorted([*({"Token", "Send", "Look"} - {gone}), "Edited"])


def test_a_step_that_both_deleted_is_gone_without_an_error(browser, address, page, scenario):
    scenario.steps.filter(title="Send").delete()
    assert browser.post(address, {**page, "steps-1-DELETE": "on", "steps-2-title": "See"}).status_code == 302
    assert titles(scenario) == ["Token", "See"]


def test_a_new_step_is_added_next_to_one_that_a_colleague_deleted(browser, address, page, scenario):
    scenario.steps.filter(title="Token").delete()
    new = {f"steps-3-{name}": page[f"steps-2-{name}"] for name in ("kind", "times", "seconds")}
    new |= {"steps-3-position": "9", "steps-3-title": "Refresh\u200b", "steps-TOTAL_FORMS": "4"}
    assert browser.post(address, {**page, **new}).status_code == 302
    assert titles(scenario) == ["Send", "Look", "Refresh"]


@pytest.mark.parametrize(
    ("typed", "stored"), [("Se\u200bnd", "Send"), ("Jose\u0301 sends", "José sends"), ("\ufeffSend\tit ", "Send it")]
)
def test_texts_of_steps_are_stored_in_canonical_form(browser, address, page, scenario, typed, stored):
    assert browser.post(address, {**page, "steps-1-title": typed}).status_code == 302
    assert titles(scenario)[1] == stored


def test_a_character_that_misleads_is_named(browser, address, page, scenario):
    response = browser.post(address, {**page, "steps-1-title": "Send \u202eti"})
    assert "U+202E RIGHT-TO-LEFT OVERRIDE" in response.content.decode()
    assert titles(scenario)[1] == "Send"


def test_a_page_whose_counts_are_broken_is_refused(browser, address, page, scenario):
    for broken in ("", "x"):
        response = browser.post(address, {**page, "steps-INITIAL_FORMS": broken})
        assert response.status_code == 200
    assert titles(scenario) == ["Token", "Send", "Look"]
