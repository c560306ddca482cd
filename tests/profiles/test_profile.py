"""What a profile stores, in which form, and what its history shows."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from accounts import contributions
from developer_apps import scopes
from myusa.lib import history
from profiles.fields import FIELDS, by_name, by_scope
from profiles.models import Profile
from tests.factories import make_user


def test_fields_are_the_scopes(db):
    assert len(FIELDS) == 19
    assert set(by_scope()) == {scope for scope in scopes.built_in() if scope.startswith("profile.")}


def test_no_value_is_readable_in_the_database(citizen):
    Profile.objects.of(citizen).update_values({"first_name": "Rumpelstiltskin", "zip": "98765"}, by=citizen)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM profiles_profile")
        stored = str(cursor.fetchall())
        cursor.execute("SELECT * FROM auditlog_logentry")
        logged = str(cursor.fetchall())
    for value in ("Rumpelstiltskin", "98765"):
        assert value not in stored
        assert value not in logged


def test_history_names_the_fields_that_changed(citizen):
    profile = Profile.objects.of(citizen)
    profile.update_values({"first_name": "Joan", "zip": "12345"}, by=citizen)
    profile.update_values({"first_name": "Joan", "zip": ""}, by=citizen)
    newest, oldest = history.of(profile)
    assert oldest.changes == {"fields": [None, "first_name, zip"]}
    assert newest.changes == {"fields": [None, "zip"]}
    assert newest.actor == citizen
    assert citizen.email not in newest.object_repr


def test_change_that_changes_nothing_leaves_no_history(citizen):
    profile = Profile.objects.of(citizen)
    assert profile.update_values({"first_name": "Joan"}, by=citizen) == ["first_name"]
    assert profile.update_values({"first_name": " Joan "}, by=citizen) == []
    assert history.of(profile).count() == 1


def test_change_leaves_other_fields_alone_also_on_a_stale_profile(citizen):
    stale, fresh = Profile.objects.of(citizen), Profile.objects.of(citizen)
    fresh.update_values({"first_name": "Joan"}, by=citizen)
    stale.update_values({"last_name": "Citizen"}, by=citizen)
    assert stale.values == Profile.objects.get(user=citizen).values == {"first_name": "Joan", "last_name": "Citizen"}


@pytest.mark.django_db(transaction=True)
def test_two_simultaneous_changes_lose_nothing():
    user = make_user()
    Profile.objects.of(user).update_values({"city": "X"}, by=user)
    names = ["first_name", "last_name", "middle_name", "address"]
    barrier = threading.Barrier(len(names))

    def change(name):
        try:
            barrier.wait()
            Profile.objects.of(user).update_values({name: name}, by=user)
        finally:
            connection.close()

    threads = [threading.Thread(target=change, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Profile.objects.get(user=user).values == {"city": "X", **{name: name for name in names}}


def test_wrong_values_are_named_by_field_and_change_nothing(citizen):
    with pytest.raises(ValidationError) as refused:
        Profile.objects.of(citizen).update_values({"city": "X", "zip": "1", "state": "ZZ"}, by=citizen)
    assert set(refused.value.message_dict) == {"zip", "state"}
    assert not Profile.objects.exists()


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("phone_number", "415.555.3455", "+14155553455"),
        ("phone_number", "1 (415) 555 3455", "+14155553455"),
        ("phone_number", "+1 787 555 0143", "+17875550143"),
        ("is_parent", True, True),
        ("is_parent", False, False),
        ("is_parent", "true", True),
        ("is_parent", None, None),
        ("gender", "", None),
        ("first_name", None, None),
        ("first_name", "  ", None),
    ],
)
def test_values_are_kept_in_one_form(name, typed, kept):
    assert by_name()[name].clean(typed) == kept
    assert by_name()[name].clean(kept) == kept


def test_copy_of_ones_data_has_every_field(citizen):
    Profile.objects.of(citizen).update_values({"is_veteran": False, "phone_number": "415-555-3455"}, by=citizen)
    copy = contributions.export(citizen)["profile"]
    assert set(copy) == {field.name for field in FIELDS}
    assert (copy["is_veteran"], copy["phone_number"], copy["city"]) == (False, "415-555-3455", None)


def test_profile_goes_with_its_person(citizen):
    Profile.objects.of(citizen).update_values({"city": "X"}, by=citizen)
    contributions.erase(citizen)
    citizen.delete()
    assert not Profile.objects.exists()
