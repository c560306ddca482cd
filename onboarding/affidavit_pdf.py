"""The affidavit as a document: signed, with the record of the signature, or blank, to print and sign in ink."""

import datetime
import re
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from onboarding import calendar, documents

if TYPE_CHECKING:
    from onboarding.models import Affidavit, Signature


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
    return documents.written(
        "affidavit.typ",
        {
            "title": documents.shown(text.title).strip() or _("Affidavit"),
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
