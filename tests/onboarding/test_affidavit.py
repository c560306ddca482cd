"""The affidavit: versions of its text, the officer's link, signatures, documents, emailed copies."""

import datetime
import io
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typst
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from myusa.lib import history
from myusa.lib.security.digests import digest
from myusa.lib.steps import InvalidTransition
from onboarding import affidavit_pdf, documents, uploads
from onboarding.models import Affidavit, AffidavitText, ProductionRequest, Signature
from onboarding.sample_requests import sign
from onboarding.states import State
from onboarding.steps import affidavit as affidavit_steps
from onboarding.steps import request as requests
from tests.onboarding.conftest import forget_emails, snapshot

PDF = b"%PDF-1.7\nsome pages\n%%EOF\n"


def form_of(affidavit: Affidavit, **changes: Any) -> dict[str, Any]:
    return {
        "name": affidavit.officer_name,
        "title": affidavit.officer_title,
        "date": timezone.localdate().isoformat(),
        "statements": list(range(len(affidavit.text.statements))),
        **changes,
    }


def text_of(signature: Signature) -> str:
    with signature.file.open("rb") as file:
        return words_of(file.read())


def words_of(document: bytes) -> str:
    pages = PdfReader(io.BytesIO(document)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.fixture
def affidavit(reach):
    return Affidavit.objects.latest_of(reach(State.AFFIDAVIT_SENT))


@pytest.fixture
def path(affidavit):
    return reverse("onboarding:sign", args=[affidavit.link_token])


def test_the_officer_signs_with_the_emailed_link_without_an_account(
    reach, anonymous, mailoutbox, staff, django_capture_on_commit_callbacks
):
    request = reach(State.REQUESTED)
    forget_emails(mailoutbox)
    with django_capture_on_commit_callbacks(execute=True):
        affidavit_steps.send(request, by=staff)
    email = next(mail for mail in mailoutbox if mail.to == ["officer@benefits.example"])
    link = re.search(r"https?://\S+/developer/affidavit/\S+", email.body)[0]
    page = anonymous.get(link)
    assert page.status_code == 200
    affidavit = Affidavit.objects.latest_of(request)
    for words in ("Olive Officer", "Office of Benefits", "Visa Status API", *affidavit.text.statements):
        assert words.replace("'", "&#x27;") in page.content.decode()
    response = anonymous.post(link, form_of(affidavit))
    assert "Thank you" in response.content.decode()
    signature = Signature.objects.get()
    request.refresh_from_db()
    assert request.state == State.AFFIDAVIT_SIGNED
    assert (signature.name, signature.address, signature.text_digest) == (
        "Olive Officer",
        "127.0.0.1",
        affidavit.text.digest,
    )


def test_the_document_contains_the_text_and_the_record(affidavit):
    signature = sign(affidavit)
    text = text_of(signature)
    for words in (
        affidavit.text.title,
        *affidavit.text.statements,
        "Olive Officer",
        "Chief Information Officer",
        "2026-06-01",
        "192.0.2.10",
        "officer@benefits.example",
        "Visa Status API",
        "Office of Benefits",
    ):
        assert words in text, words
    assert affidavit.text.digest in text.replace(" ", "")


@pytest.fixture
def only_own_fonts(monkeypatch):
    """A machine without fonts."""
    monkeypatch.setattr(documents, "fonts", lambda: typst.Fonts(include_system_fonts=False))


@pytest.mark.usefixtures("only_own_fonts")
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("José Ñúñez Çelik Łukasz Nguyễn D’Árcy", "José Ñúñez Çelik Łukasz Nguyễn D’Árcy"),
        ("Rene\u0301 Decomposed", "René Decomposed"),
        ("Дарья Ａnna", "Дарья Anna"),
        ("Ελένη Παπαδοπούλου", "Ελένη Παπαδοπούλου"),
        ("王小明 Ming", "??? Ming"),
        ("Zero\u200bWidth \x07Bell", "ZeroWidth Bell"),
        ("#set text(red) *Bold* $x$ \\ <b>", "#set text(red) *Bold* $x$ \\ <b>"),
        ("Marks Z\u0334\u0361\u035b", "Marks Z"),
    ],
    ids=["latin", "combining", "cyrillic", "greek", "beyond", "invisible", "markup", "stacked"],
)
def test_names_are_in_the_document_without_system_fonts(name, shown, affidavit):
    Affidavit.objects.filter(pk=affidavit.pk).update(officer_name=name)
    affidavit.refresh_from_db()
    signature = sign(affidavit)
    assert signature.name == name
    assert f"Signed by: {shown}" in text_of(signature)


