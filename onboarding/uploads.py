"""Checks of an uploaded file. Only its bytes count, never its name or the type the browser sends."""

from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

MAX_PDF_BYTES = 10 * 1024 * 1024
_HEAD, _TAIL, _TAIL_WINDOW = b"%PDF-", b"%%EOF", 1024


def read_pdf(file: BinaryIO) -> bytes:
    """Return the bytes of a PDF; raise ValidationError for anything else and for more than MAX_PDF_BYTES.

    The header must be the first bytes. Readers accept a later one, which lets a file pass as two types.
    """
    content = file.read(MAX_PDF_BYTES + 1)
    if len(content) > MAX_PDF_BYTES:
        raise ValidationError(
            _("The file is too large. Choose one of at most %(size)s.") % {"size": filesizeformat(MAX_PDF_BYTES)}
        )
    if not content.startswith(_HEAD) or _TAIL not in content[-_TAIL_WINDOW:]:
        raise ValidationError(_("This isn’t a complete PDF file. Choose another one."))
    return content
