"""Secrets are made, rotated and revoked by admins with a fresh sign-in, and shown once."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from developer_apps.models import Secret
from myusa.lib.security.digests import digest


def address(application, action):
    return f"/developer/apps/{application.app.pk}/keys/sandbox/secrets/{action}"


def shown_in(answer):
    match = re.search(r'id="shown-secret">([^<]+)<', answer.content.decode())
    return match and match[1]


@pytest.mark.parametrize(("hours", "left"), [("0", None), ("24", timedelta(hours=24)), ("168", timedelta(days=7))])
def test_rotation_shows_a_new_secret_and_expires_the_old_after_the_overlap(
    sign_in, developer, application, hours, left
):
    old = application.client.secrets.get()
    answer = sign_in(developer).post(address(application, "rotate"), {"hours": hours}, follow=True)
    new = Secret.objects.get(digest=digest(shown_in(answer)))
    old.refresh_from_db()
    assert (new.created_by, new.expires_at) == (developer, None)
    if left is None:
        assert old.revoked_at is not None
    else:
        assert abs(old.expires_at - timezone.now() - left) < timedelta(minutes=1)


def test_rotation_takes_only_the_offered_overlaps(sign_in, developer, application):
    for hours in ("", "-5", "8760", "x"):
        assert sign_in(developer).post(address(application, "rotate"), {"hours": hours}).status_code == 400
    assert application.client.secrets.live().count() == 1


def test_a_second_secret_works_next_to_the_first(sign_in, developer, application):
    answer = sign_in(developer).post(address(application, "new"), {"days": "30"}, follow=True)
    secret = Secret.objects.get(digest=digest(shown_in(answer)))
    assert abs(secret.expires_at - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    assert application.client.secrets.live().count() == 2


def test_a_sixth_live_secret_is_refused(sign_in, developer, application):
    browser = sign_in(developer)
    for _ in range(4):
        browser.post(address(application, "new"), {"days": ""})
    answer = browser.post(address(application, "new"), {"days": ""}, follow=True)
    assert "five live secrets" in answer.content.decode()
    assert application.client.secrets.live().count() == 5


def test_an_expired_secret_is_neither_shown_nor_counted(sign_in, developer, application):
    browser = sign_in(developer)
    for _ in range(4):
        browser.post(address(application, "new"), {"days": ""})
    first = application.client.secrets.last()
    Secret.objects.filter(pk=first.pk).update(expires_at=timezone.now() - timedelta(seconds=1), last_four="gone")
    answer = browser.post(address(application, "new"), {"days": ""}, follow=True)
    assert shown_in(answer)
    assert "…gone</code>" not in answer.content.decode()


def test_a_revoked_secret_is_refused_at_once(sign_in, developer, application):
    secret = application.client.secrets.get()
    browser = sign_in(developer)
    page = browser.get(address(application, f"{secret.pk}/revoke")).content.decode()
    assert "last live secret" in page
    assert Secret.objects.live().filter(pk=secret.pk).exists(), "looking revokes nothing"
    browser.post(address(application, f"{secret.pk}/revoke"))
    assert not Secret.objects.live().filter(pk=secret.pk).exists()
    assert browser.post(address(application, f"{secret.pk}/revoke")).status_code == 404


def test_a_secret_of_another_app_cannot_be_revoked_through_ones_own(sign_in, developer, rival, application, make_app):
    theirs = make_app(rival).client.secrets.get()
    assert sign_in(developer).post(address(application, f"{theirs.pk}/revoke")).status_code == 404
    assert Secret.objects.live().filter(pk=theirs.pk).exists()


@pytest.mark.parametrize("action", ["new", "rotate"])
def test_secrets_need_a_fresh_sign_in(sign_in, developer, application, action):
    browser = sign_in(developer, age=3600)
    answer = browser.post(address(application, action), {"hours": "0", "days": ""})
    assert answer.url.startswith("/users/confirm")
    assert application.client.secrets.count() == 1


def test_a_public_client_gets_no_secret(sign_in, developer, team, make_app):
    application = make_app(developer, team=team, client_type="public")
    answer = sign_in(developer).post(address(application, "new"), {"days": ""}, follow=True)
    assert "has no secrets" in answer.content.decode()
    assert not Secret.objects.exists()


def test_no_page_shows_a_secret_of_before(sign_in, developer, application):
    browser = sign_in(developer)
    for path in ("", "history", "edit"):
        assert (
            application.client_secret
            not in browser.get(f"/developer/apps/{application.app.pk}/{path}").content.decode()
        )


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize("hours", [0, 24, 168])
def test_no_secret_ends_earlier_than_the_rotation_page_says(sign_in, developer, application, count, hours):
    Secret.objects.all().delete()
    for _ in range(count):
        application.client.add_secret(by=developer)
    before = timezone.now()
    page = sign_in(developer).get(address(application, "rotate")).content.decode()
    answer = sign_in(developer).post(address(application, "rotate"), {"hours": str(hours)}, follow=True)
    old = Secret.objects.order_by("pk")[:count]
    if hours and count == 5:
        assert "revoke one first" in page
        assert "five live secrets" in answer.content.decode()
        assert all(secret.expires_at is None and secret.revoked_at is None for secret in old)
        return
    assert shown_in(answer)
    assert application.client.secrets.live().count() == (1 if hours == 0 else count + 1)
    for secret in old:
        end = secret.expires_at if hours else secret.revoked_at
        assert end >= before + timedelta(hours=hours)
