"""Documents to print: tagged PDFs that follow PDF/UA-1 (ISO 14289-1).

typst refuses to write any other. Its fonts come with the package and have the letters of Latin, Greek, Cyrillic and
Hebrew script.
"""

import datetime
import functools
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.utils.translation import get_language

# How typst names letters that no font has.
_WITHOUT_FONT = re.compile(r'the text `"(.+?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
MAX_REPLACED = 50


def written(template: str, data: dict[str, Any], *, at: datetime.datetime) -> bytes:
    """Return the PDF of a template in this folder, `data` with `title` and `footer`, and the time of the document.

    A letter that no font has is replaced by its nearest one; the database keeps it as typed.
    """
    common = {"author": settings.SITE_NAME, "language": get_language() or settings.LANGUAGE_CODE}
    text = json.dumps(shown({**common, **data}), ensure_ascii=False)
    for _round in range(MAX_REPLACED):
        try:
            return _compiled(template, text, at)
        except typst.TypstError as error:
            missing = _WITHOUT_FONT.search(error.message)
            letters = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), missing[1]) if missing else ""
            replaced = "".join(_nearest(each) if each in letters else each for each in text)
            if replaced == text:
                break
            text = replaced
    return _compiled(template, "".join(map(_nearest, text)), at)


def _compiled(template: str, text: str, at: datetime.datetime) -> bytes:
    document = typst.compile(
        Path(__file__).with_name(template),
        format="pdf",
        pdf_standards="ua-1",
        sys_inputs={"data": text},
        font_paths=fonts(),
        timestamp=at.replace(microsecond=0),
    )
    assert isinstance(document, bytes)
    return document


@functools.cache
def fonts() -> typst.Fonts:
    """Return the fonts of the package, and those of the machine for other scripts."""
    return typst.Fonts()


def shown(value: Any) -> Any:
    """Leave out characters that show nothing, such as zero-width joiners."""
    if isinstance(value, dict):
        return {name: shown(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [shown(each) for each in value]
    if not isinstance(value, str):
        return value
    letters = unicodedata.normalize("NFC", value)
    return "".join(each for each in letters if each == "\n" or not unicodedata.category(each).startswith("C"))


def _nearest(letter: str) -> str:
    """Return the ASCII letters of `letter`, or a question mark."""
    if letter.isascii():
        return letter
    return "".join(part for part in unicodedata.normalize("NFKD", letter) if part.isalnum() and part.isascii()) or "?"
