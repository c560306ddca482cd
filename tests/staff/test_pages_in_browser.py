"""Every page of the admin in a real browser, narrow and wide: accessible, without error, no wider than the window."""

import pytest
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse

from developer_apps.models import App
from myusa.demo import seed
from notifications.models import Announcement
from onboarding.admin import steps
from onboarding.models import ProductionRequest, Slot
from tests.browser import NARROW, WIDE, assert_good_page, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def demo(base_url, settings, tmp_path):
    """The demo's people, apps, requests and messages."""
    settings.DEMO = True
    cast, _content = seed.seed(tmp_path)
    return cast


def addresses(user):
    """Return the address of each list, of each form that adds a row, and of the newest row of each model."""
    request = RequestFactory().get("/admin/")
    request.user = user
    for model, of_model in admin.site._registry.items():
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{base}_changelist")
        if of_model.has_add_permission(request):
            yield reverse(f"{base}_add")
        if (newest := of_model.get_queryset(request).order_by("-pk").first()) is not None:
            yield reverse(f"{base}_change", args=[newest.pk])
            for action in getattr(of_model, "row_actions", ()):
                if action.is_offered(newest):
                    yield reverse(f"{base}_action", args=[newest.pk, action.slug])


def pages_of_their_own(user):
    """Return the pages that are no list and no form of a model: work, search, steps, the week, an incident."""
    yield from ("/admin/", "/admin/search?q=e", "/admin/search?q=no+such+thing")
    yield reverse("admin:onboarding_slot_week")
    yield reverse("admin:onboarding_slot_close", args=[Slot.objects.free().first().pk])
    for request in ProductionRequest.objects.select_related("app__team"):
        yield reverse("admin:onboarding_productionrequest_change", args=[request.pk])
        for step in steps.offered(request, user):
            yield reverse("admin:onboarding_step", args=[request.pk, step.verb])
    for sent in Announcement.objects.exclude(finished_at=None):
        yield f"{reverse('admin:notifications_announcement_add')}?corrects={sent.pk}"
    for app in App.objects.filter(mode=App.Mode.PUBLIC):
        yield reverse("admin:developer_apps_app_incident", args=[app.pk])


@pytest.mark.parametrize("listed", [pages_of_their_own, addresses])
def test_every_page_of_the_admin_is_good(demo, listed, superuser, new_page, base_url):
    page, inspected = new_page(), new_page(bypass_csp=True)  # axe adds styles of its own to what it reads
    # axe also fetches what stylesheets import, but from the address of the page.
    inspected.expected_errors.append("404 (Not Found)")
    for each in (page, inspected):
        sign_in(each, superuser, base_url)
    complaints = []
    for address in dict.fromkeys(listed(superuser)):
        assert page.goto(base_url + address).ok, address
        inspected.goto(base_url + address)
        for width in (NARROW, WIDE):
            inspected.set_viewport_size({"width": width, "height": 900})
            try:
                assert_good_page(inspected)
            except AssertionError as error:
                complaints.append(str(error))
    assert not complaints, "\n\n".join(complaints)


@pytest.mark.parametrize("theme", ["auto", "dark"])
def test_pages_of_the_admin_can_be_read_on_a_dark_ground(demo, theme, superuser, new_page, base_url):
    page = new_page(NARROW, bypass_csp=True, color_scheme="dark" if theme == "auto" else "light")
    page.expected_errors.append("404 (Not Found)")
    sign_in(page, superuser, base_url)
    page.goto(f"{base_url}/admin/")
    page.evaluate("theme => localStorage.setItem('theme', theme)", theme)
    for address in (
        [*pages_of_their_own(superuser)][:6]
        + [reverse(f"admin:{name}_changelist") for name in ("auditlog_logentry", "onboarding_productionrequest")]
        + [
            reverse(f"admin:{name}_change", args=[row.pk])
            for name, row in (("accounts_user", superuser), ("developer_apps_app", App.objects.first()))
        ]
    ):
        page.goto(base_url + address)
        assert_good_page(page)
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert background != "rgb(255, 255, 255)", address
