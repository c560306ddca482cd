"""Admin lists and pages cost the same on large tables: no count goes beyond what is shown."""

import re

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from myusa.lib.database import counting
from tests import factories

pytestmark = pytest.mark.django_db


def test_no_list_counts_more_than_the_cap():
    for model_admin in admin.site._registry.values():
        assert model_admin.paginator is counting.CappedPaginator, model_admin
        assert not model_admin.show_full_result_count, model_admin


def test_a_list_says_more_than_the_cap_and_shows_its_pages(superuser, sign_in, monkeypatch):
    monkeypatch.setattr(counting, "MOST", 60)
    for _person in range(70):
        factories.make_user()
    staff = sign_in(superuser, second_factor=True)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = " ".join(staff.get("/admin/accounts/user/").content.decode().split())
    assert "Search or filter to see the others." in page
    assert "More than 60 " in page
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"] and User._meta.db_table in query["sql"]]
    assert counts
    assert all("LIMIT 61" in sql for sql in counts)


# No text, no year and no number of a database.
ODD = ("%00", "99999999999999999999", "abc")


def _filters(page, model_admin):
    """Return the parameters by which a list is filtered, as its own links name them."""
    days = {f"{model_admin.date_hierarchy}__year"} if model_admin.date_hierarchy else set()
    return set(re.findall(r"[?&;](\w+)=", page.content.decode())) | days | {"id__exact", "p", "o", "q"}


def test_odd_filter_in_an_address_shows_a_page(superuser, sign_in):
    """Every list and filter of the admin: a link may be old, cut or typed."""
    staff = sign_in(superuser, second_factor=True)
    staff.raise_request_exception = False
    failed = []
    for model, model_admin in admin.site._registry.items():
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        page = staff.get(address)
        if page.status_code == 403:  # a list that no one sees
            continue
        for parameter in _filters(page, model_admin):
            for value in ODD:
                response = staff.get(f"{address}?{parameter}={value}")
                if response.status_code >= 500:
                    failed.append((response.status_code, f"{address}?{parameter}={value}"))
    assert not failed


def test_a_short_list_says_how_many(superuser, sign_in):
    page = sign_in(superuser, second_factor=True).get("/admin/accounts/user/").content.decode()
    assert "More than" not in page


def test_deleting_an_app_says_how_many_people_are_connected_up_to_a_cap(developer, sign_in, monkeypatch):
    application = factories.make_app(developer)
    for _person in range(3):
        factories.make_token(application, factories.make_user())
    page = f"/developer/apps/{application.app.pk}/delete"
    assert "People connected to it: 3." in sign_in(developer).get(page).content.decode()
    monkeypatch.setattr(counting, "MOST", 2)
    assert "People connected to it: more than 2." in sign_in(developer).get(page).content.decode()
