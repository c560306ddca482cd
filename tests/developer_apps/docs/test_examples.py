"""Every request of the documentation is sent to the live API and answers as the documentation shows."""

import base64
import json

import pytest
from django.test import Client as Browser

from developer_apps.contributions import CLIENT
from developer_apps.docs import code
from developer_apps.docs.examples import examples
from developer_apps.docs.pages import pages
from developer_apps.models import App
from tests.developer_apps.docs.samples import assert_same_shape, filled, values_for

EXAMPLES = examples()


@pytest.fixture
def values(application, developer, sign_in, request, api):
    """What a reader has at hand."""
    slug = request.node.callspec.params["slug"] if hasattr(request.node, "callspec") else ""
    return values_for(slug, application, developer, sign_in(developer), api)


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
