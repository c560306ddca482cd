"""A value that no key decrypts: its own field says so, the rest of the page works, and nothing overwrites it."""

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.utils import timezone
from prometheus_client import REGISTRY

from accounts import contributions
from accounts.contributions import AccountContribution, HomePanel
from accounts.models import Phone
from accounts.models.phones import number_digest
from myusa.lib.database.encryption import UnreadableValue, is_unreadable
from onboarding.models import ProductionRequest
from onboarding.steps.request import save_answers
from profiles.consent import ProfileValues
from profiles.fields import by_scope
from profiles.models import UNREADABLE, Profile
from tests.accounts.codes import add_second_factor, app_code, is_signed_in, sign_in_by_code
from tests.factories import Api, make_token, sign_in

pytestmark = pytest.mark.django_db
NUMBER = "+14155553455"


@pytest.fixture
def lost_key(settings):
    """Call it when the values are stored: the key that encrypted them is gone."""

    def lose():
        settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    return lose


@pytest.fixture
def profile(citizen, lost_key):
    profile = Profile.objects.of(citizen)
    profile.update_values({"first_name": "Joan"}, by=citizen)
    lost_key()
    return profile


def stored(table, column):
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{column}" FROM "{table}"')
        return cursor.fetchall()


def counted(column):
    return REGISTRY.get_sample_value("myusa_unreadable_values_total", {"column": column}) or 0


def test_saving_the_row_keeps_the_ciphertext(citizen, profile):
    before = stored("profiles_profile", "values")
    found = Profile.objects.get(user=citizen)
    assert is_unreadable(found.values)
    found.save()
    assert stored("profiles_profile", "values") == before


def test_each_read_is_counted(citizen, profile):
    before = counted("profiles.Profile.values")
    Profile.objects.get(user=citizen)
    assert counted("profiles.Profile.values") == before + 1


def test_home_says_it_and_shows_the_rest(client, citizen, profile):
    page = sign_in(client, citizen).get("/")
    assert page.status_code == 200
    assert str(UNREADABLE) in page.content.decode()
    assert "Connected apps" in page.content.decode()


def test_profile_page_says_it_and_saves_nothing(client, citizen, profile):
    browser = sign_in(client, citizen)
    page = browser.get("/profile")
    assert page.status_code == 200
    assert "can’t be shown" in page.content.decode()
    before = stored("profiles_profile", "values")
    answer = browser.post("/profile", {"first_name": "Other"})
    assert "Your changes weren’t saved." in answer.content.decode()
    assert 'value="Other"' in answer.content.decode()
    assert stored("profiles_profile", "values") == before


def test_no_verb_merges_into_what_cannot_be_read(citizen, profile):
    with pytest.raises(UnreadableValue):
        profile.update_values({"last_name": "Citizen"}, by=citizen)


def test_api_answers_a_documented_error(public_application, citizen, profile):
    answer = Api(make_token(public_application, citizen, list(by_scope()))).get("/api/v1/profile")
    assert (answer.status_code, answer["Retry-After"]) == (503, "300")
    assert answer.json()["errors"][0]["code"] == "VALUE_UNREADABLE"


def test_consent_shows_no_empty_fields_for_it(citizen, profile):
    scopes = list(by_scope())
    shown = ProfileValues().values(citizen, scopes)
    assert shown["profile.first_name"] == str(UNREADABLE)
    assert ProfileValues().fields(citizen, scopes, scopes) == {}


def test_copy_of_data_says_it(citizen, profile):
    assert contributions.export(citizen)["profile"]["problem"] == str(UNREADABLE)


def test_number_that_cannot_be_read_is_not_shown_and_can_be_removed(client, citizen, lost_key):
    Phone.objects.create(user=citizen, number=NUMBER, number_digest=number_digest(NUMBER), verified_at=timezone.now())
    lost_key()
    browser = sign_in(client, citizen)
    assert "We can’t read your number" in browser.get("/settings/notifications").content.decode()
    assert browser.get("/settings/notifications/mobile").status_code == 200
    browser.post("/settings/notifications/mobile/remove")
    assert not Phone.objects.filter(user=citizen).exists()


def test_second_factor_that_cannot_be_read_lets_no_one_in(client, anonymous, citizen, lost_key):
    add_second_factor(citizen)
    lost_key()
    asked = sign_in_by_code(anonymous, citizen.email)
    answer = anonymous.post(asked["Location"], {"code": app_code()})
    assert "We can’t check codes from your authenticator app right now" in answer.content.decode()
    assert not is_signed_in(anonymous)
    assert sign_in(client, citizen).get("/settings/security").status_code == 200


def test_answers_of_a_request_stay_and_nothing_is_saved_over_them(application, developer, lost_key):
    found = ProductionRequest.objects.create(app=application.app, created_by=developer, answers={"company_name": "X"})
    lost_key()
    before = stored("onboarding_productionrequest", "answers")
    with pytest.raises(UnreadableValue):
        save_answers(found, {"company_name": "Y"}, by=developer)
    assert stored("onboarding_productionrequest", "answers") == before


def test_pages_of_a_request_say_it(client, application, developer, lost_key):
    found = ProductionRequest.objects.create(app=application.app, created_by=developer, answers={"company_name": "X"})
    lost_key()
    browser = sign_in(client, developer)
    for path in (f"/developer/requests/{found.pk}", f"/developer/apps/{application.app.pk}"):
        assert browser.get(path, follow=True).status_code == 200, path
    page = browser.get(f"/developer/requests/{found.pk}/questions/company", follow=True)
    assert "We can’t read these answers right now" in page.content.decode()


def test_panel_that_raises_is_left_out_and_counted(client, citizen):
    def broken(request):
        raise RuntimeError("broken panel")

    def whole(request):
        return HomePanel("A whole panel", "", "/", "Open")

    entry = AccountContribution("test", home_panels=[broken, whole])
    with contributions.registered.replaced(entry):
        page = sign_in(client, citizen).get("/")
    assert page.status_code == 200
    assert "A whole panel" in page.content.decode()
    part = f"{broken.__module__}.{broken.__qualname__}"
    assert REGISTRY.get_sample_value("myusa_panels_left_out_total", {"part": part}) == 1