@given(name=st.text(min_size=1, max_size=60))
def test_any_name_makes_a_document(name):
    document = affidavit_pdf.signed(unsaved_signature(name))
    assert document.startswith(b"%PDF-")


def unsaved_signature(name: str) -> Signature:
    text = AffidavitText(version=3, title=name, body=f"{name}\n\nLast.", statements=[name, "Second"])
    request = SimpleNamespace(
        app=SimpleNamespace(name=name), answers={"company_name": name}, products=SimpleNamespace(all=list)
    )
    affidavit = SimpleNamespace(
        text=text,
        request=request,
        number="1-2",
        officer_name=name,
        officer_title=name,
        officer_email="o@example.gov",
        sent_at=timezone.now(),
    )
    facts = {"name": name, "title": name, "date": timezone.localdate(), "address": None, "signed_at": timezone.now()}
    return SimpleNamespace(affidavit=affidavit, text_digest=text.digest, **facts)  # type: ignore[return-value]


def findings_of(document: bytes, tmp_path: Path) -> list[str]:
    """Return what a checker of PDF/UA-1 says against the document."""
    (tmp_path / "document.pdf").write_bytes(document)
    checked = subprocess.run(
        [sys.executable, "-m", "pdfua", "check", tmp_path / "document.pdf"], capture_output=True, text=True, check=False
    )
    return [] if checked.returncode == 0 else (checked.stdout + checked.stderr).splitlines()


