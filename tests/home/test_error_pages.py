"""What answers when no view does."""

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.test import Client

from myusa.home import errors

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of(rf):
    def made(path: str = "/somewhere"):
        request = rf.get(path)
        request.session = {}
        return request

    return made


def test_unknown_address_is_a_page_that_says_who_to_ask(anonymous):
    response = anonymous.get("/no/such/page/")

    assert response.status_code == 404
    html = response.content.decode()
    assert "Page not found" in html
    assert response["X-Request-Id"] not in html  # no one could find it
    assert "support@myusa.example" in html
    assert 'href="/"' in html


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/nothing", "/oauth/token/nothing", "/gateway/nothing"])
def test_unknown_address_for_programs_answers_in_the_error_format(anonymous, path):
    response = anonymous.get(path)

    assert response.status_code == 404
    [error] = response.json()["errors"]
    assert error["code"] == "NOT_FOUND"
    assert error["traceId"] == response["X-Request-Id"]


def test_missing_slash_leads_on_with_the_query(anonymous):
    response = anonymous.get("/developer?from=mail")

    assert response.status_code == 302
    assert response["Location"] == "/developer/?from=mail"


def test_needless_slash_leads_on_with_the_query(anonymous):
    response = anonymous.get("/users/sign_in/?next=/profile")

    assert (response.status_code, response["Location"]) == (302, "/users/sign_in?next=/profile")


def test_missing_slash_leads_nowhere_for_posts_and_unknown_addresses(anonymous):
    assert anonymous.post("/developer").status_code == 404
    assert anonymous.get("/nothing").status_code == 404


@pytest.mark.parametrize(
    "path", ["//evil.example", "//developer", "//evil.example/developer", "/\\evil.example/developer"]
)
def test_missing_slash_never_leads_to_another_site(anonymous, path):
    assert anonymous.get("/", PATH_INFO=path).status_code == 404


def test_post_to_an_unknown_address_is_not_found_rather_than_forged():
    assert Client(enforce_csrf_checks=True).post("/nothing").status_code == 404


def test_old_form_is_refused_with_words_and_nothing_is_sent(mailoutbox):
    response = Client(enforce_csrf_checks=True).post("/users/sign_in", {"email": "citizen@example.gov"})

    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()
    assert mailoutbox == []


def test_address_that_takes_forms_only_says_so_to_who_opens_it(anonymous):
    response = anonymous.get("/users/sign_in/resend")

    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert "Nothing was sent" in response.content.decode()
    assert response["X-Request-Id"] not in response.content.decode()  # no one could find it


def test_reason_of_a_refusal_is_shown_and_escaped(request_of):
    response = errors.permission_denied(request_of(), PermissionDenied("This app is <private>."))

    assert response.status_code == 403
    assert "This app is &lt;private&gt;." in response.content.decode()


def test_refusal_without_a_reason_has_plain_words(request_of):
    assert "You can’t see this page" in errors.permission_denied(request_of()).content.decode()


def test_damaged_request_is_400_and_oversized_413(request_of):
    assert errors.bad_request(request_of()).status_code == 400
    response = errors.bad_request(request_of(), RequestDataTooBig("too big"))
    assert response.status_code == 413
    assert "That is too large" in response.content.decode()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda request: errors.bad_request(request), "MALFORMED_REQUEST"),
        (lambda request: errors.bad_request(request, RequestDataTooBig()), "BODY_TOO_LARGE"),
        (lambda request: errors.permission_denied(request, PermissionDenied()), "FORBIDDEN"),
        (lambda request: errors.csrf_failure(request), "FORBIDDEN"),
        (lambda request: errors.server_error(request), "SERVER_ERROR"),
    ],
)
def test_programs_get_each_error_in_the_error_format(rf, answer, code):
    response = answer(rf.get("/api/v1/profile"))

    assert response["Content-Type"].startswith("application/json")
    assert b'"%s"' % code.encode() in response.content


def test_failed_server_needs_no_database_context_or_manifest(rf, django_assert_num_queries, settings):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
    }
    with django_assert_num_queries(0):
        response = errors.server_error(rf.get("/"))

    assert response.status_code == 500
    html = response.content.decode()
    assert "Something went wrong on our side" in html
    assert settings.SUPPORT_EMAIL in html
    assert "{%" not in html
    assert "{{" not in html


@pytest.mark.urls("tests.home.gallery")
def test_bug_in_a_view_is_the_500_page_with_the_number_of_the_request():
    response = Client(raise_request_exception=False).get("/gallery/fails")

    assert response.status_code == 500
    assert response["X-Request-Id"] in response.content.decode()
    assert "Traceback" not in response.content.decode()


@pytest.mark.urls("tests.home.gallery")
def test_bug_behind_an_api_address_answers_in_the_error_format():
    response = Client(raise_request_exception=False).get("/api/v1/fails")

    assert response.status_code == 500
    assert response.json()["errors"][0]["code"] == "SERVER_ERROR"


@pytest.mark.urls("tests.home.gallery")
@pytest.mark.parametrize(
    ("path", "status"),
    [("/gallery/fails", 500), ("/nothing", 404), ("/developer/apps/999999/", 404), ("/api/v1/fails", 500)],
)
def test_demo_shows_the_sites_own_error_pages(settings, sign_in, developer, path, status):
    browser = sign_in(developer)
    browser.raise_request_exception = False
    settings.DEBUG = settings.DEMO = True

    response = browser.get(path)

    assert response.status_code == status
    assert "Traceback" not in response.content.decode()
    assert "DEBUG = True" not in response.content.decode()


@pytest.mark.parametrize("limit", ["DATA_UPLOAD_MAX_MEMORY_SIZE", "DATA_UPLOAD_MAX_NUMBER_FIELDS"])
def test_demo_shows_the_sites_own_page_for_a_form_that_is_too_much(settings, limit):
    settings.DEBUG = settings.DEMO = True
    setattr(settings, limit, 1)

    response = Client(enforce_csrf_checks=True).post(
        "/users/sign_in", "a=1&b=2&c=3", "application/x-www-form-urlencoded"
    )

    assert response.status_code == (413 if "SIZE" in limit else 400)
    assert "DEBUG = True" not in response.content.decode()
    assert response["X-Request-Id"] not in response.content.decode()  # no one could find it


def test_an_address_of_before_with_underscores_redirects(developer, team, sign_in):
    response = sign_in(developer).get(f"/developer/teams/{team.pk}/test_users?from=mail")
    assert (response.status_code, response["Location"]) == (302, f"/developer/teams/{team.pk}/test-users/?from=mail")


@pytest.mark.parametrize(
    "path",
    ["/gateway/verify//", "/oauth/token//", "/api/v1/tasks//", "/api/v1/tasks/%0A_/task_items", "/api/", "/api/v1/"],
)
def test_programs_are_never_redirected(anonymous, path):
    response = anonymous.get(path)
    assert (response.status_code, response["Content-Type"]) == (404, "application/json; charset=utf-8")
