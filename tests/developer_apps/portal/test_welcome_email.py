"""A person who registers the first app gets one email that leads to the first call."""

import re
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connections

from developer_apps.models import App, Secret
from developer_apps.portal import registration
from developer_apps.portal.deletion import delete
from myusa.outbox.models import OutgoingEmail
from tests.factories import make_user

pytestmark = pytest.mark.django_db
KIND = "developer_apps/welcome"


def register(user, name, key=None):
    return registration.register(
        user, details={"name": name}, scopes=["profile.email"], redirect_uris=[], form_key=key or uuid.uuid4()
    )


def welcomes():
    return OutgoingEmail.objects.filter(kind=KIND)


def test_the_email_leads_to_the_first_call_and_tells_no_secret(sign_in, outsider):
    form = {"name": "Permit Desk & Co", "redirect_uris": "https://permits.example.gov/cb", "scopes": ["profile.email"]}
    browser = sign_in(outsider)
    page = browser.post("/developer/apps/new", form).url
    email = welcomes().get()
    assert email.to == outsider.email
    content = email.content
    assert content["subject"] == "Permit Desk & Co is registered: make your first call"
    assert f"{settings.BASE_URL}{page}" in content["text"]
    assert f'href="{settings.BASE_URL}{page}"' in content["html"]
    shown = re.search(r'id="shown-secret">([^<]+)<', browser.get(page).content.decode())
    assert shown
    assert shown[1] not in str(content)
    assert Secret.objects.count() == 1
    guide = re.search(r"Getting started: (\S+)", content["text"])
    assert browser.get(guide[1].removeprefix(settings.BASE_URL)).status_code == 200


def test_only_the_first_app_is_welcomed_also_after_it_was_deleted(outsider):
    register(outsider, "First")
    register(outsider, "Second")
    assert welcomes().count() == 1
    for app in App.objects.all():
        delete(app, by=outsider)
    register(outsider, "Third")
    assert welcomes().count() == 1


def test_the_same_form_sent_twice_writes_one(outsider):
    key = uuid.uuid4()
    register(outsider, "First", key)
    with pytest.raises(registration.RegisteredAlreadyError):
        register(outsider, "First", key)
    assert welcomes().count() == 1


def test_an_invited_member_is_welcomed_with_their_own_first_app(outsider, developer):
    register(outsider, "First")
    register(developer, "Another")
    assert {each.to for each in welcomes()} == {outsider.email, developer.email}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_apps_registered_at_the_same_moment_write_one():
    user = make_user()

    def run(name):
        try:
            register(user, name)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, ["First", "Second"]))
    assert App.objects.count() == 2
    assert welcomes().count() == 1
