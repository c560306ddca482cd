"""Keys are rotated while the site runs, and nothing is left under the old one."""

import io
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Phone
from accounts.models.phones import number_digest
from developer_apps.models import Invitation
from myusa.lib import history
from myusa.lib.history import lines
from myusa.lib.security import known_keys
from myusa.lib.security.known_keys import fingerprint
from myusa.operations import key_rotation
from notifications.models import RefusedAddress

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def other_processes(request, monkeypatch):
    """No process but this one, whose threads have connections that keep the mark of the keys of an earlier test."""
    if "postgres" not in request.keywords:
        monkeypatch.setattr(key_rotation, "connected", set)


def ciphertexts(model, field):
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT "{field.column}" FROM "{model._meta.db_table}"')
        return [value for (value,) in cursor.fetchall() if value]


@pytest.fixture
def column(citizen):
    """An encrypted column of the profile with a value in it."""
    for model, field in key_rotation.encrypted_fields():
        if model._meta.label_lower == "profiles.profile":
            row, _ = model.objects.get_or_create(user=citizen)
            is_text = type(field).__name__ == "EncryptedTextField"
            setattr(row, field.name, "Alice" if is_text else {"first_name": "Alice"})
            row.save()
            return model, field, row
    pytest.fail("the profile has no encrypted column")


def test_rotation_encrypts_with_the_new_key_and_keeps_the_value(column, settings):
    model, field, row = column
    value = getattr(row, field.name)
    new = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]
    printed = io.StringIO()

    call_command("rotate_keys", stdout=printed)

    assert f"{model._meta.label}.{field.name}: 1 encrypted again" in printed.getvalue()
    settings.ENCRYPTION_KEYS = [new]
    assert getattr(model.objects.get(pk=row.pk), field.name) == value
    assert all(key_rotation.is_newest(text) for text in ciphertexts(model, field))


def test_second_rotation_changes_nothing(column, settings):
    model, field, _ = column
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    call_command("rotate_keys", stdout=io.StringIO())
    before = ciphertexts(model, field)

    call_command("rotate_keys", stdout=io.StringIO())

    assert ciphertexts(model, field) == before


def test_missing_key_is_named_and_leaves_the_values(column, settings):
    model, field, _ = column
    before = ciphertexts(model, field)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]

    with pytest.raises(CommandError, match="Put the missing key back"):
        call_command("rotate_keys", stdout=io.StringIO())

    assert ciphertexts(model, field) == before


def test_second_factors_are_rotated(staff, settings):
    TOTP.activate(staff, generate_totp_secret())
    before = Authenticator.objects.get(user=staff).data["secret"]
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]

    call_command("rotate_keys", stdout=io.StringIO())

    after = Authenticator.objects.get(user=staff).data["secret"]
    assert after != before
    assert key_rotation.is_newest(after)


def test_every_encrypted_column_is_found():
    labels = {model._meta.label_lower for model, _ in key_rotation.encrypted_fields()}
    assert "profiles.profile" in labels


def test_what_the_history_says_about_people_is_rotated(citizen, settings):
    entry = history.record(citizen, "email_changed", after={"email": "new@example.gov", "other": "plain"})
    before = entry.changes
    assert before["other"] == [None, "plain"]
    new = Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, *settings.ENCRYPTION_KEYS]
    assert key_rotation.values_by_key()[1] > 0
    printed = io.StringIO()
    call_command("rotate_keys", stdout=printed)
    assert "auditlog.LogEntry.changes: 1 encrypted again" in printed.getvalue()
    settings.ENCRYPTION_KEYS = [new]
    (line,) = lines.of(citizen)
    assert line.changes == [lines.Change("email", "", "new@example.gov"), lines.Change("other", "", "plain")]
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    (line,) = lines.of(citizen)
    assert line.changes[0].after == "unreadable"


