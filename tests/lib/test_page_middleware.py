"""Programs do not pay for what only pages need."""

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils.module_loading import import_string

from myusa.lib.http import page_middleware

LAYERS = [name for name in settings.MIDDLEWARE if name.startswith("myusa.lib.http.page_middleware.")]


def respond(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


@pytest.mark.parametrize(
    "path", ["/api/v1/profile", "/api/profile", "/oauth/token", "/oauth/introspect", "/gateway/verify", "/livez"]
)
@pytest.mark.parametrize("layer", LAYERS)
def test_requests_of_programs_pass_each_layer_untouched(layer, path):
    request = RequestFactory().get(path)
    before = set(vars(request))

    response = import_string(layer)(respond)(request)

    assert set(vars(request)) == before
    assert list(response.headers) == ["Content-Type"]


def test_every_layer_is_the_real_one_too():
    assert len(LAYERS) == 5
    for name in LAYERS:
        layer = import_string(name)
        assert issubclass(layer, page_middleware.PagesOnly)
        assert layer.__mro__[2].__name__ == layer.__name__


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
    assert not page_middleware.is_for_programs(RequestFactory().get(path))
