"""The history in the admin: what happened in words first, ten groups of subjects, links to what it is about."""

import pytest
from auditlog.models import LogEntry

from accounts.admin.history import SUBJECTS
from myusa.lib import history

pytestmark = pytest.mark.django_db


def test_the_list_says_what_happened_and_filters_by_subject(sign_in, superuser, staff, application, citizen):
    history.record(application.app, "blocked", by=staff, note="Its keys were published.")
    history.record(citizen, "roles_changed", by=superuser)
    browser = sign_in(superuser)
    page = browser.get("/admin/auditlog/logentry/").content.decode()
    assert "Blocked" in page
    assert "Its keys were published." in page
    people = browser.get("/admin/auditlog/logentry/?subject=people").content.decode().split('id="result_list"')[-1]
    assert "Roles changed" in people
    assert "Blocked" not in people
    for slug in SUBJECTS:
        assert browser.get(f"/admin/auditlog/logentry/?subject={slug}").status_code == 200
    assert len(SUBJECTS) == 12


def test_an_entry_links_to_what_it_is_about(sign_in, superuser, application):
    entry = history.record(application.app, "blocked", by=superuser)
    page = sign_in(superuser).get(f"/admin/auditlog/logentry/{entry.pk}/change/").content.decode()
    assert f'href="/admin/developer_apps/app/{application.app.pk}/change/"' in page


def test_no_entry_names_a_person_by_email_address(citizen, superuser, public_application, make_token):
    make_token(public_application, citizen)
    history.record(citizen, "roles_changed", by=superuser)
    citizen.authorizations.get().disconnect(by=citizen)

    entries = LogEntry.objects.all()

    assert {entry.object_repr for entry in entries} >= {str(citizen.uid), f"Open Finder — {citizen.uid}"}
    stored = repr(list(entries.values()))
    assert not any(user.email in stored for user in (citizen, superuser))


def test_the_history_of_a_person_is_found_by_email_address_and_public_id(sign_in, superuser, citizen, outsider):
    for user in (citizen, outsider):
        history.record(user, "roles_changed")
    browser = sign_in(superuser)
    for words in ("citizen@", citizen.uid):
        found = browser.get("/admin/auditlog/logentry/", {"q": words}).content.decode().split('id="result_list"')[-1]
        assert citizen.email in found
        assert outsider.email not in found
