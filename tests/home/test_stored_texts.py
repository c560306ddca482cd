"""Texts of the database have a version per language that staff edit; without one they are in English and say so."""

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import LegalText, User
from developer_apps import scopes
from developer_apps.models import Product
from developer_apps.models.products import invalidate_catalog
from myusa.lib import texts
from notifications import announcing
from notifications.models import Announcement, Notification
from tests import factories
from tests.developer_apps.flows import authorize_url

pytestmark = pytest.mark.django_db
SPANISH = {"Accept-Language": "es"}


@pytest.fixture
def staff(sign_in, superuser):
    return sign_in(superuser, second_factor=True)


def in_spanish(user):
    User.objects.filter(pk=user.pk).update(language="es")
    return user


def test_legal_texts_are_in_the_language_of_the_page():
    page = Client(headers=SPANISH).get("/legal").content.decode()
    assert page.count('<div lang="es">') == len(LegalText.Kind.values)
    assert "Sin una dirección de correo electrónico no puede tener una cuenta." in page
    english = Client().get("/legal").content.decode()
    assert "Without an email address you cannot have an account." in english
    assert '<div lang="en">' in english


def test_a_text_without_a_translation_is_marked_as_english():
    LegalText.objects.filter(kind="terms").update(translations={})
    page = Client(headers=SPANISH).get("/legal").content.decode()
    assert page.count('<div lang="en">') == 1
    assert '<html lang="es"' in page


def test_staff_translate_a_legal_text_in_force_and_change_nothing_else(staff):
    text = LegalText.objects.current("terms")
    address = f"/admin/accounts/legaltext/{text.pk}/change/"
    page = staff.get(address).content.decode()
    assert "Español: " in page
    assert 'lang="es"' in page
    data = {"translations_es_body": "Nuevo **texto**.", "body": "Another", "version": "other"}
    assert staff.post(address, data).status_code == 302
    changed = LegalText.objects.get(pk=text.pk)
    assert changed.translations == {"es": {"body": "Nuevo **texto**."}}
    assert (changed.body, changed.version) == (text.body, text.version)
    assert "<strong>texto</strong>" in Client(headers=SPANISH).get("/legal").content.decode()
    staff.post(address, {"translations_es_body": ""})
    assert LegalText.objects.get(pk=text.pk).translations == {}


def test_a_new_version_starts_without_translations(staff):
    data = {
        "kind": "terms",
        "version": "2027-01",
        "effective_at": "2026-11-20T00:00",
        "body": "New.",
        "translations_es_body": "",
    }
    assert staff.post("/admin/accounts/legaltext/add/", data).status_code == 302
    page = Client(headers=SPANISH).get("/legal").content.decode()
    assert "New." in page
    assert page.count('<div lang="en">') == 1


@pytest.mark.parametrize("wrong", [["x"], {"es": "x"}, {"es": {"title": "x"}}, "x"])
def test_only_texts_of_the_columns_are_kept(wrong):
    text = LegalText.objects.current("terms")
    text.translations = wrong
    with pytest.raises(Exception, match="isn’t an object of languages"):
        text.full_clean()


def test_labels_of_scopes_from_products_are_translated_on_consent(sign_in, citizen, developer, team):
    Product.objects.filter(slug="case-status").update(app_token_only=False)
    invalidate_catalog()
    app = factories.make_app(developer, team=team, name="Qqq", public=True, scopes=["case_status.read"])
    browser = sign_in(in_spanish(citizen))
    page = browser.get(authorize_url(app, scope="case_status.read")).content.decode()
    assert '<span lang="es">Consultar el estado de casos</span>' in page
    Product.objects.update(translations={})
    invalidate_catalog()
    page = browser.get(authorize_url(app, scope="case_status.read")).content.decode()
    assert '<span lang="en">Read the status of cases</span>' in page


def test_staff_translate_name_and_scopes_of_a_product(staff):
    product = Product.objects.get(slug="case-status")
    address = f"/admin/developer_apps/product/{product.pk}/change/"
    form = staff.get(address).context["adminform"].form
    data = {name: value for name, value in posted(form).items() if value is not None}
    data |= {"translations_es_name": "API de casos", "translations_es_scopes": "case_status.read: Ver casos\r\n"}
    response = staff.post(address, data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    product.refresh_from_db()
    assert product.translations == {"es": {"name": "API de casos", "scopes": {"case_status.read": "Ver casos"}}}
    with translation.override("es"):
        assert product.translated_name == "API de casos"
        assert scopes.known()["case_status.read"].label == "Ver casos"
    wrong = staff.post(address, data | {"translations_es_scopes": "case_status.read"})
    assert "needs a colon" in wrong.content.decode()
    assert "case_status.read</textarea>" in wrong.content.decode()


def posted(form):
    data = {}
    for bound in form:
        value = bound.field.widget.format_value(bound.value()) if not hasattr(bound.field.widget, "widgets") else None
        if bound.field.widget.input_type == "checkbox" if hasattr(bound.field.widget, "input_type") else False:
            value = "on" if bound.value() else None
        data[bound.html_name] = value
    return data


def test_each_person_gets_an_announcement_in_their_language(citizen, superuser):
    english = factories.make_user("english@example.gov")
    in_spanish(citizen)
    announcement = Announcement.objects.create(
        subject="Closed",
        body="Tomorrow.",
        audience="everybody",
        translations={"es": {"subject": "Cerrado", "body": "Mañana."}},
    )
    announcement.start(by=superuser)
    announcing.send_started()
    got = {
        each.user_id: each
        for each in Notification.objects.filter(announcement=announcement).select_related("announcement")
    }
    assert (got[citizen.pk].subject, got[citizen.pk].body, got[citizen.pk].language) == ("Cerrado", "Mañana.", "es")
    assert (got[english.pk].subject, got[english.pk].body, got[english.pk].language) == ("Closed", "Tomorrow.", "en")


def test_an_announcement_without_a_translation_says_that_it_is_in_english(sign_in, citizen, superuser):
    browser = sign_in(in_spanish(citizen))
    announcement = Announcement.objects.create(subject="Closed", body="Tomorrow.", audience="everybody")
    announcing.try_on(announcement, by=User.objects.get(pk=citizen.pk))
    found = Notification.objects.get(user=citizen)
    page = browser.get(f"/notifications/{found.pk}/").content.decode()
    assert '<h1 dir="auto" lang="en">Closed</h1>' in page
    assert '<bdi lang="en">Closed</bdi>' in browser.get("/notifications/").content.decode()


def test_what_a_job_announces_is_written_in_every_language(developer, team, citizen):
    client = factories.make_app(developer, team=team, name="Qqq", public=True)
    factories.make_token(client, citizen)
    announcing.app_deleted(client.app)
    announcement = Announcement.objects.get()
    assert announcement.subject == "Qqq was deleted"
    assert set(announcement.translations) == {"es"}
    assert "Qqq" in announcement.translations["es"]["subject"]


def test_the_language_of_a_text_is_that_of_the_reader():
    text = LegalText(body="Hello", translations={"es": {"body": "Hola"}})
    assert texts.translated(text, "body") == ("Hello", "en")
    assert texts.translated(text, "body", "es") == ("Hola", "es")
    assert texts.translated(text, "body", "fr") == ("Hello", "en")
    assert texts.translated(text, "body", "") == ("Hello", "en")
