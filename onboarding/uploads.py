"""What a file must be before it is kept: judged by its bytes, never by its name or what the browser claims."""

from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _

MAX_PDF_BYTES = 10 * 1024 * 1024
_HEAD, _TAIL, _TAIL_WINDOW = b"%PDF-", b"%%EOF", 1024


def read_pdf(file: BinaryIO) -> bytes:
    """Return the bytes of a PDF; raise ValidationError for anything else and for more than MAX_PDF_BYTES.

    The header must stand at the very beginning: readers tolerate a late one, which is how files pose as two types.
    """
    content = file.read(MAX_PDF_BYTES + 1)
    if len(content) > MAX_PDF_BYTES:
        raise ValidationError(_("The file is too large: at most %(size)s.") % {"size": filesizeformat(MAX_PDF_BYTES)})
    if not content.startswith(_HEAD) or _TAIL not in content[-_TAIL_WINDOW:]:
        raise ValidationError(_("This is not a complete PDF file."))
    return content
