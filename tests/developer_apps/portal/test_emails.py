"""Each step of an app's life is emailed in plain words, with the next step and who to ask."""

import re

import pytest
from django.core import mail

from developer_apps.models import App
from developer_apps.scopes import register_scopes

REASON = "The policy <b>link</b> is dead & gone."


@pytest.fixture
def steps(developer, teammate, superuser, application, team):
    """What happens, by the name of the email it sends."""
    app = application.app

    def ask():
        return app.request_public_access(by=developer, note="Ready & <i>tested</i>.")

    def publish():
        ask().approve(by=superuser)

    def ask_people_for_more():
        register_scopes(app, ["profile.email"], by=developer)
        publish()
        register_scopes(app, ["profile.email", "tasks"], by=developer)

    return {
        "public_access_requested": ask,
        "public_access_approved": publish,
        "scopes_added": ask_people_for_more,
        "public_access_denied": lambda: ask().deny(by=superuser, reason=REASON),
        "made_private": lambda: (publish(), App.objects.get(pk=app.pk).make_private(by=superuser, reason=REASON)),
        "blocked": lambda: app.block(by=superuser, reason=REASON),
        "unblocked": lambda: (app.block(by=superuser, reason="x"), app.unblock(by=superuser, reason=REASON)),
        "invited": lambda: team.invite("newcomer@example.gov", "member", by=developer),
    }


WITH_REASON = {"public_access_denied", "made_private", "blocked", "unblocked"}
NAMES = [
    "public_access_requested",
    "public_access_approved",
    "scopes_added",
    "public_access_denied",
    "made_private",
    "blocked",
    "unblocked",
    "invited",
]


@pytest.mark.parametrize("name", NAMES)
def test_the_email_says_what_happened_and_what_to_do(
    steps, name, settings, developer, application, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        steps[name]()
    message = mail.outbox[-1]
    expected = {
        "public_access_requested": settings.SUPPORT_EMAIL,
        "scopes_added": settings.SUPPORT_EMAIL,
        "invited": "newcomer@example.gov",
    }
    assert message.to == [expected.get(name, developer.email)]
    html = message.alternatives[0].content
    assert "\n" not in message.subject
    assert ("Benefits Team" if name == "invited" else "Benefit Finder") in message.subject
    link = re.search(r"http://testserver/\S+", message.body)[0]
    assert link in html
    assert settings.SUPPORT_EMAIL in message.body
    assert settings.SUPPORT_EMAIL in html
    if name in WITH_REASON:
        assert REASON in message.body
        assert "The policy &lt;b&gt;link&lt;/b&gt; is dead &amp; gone." in html
    assert "{{" not in message.body + html
    assert "{%" not in message.body + html


def test_only_admins_of_the_team_are_notified_of_decisions(steps, teammate, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        steps["blocked"]()
    assert not any(teammate.email in message.to for message in mail.outbox)


def test_support_is_notified_only_of_new_scopes_of_public_apps(
    application, developer, superuser, django_capture_on_commit_callbacks
):
    app = application.app
    with django_capture_on_commit_callbacks(execute=True):
        register_scopes(app, ["profile.email", "tasks"], by=developer)
    assert mail.outbox == []
    with django_capture_on_commit_callbacks(execute=True):
        app.request_public_access(by=developer).approve(by=superuser)
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        register_scopes(app, ["tasks"], by=developer)
    assert mail.outbox == []
    with django_capture_on_commit_callbacks(execute=True):
        register_scopes(app, ["tasks", "notifications"], by=developer)
    assert "notifications" in mail.outbox[-1].body
    assert "tasks" not in mail.outbox[-1].body


def test_a_name_with_line_breaks_forges_no_header(steps, application, django_capture_on_commit_callbacks):
    App.objects.filter(pk=application.app.pk).update(name="Finder\nBcc: victim@example.gov")
    application.app.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        steps["blocked"]()
    assert "\n" not in mail.outbox[-1].subject
    assert mail.outbox[-1].bcc == []
