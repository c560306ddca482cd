"""Consent shows the values that would be shared and asks for the missing ones."""

from accounts.models import User
from developer_apps.oauth import consent_values
from developer_apps.sandbox import personas
from developer_apps.scopes import built_in
from profiles.fields import by_scope, stored
from profiles.models import Profile
from tests.factories import make_test_user


def test_values_are_in_words(citizen):
    Profile.objects.of(citizen).update_values(
        {"gender": "female", "is_parent": True, "is_retired": False, "state": "DC", "mobile_number": "4155553455"},
        by=citizen,
    )
    values = consent_values.values(citizen, list(built_in()))
    assert set(values) == set(by_scope())
    assert {scope: value for scope, value in values.items() if value} == {
        "profile.email": citizen.email,
        "profile.gender": "Female",
        "profile.is_parent": "Yes",
        "profile.is_retired": "No",
        "profile.state": "District of Columbia",
        "profile.mobile_number": "415-555-3455",
    }


def test_form_asks_for_missing_values_of_the_scopes_alone(citizen):
    Profile.objects.of(citizen).update_values({"first_name": "Joan", "is_parent": False}, by=citizen)
    scopes = ["profile.email", "profile.first_name", "profile.last_name", "profile.is_parent", "tasks", "unknown"]
    form = consent_values.MissingValuesForm(citizen, scopes)
    assert [field.html_name for field in form] == ["profile-last_name"]
    assert not form["profile-last_name"].field.required


def test_values_filled_in_at_consent_are_kept(citizen):
    scopes = ["profile.last_name", "profile.zip", "profile.city"]
    data = {"profile-last_name": "Citizen", "profile-zip": "", "profile-first_name": "Smuggled"}
    form = consent_values.MissingValuesForm(citizen, scopes, data)
    assert form.is_valid()
    form.save(by=citizen)
    assert Profile.objects.get(user=citizen).values == {"last_name": "Citizen"}


def test_wrong_value_at_consent_gets_an_error(citizen):
    form = consent_values.MissingValuesForm(citizen, ["profile.zip"], {"profile-zip": "1"})
    assert not form.is_valid()
    assert list(form.errors) == ["profile-zip"]


def test_empty_fields_at_consent_create_no_profile(citizen):
    form = consent_values.MissingValuesForm(citizen, list(by_scope()), {})
    assert form.is_valid()
    form.save(by=citizen)
    assert not Profile.objects.exists()


def test_each_persona_fills_a_profile_that_pages_would_take(team, developer):
    offered = personas.all_personas()
    assert len(offered) >= 5
    for persona in offered:
        user: User = make_test_user(team, name=persona.name, by=developer).user
        personas.fill(user, persona.slug)
        profile = Profile.objects.get(user=user)
        for field in stored():
            assert field.clean(profile.value(field.name)) == profile.value(field.name)


def test_persona_replaces_what_was_there(citizen):
    Profile.objects.of(citizen).update_values({"city": "X", "first_name": "Y"}, by=citizen)
    personas.fill(citizen, "sparse")
    assert Profile.objects.get(user=citizen).values == {"first_name": "Sam"}


def test_unknown_persona_changes_nothing(citizen):
    personas.fill(citizen, "nobody")
    assert personas.get("nobody") is None
    assert not Profile.objects.exists()
