"""A number and its noun agree, also when the number is one."""

import re

import pytest
from django.utils import timezone

from developer_apps.models import Product
from tests.developer_apps.elsewhere import make_product, record, subscribe

# A 1 by itself, directly before a plural.
MISMATCH = re.compile(
    r"(?<![\d.,:/-])1 (?:calls|errors|people|days|apps|members|products|scopes|requests|minutes|hours)\b"
)


def words_of(response):
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


PAGES = ["/developer/apps/{app}/", "/developer/apps/{app}/analytics/", "/developer/", "/developer/teams/{team}/"]


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_one_call_of_one_person_is_counted_in_the_singular(application, citizen, developer, sign_in, page):
    product = make_product("letters")
    subscribe(application.app, product)
    record(application.app, product, at=timezone.now(), status=404, user_id=citizen.pk, latency_us=10_000)
    words = words_of(sign_in(developer).get(page.format(app=application.app.pk, team=application.app.team_id)))
    assert not MISMATCH.search(words), words
    if "{app}" in page:
        assert re.search(r"\b1 call\b", words)
        assert re.search(r"\b1 error\b", words)


@pytest.mark.django_db
def test_a_quota_of_one_call_is_in_the_singular(anonymous):
    names = ("sandbox_calls_per_second", "production_calls_per_second", "min_calls", "min_consecutive_days")
    Product.objects.filter(slug="case-status").update(**dict.fromkeys(names, 1))
    words = words_of(anonymous.get("/developer/products/case-status/"))
    assert "1 call per second" in words
    assert not MISMATCH.search(words)
