"""Every request of the documentation is sent to the live API and answers as the documentation shows."""

import base64
import json
import re

import pytest
from django.test import Client as Browser

from developer_apps.contributions import CLIENT
from developer_apps.docs import code
from developer_apps.docs.examples import examples
from developer_apps.docs.pages import pages
from developer_apps.models import App
from tests.developer_apps import flows
from tests.factories import make_app, make_test_user, make_token

EXAMPLES = examples()
PLACE = re.compile(r"\{([a-z_]+)\}")


@pytest.fixture
def values(application, developer, sign_in, request, api):
    """What a reader has at hand: keys, a code, tokens, a task, a notification, a test user."""
    browser = sign_in(developer)
    test_user = make_test_user(application.app.team)
    token = make_token(application, developer)
    name = request.node.name
    known = {
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "redirect_uri": application.redirect_uri,
        "code_verifier": flows.VERIFIER,
        "code": flows.code_for(
            browser, application, **({} if "legacy" in name or "token_first" in name else flows.PKCE)
        ),
        "access_token": token,
        "test_user_uid": str(test_user.user.uid),
        "client_token": make_token(application),
    }
    first = flows.exchange(application, flows.code_for(browser, application)).json()
    known["refresh_token"] = first["refresh_token"]
    task = api(token).post("/api/v1/tasks", EXAMPLES["task_create"].body).json()
    known |= {"task_id": task["id"], "task_item_id": task["task_items"][0]["id"]}
    known["notification_id"] = api(token).post("/api/v1/notifications", {"subject": "Hello"}).json()["id"]
    if "profile_first" in name:
        known["access_token"] = make_token(make_app(developer), developer, "profile.email")
    return known


def filled(value, values):
    if isinstance(value, str):
        return PLACE.sub(lambda match: str(values[match[1]]), value)
    if isinstance(value, dict):
        return {name: filled(each, values) for name, each in value.items()}
    return [filled(each, values) for each in value] if isinstance(value, list) else value


def send(example, values):
    if example.token == CLIENT:
        values = {**values, "access_token": values["client_token"]}
    headers = filled(example.all_headers, values)
    content_type = headers.pop("Content-Type", "application/octet-stream")
    if example.basic:
        pair = f"{values['client_id']}:{values['client_secret']}".encode()
        headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
    path = filled(example.path, values)
    if example.form is not None:
        return Browser().post(path, filled(example.form, values), headers=headers)
    if example.body is not None:
        body = json.dumps(filled(example.body, values))
        return Browser().generic(example.method, path, body, content_type=content_type, headers=headers)
    return Browser().generic(example.method, path, headers=headers)


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


@pytest.mark.parametrize("slug", EXAMPLES)
def test_example_gets_the_response_that_is_shown(slug, values):
    example = EXAMPLES[slug]
    response = send(example, values)
    assert response.status_code == example.status, response.content.decode()[:500]
    if slug == "metadata":
        assert set(example.answer) <= set(response.json())
    else:
        assert_same_shape(example.answer, response.json())
    if example.status >= 400:
        assert response.json()["errors"][0]["code"] == example.answer["errors"][0]["code"]


def test_changed_task_shows_its_new_name(values):
    assert send(EXAMPLES["task_update"], values).json()["name"] == EXAMPLES["task_update"].answer["name"]
    assert send(EXAMPLES["task_complete"], values).json()["completed_at"]
    assert send(EXAMPLES["task_item_complete"], values).json()["completed_at"]


@pytest.mark.parametrize("slug", EXAMPLES)
def test_python_examples_compile(slug):
    compile(code.python(EXAMPLES[slug]), slug, "exec")


def test_every_example_is_on_a_page(anonymous, db):
    shown = "".join(anonymous.get(f"/developer/docs/{slug}").content.decode() for slug in [*pages(), "reference"])
    for slug, example in EXAMPLES.items():
        assert f"{example.method} " in shown
        assert f'data-example="{slug}"' in shown, slug


def test_examples_change_nothing_of_other_apps(values):
    assert App.objects.count() == 1
