"""What a reader of the documentation puts in the place of its placeholders, and how a response is compared with the printed one."""

import re

from developer_apps.docs.examples import examples
from tests.developer_apps import flows
from tests.factories import make_app, make_test_user, make_token

PLACE = re.compile(r"\{([a-z_]+)\}")


def values_for(slug, application, owner, browser, api):
    """Return what the reader of an example has at hand: keys, a code, tokens, a task, a notification, a test user."""
    shown = examples()
    test_user = make_test_user(application.app.team)
    token = make_token(application, owner)
    pkce = {} if slug in ("token_first", "token_legacy") else flows.PKCE
    known = {
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "redirect_uri": application.redirect_uri,
        "code_verifier": flows.VERIFIER,
        "code": flows.code_for(browser, application, **pkce),
        "access_token": token,
        "test_user_uid": str(test_user.user.uid),
        "client_token": make_token(application),
    }
    first = flows.exchange(application, flows.code_for(browser, application)).json()
    known["refresh_token"] = first["refresh_token"]
    task = api(token).post("/api/v1/tasks", shown["task_create"].body).json()
    known |= {"task_id": task["id"], "task_item_id": task["task_items"][0]["id"]}
    known["notification_id"] = api(token).post("/api/v1/notifications", {"subject": "Hello"}).json()["id"]
    if slug == "profile_first":
        known["access_token"] = make_token(make_app(owner), owner, "profile.email")
    return known


def filled(value, values):
    if isinstance(value, str):
        return PLACE.sub(lambda match: str(values[match[1]]), value)
    if isinstance(value, dict):
        return {name: filled(each, values) for name, each in value.items()}
    return [filled(each, values) for each in value] if isinstance(value, list) else value


def assert_same_shape(shown, real, where="answer"):
    """The same names, and values of the same types; null in either matches any."""
    if shown is None or real is None:
        return
    assert type(shown) is type(real), f"{where}: {shown!r} is shown, {real!r} is answered"
    if isinstance(shown, dict):
        assert set(shown) == set(real), where
        for name, value in shown.items():
            assert_same_shape(value, real[name], f"{where}.{name}")
    elif isinstance(shown, list) and shown and real:
        assert_same_shape(shown[0], real[0], f"{where}[0]")
