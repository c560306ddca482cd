"""Secrets are made, rotated and revoked by admins with a fresh sign-in, and shown once."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from developer_apps.models import Secret
from developer_apps.models.clients import MAX_LIVE_SECRETS
from myusa.lib.security.digests import digest
from myusa.lib.steps import InvalidTransition
from tests.factories import make_app


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
    assert "5 active secrets" in answer.content.decode()
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
    assert "last active secret" in page
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
    assert "can’t have secrets" in answer.content.decode()
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
        assert "5 active secrets" in answer.content.decode()
        assert all(secret.expires_at is None and secret.revoked_at is None for secret in old)
        return
    assert shown_in(answer)
    assert application.client.secrets.live().count() == (1 if hours == 0 else count + 1)
    for secret in old:
        end = secret.expires_at if hours else secret.revoked_at
        assert end >= before + timedelta(hours=hours)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from([None, 1, 30])),
        st.tuples(st.just("rotate"), st.sampled_from([0, 24, 168])),
        st.tuples(st.just("revoke"), st.integers(0, 4)),
        st.tuples(st.just("wait"), st.integers(1, 200)),
    ),
    max_size=12,
)


@pytest.mark.django_db
@given(steps)
@settings(max_examples=60)
def test_no_secret_ends_earlier_than_its_page_said_whatever_came_before(steps):
    """`promised` holds for each secret the end that the pages of the steps so far named; None is no end."""
    application, promised = make_app(), {}
    client, by = application.client, application.app.created_by
    promised[client.secrets.get().pk] = None
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for name, value in steps:
            now, known = timezone.now(), set(promised)
            live = [pk for pk, end in promised.items() if end is None or end > now]
            if name == "wait":
                clock.shift(timedelta(hours=value))
            elif name == "revoke":
                if live:
                    chosen = live[value % len(live)]
                    Secret.objects.get(pk=chosen).revoke(by=by)
                    promised[chosen] = now
            elif name == "add":
                end = value and now + timedelta(days=value)
                if len(live) == MAX_LIVE_SECRETS:
                    with pytest.raises(InvalidTransition):
                        client.add_secret(by=by, expires_at=end)
                else:
                    promised[client.add_secret(by=by, expires_at=end)[0].pk] = end
            elif value and len(live) == MAX_LIVE_SECRETS:
                with pytest.raises(InvalidTransition):
                    client.rotate_secret(by=by, overlap=timedelta(hours=value))
            else:
                client.rotate_secret(by=by, overlap=timedelta(hours=value))
                ends = now + timedelta(hours=value)
                promised |= {pk: min(promised[pk] or ends, ends) for pk in live}
                promised[client.secrets.exclude(pk__in=known).get().pk] = None
            now = timezone.now()
            expected = {pk for pk, end in promised.items() if end is None or end > now}
            assert set(client.secrets.live().values_list("pk", flat=True)) == expected
            assert len(expected) <= MAX_LIVE_SECRETS
