"""Programs do not pay for what only pages need."""

import pytest
from django.conf import settings
from django.test import RequestFactory

from myusa.lib.http import doors


def test_programs_pass_a_short_list_and_pages_the_whole_one():
    assert set(settings.MACHINE_MIDDLEWARE) < set(settings.MIDDLEWARE)
    assert [name for name in settings.MIDDLEWARE if name in settings.MACHINE_MIDDLEWARE] == settings.MACHINE_MIDDLEWARE


def test_test_client_and_server_use_the_same_doors(anonymous):
    assert isinstance(anonymous.handler, doors.TwoDoors)
    assert isinstance(doors.application(), doors.TwoDoors)


@pytest.mark.parametrize("path", ["/api/v1/profile", "/livez", "/oauth/token", "/legal"])
@pytest.mark.django_db
def test_both_doors_set_the_headers_of_every_response(anonymous, path):
    response = anonymous.get(path, headers={"Origin": "https://spa.example.gov"})

    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"]
    assert response["X-Request-Id"]
    assert ("Access-Control-Allow-Origin" in response) == path.startswith(("/api/", "/oauth/token"))


@pytest.mark.django_db
def test_pages_have_session_person_language_messages_and_policy(anonymous):
    response = anonymous.get("/status")

    request = response.wsgi_request
    assert request.session is not None
    assert request.user.is_anonymous
    assert request.LANGUAGE_CODE == "en"
    assert response["Content-Language"] == "en"
    assert "Content-Security-Policy" in response


@pytest.mark.django_db
def test_pages_of_a_person_are_not_stored_and_others_may_be(anonymous, sign_in, citizen):
    for path in ("/settings/account", "/legal", "/nothing"):
        assert "no-store" in sign_in(citizen).get(path)["Cache-Control"]
    assert "Cache-Control" not in anonymous.get("/legal")


@pytest.mark.django_db
def test_call_of_a_program_opens_no_session_and_asks_the_database_for_nothing(anonymous, django_assert_num_queries):
    anonymous.cookies[settings.SESSION_COOKIE_NAME] = "a-cookie-that-a-browser-may-send"

    with django_assert_num_queries(0):
        response = anonymous.get("/api/v1/profile")

    assert response.status_code == 401
    assert not hasattr(response.wsgi_request, "session")
    assert not hasattr(response.wsgi_request, "user")
    assert "Set-Cookie" not in response
    assert "Content-Security-Policy" not in response
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("path", ["/oauth/authorize", "/users/sign_in", "/", "/developer/api/", "/x/api/"])
def test_addresses_of_people_are_not_taken_for_those_of_programs(path):
    assert not doors.is_for_programs(RequestFactory().get(path))
