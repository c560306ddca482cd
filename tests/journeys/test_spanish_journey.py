"""From an app's button to a shared profile in Spanish: the language is chosen on the first page, and kept after that."""

from typing import Any

import pytest
from django.core import mail

from accounts.models import User
from tests.browser import NARROW, WIDE, assert_good_page
from tests.factories import make_app
from tests.journeys.browsing import code_mailed_to

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
EMAIL = "lucia@example.gov"
SCOPES = ["profile.email", "profile.first_name", "tasks"]


@pytest.fixture
def public_app(base_url, other_app, developer):
    made = make_app(
        developer, name="Busca Beneficios", public=True, scopes=SCOPES, redirect_uris=[other_app.redirect_uri]
    )
    other_app.client_id, other_app.client_secret = made.client_id, made.client_secret
    other_app.connect_url = (
        f"{base_url}/oauth/authorize?response_type=code&client_id={made.client_id}&scope={'+'.join(SCOPES)}"
    )
    return other_app


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_first_visit_to_first_shared_profile_in_spanish(new_page, base_url, public_app, width):
    page = new_page(width, locale="en-US")
    page.goto(public_app.url)
    page.get_by_role("link", name="Connect with MyUSA").click()
    page.get_by_role("link", name="English / Español").click()
    page.locator("label", has_text="Español").click()
    page.get_by_role("button", name="Use this language").click()
    see(page)

    mail.outbox.clear()
    page.get_by_label("Dirección de correo electrónico").fill(EMAIL)
    page.get_by_role("button", name="Enviarme un código").click()
    page.get_by_role("heading", name="Revise su correo electrónico").wait_for()
    see(page)
    code = code_mailed_to(EMAIL)
    assert "código" in mail.outbox[-1].subject
    page.get_by_label("Código").fill("000000")
    page.get_by_role("button", name="Iniciar sesión", exact=True).click()
    assert page.locator(".error-summary").is_visible()
    see(page)
    page.get_by_label("Código").fill(code)
    page.get_by_role("button", name="Iniciar sesión", exact=True).click()

    page.get_by_role("heading", name="Busca Beneficios quiere:").wait_for()
    see(page)
    page.locator("summary", has_text="Ver su nombre").click()
    page.get_by_label("Primer nombre").last.fill("Lucía")
    page.get_by_role("button", name="Compartir y continuar").click()
    page.get_by_role("heading", name="Welcome back").wait_for()
    token = public_app.token()["access_token"]
    profile = public_app.call("GET", "/api/v1/profile", token).json()
    assert (profile["email"], profile["first_name"]) == (EMAIL, "Lucía")
    task = {"task": {"name": "Traiga su identificación"}}
    assert public_app.call("POST", "/api/v1/tasks", token, task).status_code == 200

    page.goto(base_url)
    page.get_by_role("heading", name="Hola, Lucía").wait_for()
    see(page)
    page.goto(f"{base_url}/settings/activity")
    assert page.locator(".timeline").get_by_text("leyó").first.is_visible()
    see(page)
    assert User.objects.get(email=EMAIL).language == "es"


def see(page: Any) -> None:
    """Fail unless the page that is open is in Spanish and good."""
    assert page.locator("html").get_attribute("lang") == "es", page.url
    assert_good_page(page)
