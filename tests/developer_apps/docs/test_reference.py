"""The API reference: each operation has what a developer needs to call it."""

import pytest

from developer_apps import scopes
from developer_apps.docs import openapi, reference

OPERATIONS = {operation.anchor: operation for operation in reference.operations()}
each_operation = pytest.mark.parametrize("anchor", OPERATIONS)
# Opened by a browser, called by agencies' servers with credentials of their own, or with figures of the day.
WITHOUT_EXAMPLE = {"authorize", "introspect", "verify", "outcomes", "status"}


def test_every_operation_of_the_document_is_in_one_group():
    anchors = [each.anchor for each in openapi.operations(openapi.document())]
    assert sorted(OPERATIONS) == sorted(anchors)
    assert len(anchors) == sum(len(group.operations) for group in reference.groups())
    assert {group.slug for group in reference.groups()} == {
        "profile",
        "tasks",
        "notifications",
        "oauth",
        "servers",
        "basics",
    }


@each_operation
def test_it_has_a_summary_and_every_field_has_type_and_meaning(anchor):
    operation = OPERATIONS[anchor]
    assert operation.summary
    assert "A view " not in operation.description, "the docstring of the code"
    fields = [*operation.parameters, *operation.body, *(each for found in operation.responses for each in found.fields)]
    assert [field.name for field in fields if not (field.kind and field.description)] == []


@each_operation
def test_it_has_an_example_with_its_response(anchor):
    shown = OPERATIONS[anchor].examples
    assert bool(shown) != (anchor in WITHOUT_EXAMPLE)
    assert all(each.example.answer is not None for each in shown)


@each_operation
def test_its_scopes_exist_and_its_error_codes_have_its_statuses(anchor):
    operation = OPERATIONS[anchor]
    known = scopes.built_in()
    for scope in operation.scopes:
        assert scope in known or any(each.startswith(scope.removesuffix("*")) for each in known)
    statuses = {response.status for response in operation.responses}
    assert {str(error.status) for error in operation.errors} <= statuses
    assert operation.errors or anchor in {"authorize", "metadata", "hello", "status"}


def test_the_page_links_scopes_errors_and_each_operation(anonymous, db):
    page = anonymous.get("/developer/docs/reference").content.decode()
    for operation in OPERATIONS.values():
        assert f'href="#{operation.anchor}"' in page
        assert (f'href="/developer/try/{operation.anchor}"' in page) == operation.can_try
    for path in ("errors/task-name-required", "errors/oauth-invalid-grant", "errors/notification-limit-reached"):
        assert f'href="/developer/docs/{path}"' in page
    assert "<code>notifications</code>" in page or "<code>notifications.write</code>" in page


def test_the_document_says_which_scopes_each_operation_needs():
    document = openapi.document()
    schemes = document["components"]["securitySchemes"]
    flows = schemes["oauth2"]["flows"]
    assert flows["authorizationCode"]["authorizationUrl"].endswith("/oauth/authorize")
    assert flows["clientCredentials"]["tokenUrl"].endswith("/oauth/token")
    used = set()
    for path, item in document["paths"].items():
        for operation in item.values():
            for alternative in operation.get("security", []) if isinstance(operation, dict) else []:
                assert alternative.keys() <= schemes.keys(), path
                used |= set(alternative.get("oauth2", []))
    assert used == set(flows["authorizationCode"]["scopes"])
    security = document["paths"]["/api/v1/tasks"]["post"]["security"]
    assert security == [{"oauth2": ["tasks"]}, {"bearer": []}]
