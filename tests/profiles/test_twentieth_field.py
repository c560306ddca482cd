"""A field that is added to the list of fields appears everywhere without another edit."""

import importlib

import pytest

from accounts import contributions as to_accounts
from developer_apps import contributions as to_portal
from developer_apps import scopes
from profiles import fields, registrations
from tests.developer_apps.flows import authorize_url
from tests.factories import make_app, make_token

LANGUAGE = fields.Field(
    "language",
    "about",
    "Which language do you prefer?",
    shared_label="Preferred language",
    developer_label="The language the person prefers",
    example="Tagalog",
)


@pytest.fixture
def language():
    """Profiles with one more field, as after a restart."""
    fields.FIELDS.append(LANGUAGE)
    with to_portal.registered.replaced(*to_portal.registered), to_accounts.registered.replaced(*to_accounts.registered):
        importlib.reload(registrations)
        yield
    fields.FIELDS.remove(LANGUAGE)


@pytest.mark.usefixtures("language", "db")
def test_it_is_among_the_scopes():
    about = next(group for group in scopes.grouped() if group.slug == "about")
    assert "profile.language" in [scope.name for scope in about.scopes]


@pytest.mark.usefixtures("language")
def test_consent_asks_for_it_and_keeps_what_is_entered(sign_in, developer, citizen, api):
    application = make_app(developer, scopes=["profile.language"], public=True)
    browser = sign_in(citizen)
    url = authorize_url(application, scope="profile.language")
    assert "Preferred language" in browser.get(url).content.decode()
    entered = {"action": "allow", "scopes": ["profile.language"], "profile-language": "Tagalog"}
    assert browser.post(url, entered).status_code == 302
    token = make_token(application, citizen, ["profile.language"])
    assert api(token).get("/api/v1/profile").json()["language"] == "Tagalog"


@pytest.mark.usefixtures("language", "db")
def test_documentation_explains_it(anonymous):
    page = anonymous.get("/developer/docs/profile").content.decode()
    assert "<code>language</code>" in page
    assert "The language the person prefers" in page
    assert "Tagalog" in page
    assert "The language the person prefers" in anonymous.get("/developer/docs/scopes").content.decode()


@pytest.mark.usefixtures("language")
def test_person_edits_it_and_takes_it_along(sign_in, citizen):
    browser = sign_in(citizen)
    assert "Which language do you prefer?" in browser.get("/profile/additional").content.decode()
    assert to_accounts.export(citizen)["profile"]["language"] is None
