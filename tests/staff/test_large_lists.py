"""Admin lists and pages cost the same on large tables: no count goes beyond what is shown."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext

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
