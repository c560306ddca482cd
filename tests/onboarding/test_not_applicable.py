"""A criterion of a demo can be not applicable if its product says so, with a reason, and never all of them."""

import datetime

import pytest
from django.urls import reverse

from developer_apps.models import Product
from myusa.lib.steps import InvalidTransition
from onboarding.models import ProductionRequest
from onboarding.models.demos import Rating
from onboarding.states import State
from onboarding.steps import demo as demo_steps


@pytest.fixture
def begun(reach, clock):
    """A request whose demo has begun."""
    request = reach(State.DEMO_SCHEDULED)
    clock.move_to(request.demos.get().slot.starts_at + datetime.timedelta(minutes=1))
    return request


@pytest.fixture
def allowed(product):
    Product.objects.filter(pk=product.pk).update(allows_not_applicable=True)


def rate(request, product, browser, *decisions):
    """Send the scorecard: a decision and a comment for each criterion."""
    data = {"version": ProductionRequest.objects.get(pk=request.pk).version}
    for position, (decision, comment) in enumerate(decisions):
        key = f"{product.pk}-{position}"
        data |= {f"passed-{key}": decision, f"comment-{key}": comment}
    return browser.post(reverse("admin:onboarding_step", args=[request.pk, "pass_demo"]), data)


@pytest.mark.usefixtures("allowed")
def test_staff_say_why_a_criterion_is_not_applicable(begun, product, staff, developer, sign_in):
    browser = sign_in(staff)
    refused = rate(begun, product, browser, ("pass", ""), ("not_applicable", ""))
    assert refused.status_code == 400
    assert "Say why the criterion is not applicable." in refused.content.decode()
    assert rate(begun, product, browser, ("pass", ""), ("not_applicable", "It shows no answer.")).status_code == 302
    begun.refresh_from_db()
    assert begun.state == State.DEMO_PASSED
    assert list(begun.demos.get().scores.values_list("passed", flat=True)) == [True, None]
    page = sign_in(developer).get(begun.get_absolute_url()).content.decode()
    assert "Not applicable" in page
    assert "It shows no answer." in page


@pytest.mark.usefixtures("allowed")
def test_a_failed_criterion_fails_the_demo_whatever_is_not_applicable(begun, product, staff, sign_in):
    rate(begun, product, sign_in(staff), ("fail", "It was hard."), ("not_applicable", "It shows no answer."))
    begun.refresh_from_db()
    assert begun.state == State.DEMO_FAILED


def test_products_that_do_not_say_so_have_no_third_value(begun, product, staff, sign_in):
    browser = sign_in(staff)
    page = browser.get(reverse("admin:onboarding_step", args=[begun.pk, "pass_demo"])).content.decode()
    assert "Not applicable" not in page
    assert rate(begun, product, browser, ("pass", ""), ("not_applicable", "Why")).status_code == 400
    ratings = {(product.pk, 0): Rating(True), (product.pk, 1): Rating(None, "Why", is_applicable=False)}
    with pytest.raises(InvalidTransition, match="Every criterion of Visa Status API applies"):
        demo_steps.rate(ProductionRequest.objects.get(pk=begun.pk), ratings, by=staff)
    assert not begun.demos.get().result


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(("comment", "words"), [("Why", "at least one criterion"), ("", "Say why")])
def test_not_all_criteria_are_not_applicable(begun, product, staff, comment, words):
    ratings = {(product.pk, position): Rating(None, comment, is_applicable=False) for position in (0, 1)}
    with pytest.raises(InvalidTransition, match=words):
        demo_steps.rate(ProductionRequest.objects.get(pk=begun.pk), ratings, by=staff)
