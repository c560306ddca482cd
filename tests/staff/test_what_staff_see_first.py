"""What staff see first: what a step judges, the columns and rows that matter, and one kind of input for times."""

import re

import pytest
from django.contrib import admin
from django.urls import reverse

from myusa.lib import history
from onboarding.models import ProductionRequest
from onboarding.states import State
from tests.onboarding.conftest import *  # noqa: F403 - a request of the team's app

pytestmark = pytest.mark.django_db


def text_of(response):
    assert response.status_code == 200
    return response.content.decode()


# By step: the state it is taken in, and what its page shows of what it judges.
JUDGED = {
    "send_affidavit": (State.REQUESTED, ["Evidence", "Visa Status API"]),
    "return_affidavit": (State.AFFIDAVIT_SIGNED, ["Signed affidavit", "/document.pdf", "Emails "]),
    "accept_affidavit": (State.AFFIDAVIT_SIGNED, ["Signed affidavit", "/document.pdf", "Emails "]),
    "grant": (State.DEMO_PASSED, ["Signed affidavit", "Last demo", "The form is easy", "Emails "]),
}


@pytest.mark.parametrize("verb", JUDGED)
def test_the_page_of_a_step_shows_what_it_judges_and_who_is_emailed(verb, reach, staff, sign_in):
    state, words = JUDGED[verb]
    request = reach(state)  # moves the clock, and sessions end
    page = text_of(sign_in(staff).get(reverse("admin:onboarding_step", args=[request.pk, verb])))
    assert [each for each in words if each not in page] == []


def test_production_access_is_suspended_from_the_page_of_the_app(reach, staff, sign_in):
    request, browser = reach(State.GRANTED), sign_in(staff)
    link = reverse("admin:onboarding_productionrequest_change", args=[request.pk])
    assert f'href="{link}"' in text_of(browser.get(f"/admin/developer_apps/app/{request.app_id}/change/"))
    assert reverse("admin:onboarding_step", args=[request.pk, "suspend"]) in text_of(browser.get(link))


# By list: its first columns.
COLUMNS = {
    "auditlog/logentry": ["timestamp", "verb", "subject_name"],
    "developer_apps/publicaccessrequest": ["app", "age", "claimed_by"],
    "onboarding/productionrequest": ["__str__", "state", "turn_of"],
    "notifications/delivery": ["number", "state", "reason", "created_at"],
    "accounts/accountrecovery": ["user", "kind", "state"],
}


@pytest.mark.parametrize("model", COLUMNS)
def test_lists_begin_with_the_columns_that_matter(model):
    admins = {of_model._meta.label_lower.replace(".", "/"): each for of_model, each in admin.site._registry.items()}
    assert list(admins[model].list_display)[: len(COLUMNS[model])] == COLUMNS[model]


def test_the_filters_of_a_list_are_folded_until_one_is_used(superuser, sign_in):
    history.record(superuser, "roles_changed")
    browser = sign_in(superuser)
    folded = re.compile(r'<details class="list-filters"( open)?>')
    assert folded.search(text_of(browser.get("/admin/auditlog/logentry/")))[1] is None
    assert folded.search(text_of(browser.get("/admin/auditlog/logentry/?subject=people")))[1]


def test_both_queues_show_what_waits_and_a_search_finds_the_rest(reach, staff, sign_in, make_app, developer, team):
    granted = reach(State.GRANTED)
    asked = make_app(developer, team=team, name="Settled").app.request_public_access(by=developer)
    asked.deny(by=staff, reason="No.")
    browser = sign_in(staff)
    for model, name, row in (
        ("onboarding/productionrequest", granted.app.name, granted),
        ("developer_apps/publicaccessrequest", "Settled", asked),
    ):
        link = f'href="/admin/{model}/{row.pk}/change/'
        assert link not in text_of(browser.get(f"/admin/{model}/"))
        assert link in text_of(browser.get(f"/admin/{model}/", {"q": name}))


def test_no_form_says_how_far_the_clock_of_the_server_is_ahead(superuser, sign_in, reach):
    """Django's own inputs for days and times do. `ONE_INPUT_FOR_DATE_AND_TIME` is the browser's."""
    reach(State.DEMO_PASSED)
    browser, wrong, tried = sign_in(superuser), [], 0
    for model in admin.site._registry:
        base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        newest = model._default_manager.order_by("-pk").first()
        pages = [reverse(f"{base}_add"), *([reverse(f"{base}_change", args=[newest.pk])] if newest else [])]
        for page in pages:
            response = browser.get(page)
            if response.status_code == 200:
                tried += 1
                wrong += [page] if "DateTimeShortcuts" in response.content.decode() else []
    assert wrong == []
    assert tried > 20
    assert ProductionRequest.objects.exists()
