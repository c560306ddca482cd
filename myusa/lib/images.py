"""Pictures that people upload. Only their bytes count, never their name or the type the browser sends."""

from io import BytesIO
from typing import BinaryIO

from django.core.exceptions import ValidationError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_BYTES = 500 * 1024
# Known before a picture is decoded; decoding takes four bytes for each.
MAX_PIXELS = 2000 * 2000


def redraw(file: BinaryIO, *, side: int) -> bytes:
    """Return a picture as WebP of at most `side` pixels in width and height; raise ValidationError for anything else.

    What comes out has nothing of the file but the visible colors of its first frame: no metadata, no other file within.
    """
    content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValidationError(
            _("The file is too large. Choose one of at most %(size)s.") % {"size": filesizeformat(MAX_BYTES)}
        )
    try:
        drawn = _draw(content, side)
    except Exception as error:  # decoders fail in many ways on files that are made to break them
        raise ValidationError(_("We can’t read this picture. Use a PNG, JPEG or WebP file.")) from error
    if drawn is None:
        raise ValidationError(_("The picture is too large. Choose one of at most 2,000 by 2,000 pixels."))
    output = BytesIO()
    drawn.save(output, "WEBP", quality=90)
    return output.getvalue()


def _draw(content: bytes, side: int) -> Image.Image | None:
    with Image.open(BytesIO(content), formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            return None
        drawn = ImageOps.exif_transpose(image).convert("RGBA")
    drawn.thumbnail((side, side))
    drawn.info = {}
    return drawn
