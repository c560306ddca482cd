"""The signed affidavit as a document: the text, each statement, and the record of the signature."""

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _
from fpdf import FPDF

from onboarding import calendar

if TYPE_CHECKING:
    from onboarding.models import Signature

# The fonts of every PDF reader know Western European letters only. For other names a font of the machine is embedded.
WIDE_FONTS = (
    Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
    Path("/usr/share/fonts/dejavu-sans-fonts/DejaVuSans.ttf"),
    Path("/usr/share/fonts/TTF/DejaVuSans.ttf"),
)
LINE_MM = 6


def render(signature: "Signature") -> bytes:
    """Return the PDF of a signature given by the emailed link."""
    affidavit = signature.affidavit
    text = affidavit.text
    record = [
        (_("Organization"), affidavit.request.answers.get("company_name", "")),
        (_("App"), affidavit.request.app.name),
        (_("Products"), ", ".join(product.name for product in affidavit.request.products.all())),
        (_("Signed by"), signature.name),
        (_("Title"), signature.title),
        (_("Date"), signature.date.isoformat()),
        (_("Received"), f"{timezone.localtime(signature.signed_at, calendar.EASTERN):%Y-%m-%d %H:%M:%S %Z}"),
        (_("Email address"), affidavit.officer_email),
        (_("Internet address"), str(signature.address or "")),
        (_("Version of the text"), str(text.version)),
        (_("SHA-256 of the text"), signature.text_digest),
    ]
    everything = " ".join([text.title, text.body, *text.statements, *(f"{name} {value}" for name, value in record)])
    page = _Page(everything)
    page.heading(text.title)
    page.paragraph(text.body)
    for statement in text.statements:
        page.paragraph(f"[x] {statement}")
    page.heading(_("Signature"))
    for name, value in record:
        page.paragraph(f"{name}: {value}")
    return page.bytes()


class _Page:
    """A document of headings and paragraphs in a font that can show all of its text."""

    def __init__(self, everything: str) -> None:
        self._pdf = FPDF(format="Letter")
        self._pdf.set_margin(20)
        self._pdf.set_title(_("Affidavit"))
        self._pdf.set_lang("en")
        self._plain = False
        self._font = self._choose_font(everything)
        self._pdf.add_page()

    def heading(self, text: str) -> None:
        self._write(text, size=16)

    def paragraph(self, text: str) -> None:
        self._write(text, size=11)

    def bytes(self) -> bytes:
        return bytes(self._pdf.output())

    def _choose_font(self, everything: str) -> str:
        if _is_western(everything):
            return "Helvetica"
        for path in WIDE_FONTS:
            if path.exists():
                self._pdf.add_font("wide", fname=str(path))
                return "wide"
        self._plain = True
        return "Helvetica"

    def _write(self, text: str, *, size: int) -> None:
        self._pdf.set_font(self._font, size=size)
        self._pdf.multi_cell(
            0, LINE_MM * size / 11, _without_accents(text) if self._plain else _typographic(text, self._font)
        )
        self._pdf.ln(LINE_MM / 2)
        self._pdf.set_x(self._pdf.l_margin)


def _typographic(text: str, font: str) -> str:
    """Replace the few signs that the readers' own fonts lack in Latin-1."""
    if font != "Helvetica":
        return text
    signs: dict[str, str | int | None] = {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."}
    return text.translate(str.maketrans(signs))


def _is_western(text: str) -> bool:
    try:
        _typographic(text, "Helvetica").encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _without_accents(text: str) -> str:
    """Return the nearest Latin letters; the record in the database keeps the name as it was typed."""
    return unicodedata.normalize("NFKD", _typographic(text, "Helvetica")).encode("latin-1", "replace").decode("latin-1")