def tags_of(document: bytes) -> list[str]:
    """Return the names of the structure elements in reading order."""
    found: list[str] = []

    def walk(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for each in node:
                walk(each)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append(str(node["/S"]))
            walk(node.get("/K"))

    walk(PdfReader(io.BytesIO(document)).trailer["/Root"]["/StructTreeRoot"]["/K"])
    return found


def test_both_documents_are_accessible(affidavit, tmp_path):
    blank = affidavit_pdf.blank(affidavit)
    for document in (blank, sign(affidavit).file.read()):
        root = PdfReader(io.BytesIO(document)).trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"]
        assert str(root["/Lang"]).lower().startswith("en")
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        assert PdfReader(io.BytesIO(document)).metadata.title == affidavit.text.title
        tags = tags_of(document)
        assert tags.count("/Title") + tags.count("/H1") >= 1
        assert tags.count("/LI") >= len(affidavit.text.statements)
        assert findings_of(document, tmp_path) == []


def test_a_blank_copy_of_this_sending_can_be_printed(affidavit, path, anonymous, developer, staff, outsider, sign_in):
    page = anonymous.get(path).content.decode()
    address = reverse("onboarding:blank_for_officer", args=[affidavit.link_token])
    assert address in page
    for_team = reverse("onboarding:blank", args=[affidavit.request_id])
    for browser, each in ((anonymous, address), (sign_in(developer), for_team)):
        response = browser.get(each)
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"].startswith("attachment")
        assert response["X-Content-Type-Options"] == "nosniff"
        text = words_of(response.content)
        assert f"Document number: {affidavit.request_id}-{affidavit.pk}" in text
        assert f"Version of the text: {affidavit.text.version}" in text
        assert affidavit.text.digest in text.replace(" ", "")
        for words in (affidavit.text.title, *affidavit.text.statements, "Name", "Date", "Olive Officer"):
            assert words in text
        assert "☐" in text
        assert "☑" not in text
    assert sign_in(outsider).get(for_team).status_code == 404
    assert anonymous.get(for_team).status_code == 302
    sign(affidavit)
    assert anonymous.get(address).status_code == 410, "an answered link gives no blank copy"
    again = sign_in(developer).get(for_team, follow=True)
    assert "No affidavit is waiting for a signature." in again.content.decode()


def test_opening_the_link_changes_nothing(affidavit, path, anonymous):
    before = snapshot(affidavit.request)
    for _ in range(3):
        assert anonymous.get(path).status_code == 200
        assert anonymous.head(path).status_code == 200
    assert snapshot(affidavit.request) == before


def test_a_link_works_once(affidavit, path, anonymous, clock):
    assert "Thank you" in anonymous.post(path, form_of(affidavit)).content.decode()
    before = snapshot(affidavit.request)
    again = anonymous.get(path)
    assert again.status_code == 410
    assert "Olive Officer signed for Benefit Finder. We received it on June 1, 2026" in again.content.decode()
    clock.shift(61)  # until then, the same form is one that was sent twice
    assert anonymous.post(path, form_of(affidavit)).status_code == 410
    assert snapshot(affidavit.request) == before


@pytest.mark.parametrize("kind", ["unsigned", "forged", "cut", "other"])
def test_forged_links_open_nothing(kind, affidavit, anonymous):
    token = {
        "unsigned": str(affidavit.link_id),
        "forged": f"{affidavit.link_id}:" + "A" * 43,
        "cut": affidavit.link_token[:-1],
        "other": "0" * 36 + affidavit.link_token[36:],
    }[kind]
    before = snapshot(affidavit.request)
    address = reverse("onboarding:sign", args=[token])
    assert anonymous.get(address).status_code == 404
    assert anonymous.post(address, form_of(affidavit)).status_code == 404
    assert snapshot(affidavit.request) == before


def test_the_table_contains_nothing_that_opens_the_link(affidavit):
    row = Affidavit.objects.filter(pk=affidavit.pk).values().get()
    assert affidavit.link_token not in str(row)
    assert row["link_digest"] == digest(affidavit.link_token)


def test_links_expire(affidavit, path, anonymous, clock):
    clock.shift(datetime.timedelta(days=15))
    assert anonymous.get(path).status_code == 410
    assert anonymous.post(path, form_of(affidavit)).status_code == 410
    assert not Signature.objects.exists()


def test_an_expired_link_cannot_sign(affidavit, clock):
    clock.shift(datetime.timedelta(days=15))
    with pytest.raises(InvalidTransition, match="has expired"):
        sign(affidavit)


def test_a_page_opened_before_a_newer_link_cannot_sign(affidavit, staff):
    request = affidavit.request
    officer = {"officer_name": "Nora New", "officer_title": "CEO", "officer_email": "nora@benefits.example"}
    affidavit_steps.resend(request, by=staff, **officer)
    assert affidavit.ended_at is None, "as the page read it"
    with pytest.raises(InvalidTransition, match="newer link replaced it"):
        sign(affidavit)
    assert not Signature.objects.exists()


def test_a_new_link_ends_the_old_one(affidavit, path, anonymous, developer, sign_in):
    request = affidavit.request
    response = sign_in(developer).post(
        reverse("onboarding:resend_affidavit", args=[request.pk]),
        {
            "version": request.version,
            "officer_name": "Nora New",
            "officer_title": "CEO",
            "officer_email": "nora@benefits.example",
        },
        follow=True,
    )
    assert "emailing the officer a new link" in response.content.decode()
    old = anonymous.get(path)
    assert old.status_code == 410
    assert "This link does not work" in old.content.decode()
    newer = Affidavit.objects.latest_of(request)
    assert anonymous.get(reverse("onboarding:sign", args=[newer.link_token])).status_code == 200
    assert newer.officer_email == "nora@benefits.example"


def test_an_incompletely_named_officer_is_asked_for_again(affidavit, developer, sign_in):
    request = affidavit.request
    address = reverse("onboarding:resend_affidavit", args=[request.pk])
    response = sign_in(developer).post(address, {"version": request.version, "officer_name": "Nora New"})
    assert response.status_code == 400
    assert set(response.context["officer_form"].errors) == {"officer_title", "officer_email"}
    assert re.search(r'<details class="fold"\s+open>', response.content.decode())
    assert request.affidavits.get() == affidavit


@pytest.mark.parametrize("ending", ["withdraw", "deny", "block"])
def test_links_of_ended_or_blocked_requests_do_not_sign(ending, affidavit, path, anonymous, developer, staff):
    request = ProductionRequest.objects.get(pk=affidavit.request_id)
    if ending == "block":
        request.app.block(by=staff, reason="Abuse")
    else:
        getattr(requests, ending)(request, by=developer if ending == "withdraw" else staff, note="Over.")
    assert anonymous.post(path, form_of(affidavit)).status_code == 410
    assert not Signature.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "Someone Else"}, "Type your name exactly as shown above"),
        ({"statements": [0, 1]}, "Check every statement"),
        ({"statements": []}, "Check every statement"),
        ({"date": "2026-05-31"}, "Enter today"),
        ({"date": "2026-06-02"}, "Enter today"),
        ({"title": ""}, "required"),
        ({"date": "soon"}, "valid date"),
    ],
)
def test_an_incomplete_signature_is_refused(changes, words, affidavit, path, anonymous):
    before = snapshot(affidavit.request)
    response = anonymous.post(path, form_of(affidavit, **changes))
    assert response.status_code == 400
    assert words in response.content.decode()
    assert snapshot(affidavit.request) == before
    assert not Signature.objects.exists()


