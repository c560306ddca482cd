"""The affidavit as a document: signed, with the record of the signature, or blank, to print and sign in ink.

Both are tagged PDFs that follow PDF/UA-1 (ISO 14289-1): typst refuses to write any other. Its fonts come with the
package and have the letters of Latin, Greek, Cyrillic and Hebrew script.
"""

import datetime
import functools
import json
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typst
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from onboarding import calendar

if TYPE_CHECKING:
    from onboarding.models import Affidavit, Signature

TEMPLATE = Path(__file__).with_name("affidavit.typ")
# How typst names letters that no font has.
_WITHOUT_FONT = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
MAX_REPLACED = 50


def signed(signature: "Signature") -> bytes:
    """Return the document of a signature given by the emailed link."""
    affidavit = signature.affidavit
    record = [
        (_("Signed by"), signature.name),
        (_("Title"), signature.title),
        (_("Date"), signature.date.isoformat()),
        (_("Received"), f"{timezone.localtime(signature.signed_at, calendar.EASTERN):%Y-%m-%d %H:%M:%S %Z}"),
        (_("Email address"), affidavit.officer_email),
        (_("Internet address"), str(signature.address or "–")),
    ]
    return _document(affidavit, record=record, fields=[], at=signature.signed_at, digest=signature.text_digest)


def blank(affidavit: "Affidavit") -> bytes:
    """Return the document of this sending to print and sign in ink: empty boxes, and lines to write on."""
    record = [(_("Officer"), f"{affidavit.officer_name}, {affidavit.officer_title}")]
    fields = [_("Name"), _("Title"), _("Date"), _("Signature")]
    return _document(affidavit, record=record, fields=fields, at=affidavit.sent_at, digest=affidavit.text.digest)


def _document(
    affidavit: "Affidavit", *, record: list[tuple[str, str]], fields: list[str], at: datetime.datetime, digest: str
) -> bytes:
    text, request = affidavit.text, affidavit.request
    number = {"number": affidavit.number, "version": text.version}
    return _compile(
        {
            "title": _shown(text.title).strip() or _("Affidavit"),
            "author": settings.SITE_NAME,
            "language": get_language() or settings.LANGUAGE_CODE,
            "body": [part for part in re.split(r"\n\s*\n", text.body.replace("\r", "")) if part.strip()],
            "statements_heading": _("I affirm each of these statements"),
            "statements": text.statements,
            "signed": not fields,
            "signature_heading": _("Signature"),
            "fields": fields,
            "record": [
                *record,
                (_("Organization"), request.answers.get("company_name", "") or "–"),
                (_("App"), request.app.name),
                (_("Products"), ", ".join(product.name for product in request.products.all()) or "–"),
                (_("Document number"), affidavit.number),
                (_("Version of the text"), str(text.version)),
                (_("Sent"), date_format(timezone.localtime(affidavit.sent_at, calendar.EASTERN), "Y-m-d")),
                (_("SHA-256 of the text"), digest),
            ],
            "footer": _("Document %(number)s, version %(version)s") % number,
        },
        at=at,
    )


def _compile(data: dict[str, Any], *, at: datetime.datetime) -> bytes:
    """Return the PDF. A letter that no font has is replaced by its nearest one; the database keeps it as typed."""
    text = json.dumps(_shown(data), ensure_ascii=False)
    for _round in range(MAX_REPLACED):
        try:
            return _written(text, at)
        except typst.TypstError as error:
            missing = _WITHOUT_FONT.search(error.message)
            letters = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), missing[1]) if missing else ""
            replaced = "".join(_nearest(each) if each in letters else each for each in text)
            if replaced == text:
                break
            text = replaced
    return _written("".join(map(_nearest, text)), at)


def _written(text: str, at: datetime.datetime) -> bytes:
    document = typst.compile(
        TEMPLATE,
        format="pdf",
        pdf_standards="ua-1",
        sys_inputs={"data": text},
        font_paths=_fonts(),
        timestamp=at.replace(microsecond=0),
    )
    assert isinstance(document, bytes)
    return document


@functools.cache
def _fonts() -> typst.Fonts:
    """Return the fonts of the package, and those of the machine for other scripts."""
    return typst.Fonts()


def _shown(value: Any) -> Any:
    """Leave out characters that show nothing, such as zero-width joiners."""
    if isinstance(value, dict):
        return {name: _shown(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(each) for each in value]
    if not isinstance(value, str):
        return value
    letters = unicodedata.normalize("NFC", value)
    return "".join(each for each in letters if each == "\n" or not unicodedata.category(each).startswith("C"))


def _nearest(letter: str) -> str:
    """Return the ASCII letters of `letter`, or a question mark."""
    if letter.isascii():
        return letter
    return "".join(part for part in unicodedata.normalize("NFKD", letter) if part.isalnum() and part.isascii()) or "?"