def test_invited_addresses_are_found_by_a_former_secret_key_and_after_rotation_without_it(
    team, developer, citizen, sign_in, settings
):
    secret = settings.SECRET_KEY
    team.invite(citizen.email, "member", by=developer)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [secret]
    assert Invitation.objects.to(citizen.email.upper()).exists()
    call_command("rotate_keys", stdout=io.StringIO())
    settings.SECRET_KEY_FALLBACKS = []
    assert "You are invited to a team" in sign_in(citizen).get("/developer/").content.decode()


def test_number_is_found_by_a_former_secret_key_and_after_rotation_without_it(citizen, settings):
    number, secret = "+14155553455", settings.SECRET_KEY
    Phone.objects.create(user=citizen, number=number, number_digest=number_digest(number), verified_at=timezone.now())
    settings.SECRET_KEY = "another" * 10
    assert Phone.objects.opt_out(number) == 0

    settings.SECRET_KEY_FALLBACKS = [secret]
    assert Phone.objects.opt_out(number) == 1
    printed = io.StringIO()
    call_command("rotate_keys", stdout=printed)

    assert "accounts.Phone.number_digest: 1 recomputed" in printed.getvalue()
    settings.SECRET_KEY_FALLBACKS = []
    assert Phone.objects.opt_in(number) == 1


def checked():
    printed = io.StringIO()
    call_command("rotate_keys", check=True, stdout=printed)
    return printed.getvalue()


def test_check_tells_each_phase(column, settings):
    (old,), new = settings.ENCRYPTION_KEYS, Fernet.generate_key().decode()
    total = sum(key_rotation.values_by_key().values())
    assert "No change is under way" in checked()

    settings.ENCRYPTION_KEYS = [old, new]
    assert f"1. key {fingerprint(old)} writes and reads, protects {total} values" in checked()
    assert f"2. key {fingerprint(new)} reads, protects 0 values" in checked()
    assert "If the last key is the new one, put it first." in checked()

    settings.ENCRYPTION_KEYS = [new, old]
    assert f"2. key {fingerprint(old)} reads, protects {total} values" in checked()
    assert "Next: manage.py rotate_keys." in checked()

    call_command("rotate_keys", stdout=io.StringIO())
    assert f"2. key {fingerprint(old)} reads, protects 0 values" in checked()
    settings.ENCRYPTION_KEYS = [new]
    assert "No change is under way" in checked()


def test_check_warns_before_a_key_is_lost(column, settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    assert "values fit none of these keys. Put the missing key back." in checked()
    assert "Safe to go on: no" in checked()


def test_a_process_without_the_first_key_stops_the_rotation(column, settings, monkeypatch):
    other = known_keys.own()
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    monkeypatch.setattr(key_rotation, "connected", lambda: {other})
    with pytest.raises(CommandError, match="does not know the first key"):
        call_command("rotate_keys", stdout=io.StringIO())
    assert "Safe to go on: no" in checked()


@pytest.mark.postgres
def test_connections_tell_which_keys_their_process_knows(settings):
    assert known_keys.own() in key_rotation.connected()


def test_marks_fit_in_the_name_of_a_connection(settings):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode() for _ in range(2)]
    settings.SECRET_KEY_FALLBACKS = ["x" * 60]
    name = known_keys.mark("a long name of an application")
    assert len(name) <= 63
    assert known_keys.of_names([name, "psql"]) == {known_keys.own()}


def test_refused_address_is_found_by_a_former_secret_key_and_after_rotation_without_it(citizen, settings):
    secret = settings.SECRET_KEY
    for days in (2, 0):
        with time_machine.travel(timezone.now() - timedelta(days=days), tick=False):
            RefusedAddress.objects.note(citizen.pk, citizen.email, "550 no such user")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 10, [secret]
    assert RefusedAddress.objects.of(citizen)
    RefusedAddress.objects.note(citizen.pk, citizen.email, "550 no such user")
    assert RefusedAddress.objects.count() == 1
    call_command("rotate_keys", stdout=io.StringIO())
    settings.SECRET_KEY_FALLBACKS = []
    assert RefusedAddress.objects.of(citizen)
