"""Spanish: dates and numbers as in the United States, help that is found without accents, and short text messages."""

import datetime

import pytest
from django.utils import formats, translation

from accounts.models import User
from developer_apps.models import Product
from myusa.home.help import Topic
from myusa.lib.messages import sms
from myusa.lib.messages.sms.length import is_gsm, parts
from myusa.operations import service_status

AT = datetime.datetime(2026, 11, 27, 17, 5, tzinfo=datetime.UTC)


def test_dates_name_their_zone_and_are_in_the_order_of_spanish():
    with translation.override("es"):
        assert formats.date_format(AT, "DATE_FORMAT") == "27 de noviembre de 2026"
        assert formats.date_format(AT, "DATETIME_FORMAT") == "27 de noviembre de 2026, 5:05 p.m. UTC"
        assert formats.date_format(AT, "SHORT_DATETIME_FORMAT") == "27 nov, 5:05 p.m. UTC"
        assert formats.number_format("1234.5", force_grouping=True) == "1,234.5"


def test_help_is_found_without_accents():
    topic = Topic("phone", "¿Perdí mi teléfono?", "Use un código.")
    assert topic.has(["telefono", "codigo"])


@pytest.mark.django_db
def test_the_words_of_a_search_need_no_accents(anonymous):
    page = anonymous.get("/help", {"q": "páSSkey"}).content.decode()
    assert "I lost my phone, my passkey" in page
    assert "What can apps see about me?" not in page


@pytest.mark.django_db
def test_a_code_fits_into_one_text_message(sign_in, citizen, monkeypatch):
    sent = []
    monkeypatch.setattr(sms, "send", lambda to, text, **options: sent.append(text))
    User.objects.filter(pk=citizen.pk).update(language="es")
    sign_in(citizen).post("/settings/notifications/mobile", {"number": "415-555-3455"})
    assert "No lo comparta." in sent[0]
    assert is_gsm(sent[0]), "another letter would halve the room"
    assert parts(sent[0]) == 1


@pytest.mark.django_db
def test_one_kept_report_names_products_in_the_language_of_each_reader(anonymous):
    Product.objects.filter(slug="profile").update(translations={"es": {"name": "API de perfil"}})
    service_status.forget()
    english, spanish = (anonymous.get("/status", headers={"Accept-Language": code}) for code in ("en", "es"))
    assert "Profile API" in english.content.decode()
    assert "API de perfil" in spanish.content.decode()
    service_status.forget()