def test_all_errors_are_shown_together(affidavit, path, anonymous):
    response = anonymous.post(path, {"name": "Someone Else", "title": "", "date": "2026-05-31"})
    errors = response.context["form"].errors
    assert set(errors) == {"statements", "name", "title", "date"}
    page = response.content.decode()
    assert "Please correct 4 things" in page
    assert page.count('<li><a href="#id_') == 4, "as many as are counted"


def test_the_typed_name_can_differ_in_case_and_spaces(affidavit):
    assert sign(affidavit, name="  olive   OFFICER ").name == "olive   OFFICER"


def test_a_second_signature_is_refused_by_the_step_and_by_the_database(affidavit):
    again = Affidavit.objects.get(pk=affidavit.pk)
    signature = sign(affidavit)
    with pytest.raises(InvalidTransition):
        sign(again)
    with pytest.raises(IntegrityError), transaction.atomic():
        Signature.objects.create(affidavit=affidavit, name="x", title="x", date=signature.date, text_digest="x")
    assert Signature.objects.count() == 1


def test_the_page_shows_when_the_link_expires_and_fills_in_the_date(affidavit, path, anonymous, clock):
    clock.shift(datetime.timedelta(hours=10))  # Tuesday in London, Monday in New York
    page = anonymous.get(path).content.decode()
    assert "no later than June 15, 2026" in page
    assert 'type="date" name="date" value="2026-06-01"' in page


def test_the_date_is_that_of_new_york(affidavit, clock):
    clock.move_to(datetime.datetime(2026, 6, 2, 3, 0, tzinfo=datetime.UTC))  # still June 1 in New York
    assert sign(affidavit, date=datetime.date(2026, 6, 1)).date == datetime.date(2026, 6, 1)


def test_a_returned_affidavit_is_signed_again_and_both_signatures_stay(reach, staff):
    request = reach(State.AFFIDAVIT_SIGNED)
    renewed = affidavit_steps.return_to_officer(request, by=staff, note="The title is wrong.")
    sign(renewed)
    request.refresh_from_db()
    assert [each.decision for each in Signature.objects.order_by("pk")] == ["returned", "pending"]
    affidavit_steps.accept(request, by=staff)
    assert [each.decision for each in Signature.objects.order_by("pk")] == ["returned", "accepted"]


def test_a_new_version_does_not_change_what_was_sent(affidavit, superuser, sign_in):
    old = affidavit.text
    browser = sign_in(superuser)
    page = browser.get(reverse("admin:onboarding_affidavittext_add"))
    assert old.statements[0].replace("'", "&#x27;") in page.content.decode()
    response = browser.post(
        reverse("admin:onboarding_affidavittext_add"),
        {"title": "Affidavit", "body": "New words.", "statements": "One.\n\n Two. "},
    )
    assert response.status_code == 302, response.content.decode()
    newest = AffidavitText.objects.current()
    assert (newest.version, newest.statements) == (old.version + 1, ["One.", "Two."])
    assert newest.digest != old.digest
    affidavit.refresh_from_db()
    assert affidavit.text == old
    assert sign(affidavit).text_digest == old.digest


def test_published_texts_are_never_changed(superuser, sign_in):
    text = AffidavitText.objects.current()
    address = reverse("admin:onboarding_affidavittext_change", args=[text.pk])
    response = sign_in(superuser).post(address, {"title": "x", "body": "x", "statements": "x"})
    assert response.status_code == 403
    assert AffidavitText.objects.current().digest == text.digest


def test_reviewers_do_not_write_texts(staff, sign_in):
    assert sign_in(staff).get(reverse("admin:onboarding_affidavittext_add")).status_code == 403


def record(
    browser: Browser, request: ProductionRequest, file: SimpleUploadedFile, date: str = "2026-06-01", **changes: Any
) -> Any:
    affidavit = Affidavit.objects.latest_of(request)
    data = {
        "number": affidavit.number,
        "text_version": affidavit.text.version,
        "version": request.version,
        "name": "Olive Officer",
        "title": "CIO",
        "date": date,
        "document": file,
        **changes,
    }
    return browser.post(reverse("admin:onboarding_step", args=[request.pk, "record_affidavit"]), data)


