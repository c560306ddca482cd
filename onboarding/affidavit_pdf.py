"""The signed affidavit as a document: the text, each statement, and the record of the signature."""

import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from fpdf import FPDF

from onboarding import calendar

if TYPE_CHECKING:
    from onboarding.models import Signature

# Comes with the design system (scripts/assets) and knows the letters of every language in Latin script.
FONT = settings.BASE_DIR / "static/vendor/uswds/fonts/public-sans/PublicSans-Regular.ttf"
# For other scripts, where the machine has it.
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
    page = _Page()
    page.heading(text.title)
    page.paragraph(text.body)
    for statement in text.statements:
        page.paragraph(f"[x] {statement}")
    page.heading(_("Signature"))
    for name, value in record:
        page.paragraph(f"{name}: {value}")
    return page.bytes()


class _Page:
    """A document of headings and paragraphs."""

    def __init__(self) -> None:
        self._pdf = FPDF(format="Letter")
        self._pdf.set_margin(20)
        self._pdf.set_title(_("Affidavit"))
        self._pdf.set_lang("en")
        fonts = [FONT, *[path for path in WIDE_FONTS if path.exists()][:1]]
        for path in fonts:
            self._pdf.add_font(path.stem, fname=path)
        self._pdf.set_fallback_fonts([path.stem for path in fonts[1:]])
        self._letters = set().union(*(font.cmap for font in self._pdf.fonts.values()))  # type: ignore[union-attr]
        self._pdf.add_page()

    def heading(self, text: str) -> None:
        self._write(text, size=16)

    def paragraph(self, text: str) -> None:
        self._write(text, size=11)

    def bytes(self) -> bytes:
        return bytes(self._pdf.output())

    def _write(self, text: str, *, size: int) -> None:
        self._pdf.set_font(FONT.stem, size=size)
        self._pdf.multi_cell(0, LINE_MM * size / 11, self._showable(text))
        self._pdf.ln(LINE_MM / 2)
        self._pdf.set_x(self._pdf.l_margin)

    def _showable(self, text: str) -> str:
        """Replace what no font has by its nearest letters; the record in the database keeps the name as it was typed."""
        return "".join(
            letter if letter.isspace() or ord(letter) in self._letters else self._nearest(letter)
            for letter in unicodedata.normalize("NFC", text)
        )

    def _nearest(self, letter: str) -> str:
        known = [part for part in unicodedata.normalize("NFKD", letter) if ord(part) in self._letters]
        return "".join(known) or "?"