def test_staff_record_a_copy_that_came_by_email(affidavit, staff, sign_in, path):
    request = affidavit.request
    response = record(sign_in(staff), request, SimpleUploadedFile("scan.bin", PDF, content_type="text/plain"))
    assert response.status_code == 302, response.content.decode()
    signature = Signature.objects.get()
    assert signature.came_by_email
    assert signature.recorded_by == staff
    assert signature.file.read() == PDF
    assert Browser().get(path).status_code == 410


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"number": "1-99999"}, "The current document is number"),
        ({"text_version": 99}, "The current text is version 1"),
        ({"number": ""}, "required"),
        ({"text_version": "x"}, "whole number"),
    ],
)
def test_a_copy_of_another_document_is_recorded_only_when_it_was_compared(changes, words, affidavit, staff, sign_in):
    before = snapshot(affidavit.request)
    response = record(sign_in(staff), affidavit.request, SimpleUploadedFile("scan.pdf", PDF), **changes)
    assert response.status_code == 400
    assert words in response.content.decode()
    assert snapshot(affidavit.request) == before
    if all(changes.values()) and "x" not in changes.values():
        compared = record(
            sign_in(staff), affidavit.request, SimpleUploadedFile("scan.pdf", PDF), is_checked="on", **changes
        )
        assert compared.status_code == 302
        entry = history.of(affidavit.request).first()
        assert str(*changes.values()) in str(entry.changes), "the history keeps what is printed on the copy"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html><script>alert(1)</script></html>", "a complete PDF"),
        (b"MZ\x90\x00" + PDF, "a complete PDF"),
        (b"<!-- -->" + PDF, "a complete PDF"),
        (b"%PDF-1.7 cut", "a complete PDF"),
        (b"", "empty"),
        (b"%PDF-1.7" + b"0" * uploads.MAX_PDF_BYTES + b"%%EOF", "too large"),
    ],
    ids=["html", "program", "late header", "cut", "empty", "large"],
)
def test_disguised_and_oversized_files_are_refused(content, words, affidavit, staff, sign_in):
    before = snapshot(affidavit.request)
    file = SimpleUploadedFile("affidavit.pdf", content, content_type="application/pdf")
    response = record(sign_in(staff), affidavit.request, file)
    assert response.status_code == 400
    assert words in response.content.decode()
    assert snapshot(affidavit.request) == before


def test_a_copy_signed_in_the_future_is_refused(affidavit, staff, sign_in):
    before = snapshot(affidavit.request)
    response = record(sign_in(staff), affidavit.request, SimpleUploadedFile("scan.pdf", PDF), date="2026-06-02")
    assert response.status_code == 400
    assert "Enter a date that is not in the future." in response.content.decode()
    assert snapshot(affidavit.request) == before


def test_documents_are_private_attachments(reach, teammate, outsider, staff, sign_in):
    request = reach(State.AFFIDAVIT_SIGNED)
    signature = Signature.objects.get()
    address = reverse("onboarding:document", args=[request.pk, signature.pk])
    in_admin = reverse("admin:onboarding_signature", args=[request.pk, signature.pk])
    for browser, path in ((sign_in(teammate), address), (sign_in(staff), in_admin)):
        response = browser.get(path)
        assert response.status_code == 200
        assert response["Content-Disposition"].startswith("attachment")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Type"] == "application/pdf", "phones open a document by its type"
        assert response.content.startswith(b"%PDF-")
    assert sign_in(outsider).get(address).status_code == 404
    assert sign_in(outsider).get(in_admin).status_code == 302, "asked to sign in as staff"
    assert Browser().get(address).status_code == 302
    assert Browser().get("/" + signature.file.name).status_code == 404


def test_a_document_is_found_only_under_its_own_request(reach, make_app, rival, sign_in, product):
    request = reach(State.AFFIDAVIT_SIGNED)
    other = make_app(rival, scopes=["visa.read"])
    foreign = requests.start(other.app, [product], by=rival)
    address = reverse("onboarding:document", args=[foreign.pk, Signature.objects.get().pk])
    assert sign_in(rival).get(address).status_code == 404
    assert request.pk != foreign.pk
