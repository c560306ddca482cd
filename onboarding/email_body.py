"""The words of an email as parts of its HTML: paragraphs, lists, and the one link that becomes the button."""

import re
from typing import NamedTuple

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

BULLET = "- "
OPEN_REQUEST = _("Open the request")
BUTTONS: dict[str, Promise] = {
    "affidavit_accepted": _("Book the demo"),
    "affidavit_copy": _("Download the document"),
    "affidavit_officer": _("Read and sign the affidavit"),
    "affidavit_reminder": _("Read and sign the affidavit"),
    "affidavit_returned_officer": _("Read and sign the affidavit"),
    "changes_requested": _("Change the request"),
    "demo_booked": _("View the demo"),
    "demo_moved": _("View the demo"),
    "demo_reminder": _("View the demo"),
    "granted": _("Get the production keys"),
}


class Block(NamedTuple):
    """A paragraph, or the items of a list."""

    text: str
    items: list[str]


class Parts(NamedTuple):
    """What is before the button, its address, and what is after it. Without a link everything is before."""

    before: list[Block]
    link: str
    after: list[Block]


def parts(words: str) -> Parts:
    """Return the parts of an email's words. The first line that is an address of this site alone is the button's."""
    paragraphs = re.split(r"\n\s*\n", words.strip())
    for index, paragraph in enumerate(paragraphs):
        if re.fullmatch(rf"{re.escape(settings.BASE_URL)}/\S*", paragraph.strip()):
            return Parts(_blocks(paragraphs[:index]), paragraph.strip(), _blocks(paragraphs[index + 1 :]))
    return Parts(_blocks(paragraphs), "", [])


def _blocks(paragraphs: list[str]) -> list[Block]:
    blocks: list[Block] = []
    for paragraph in paragraphs:
        text = [line for line in paragraph.split("\n") if not line.startswith(BULLET)]
        items = [line.removeprefix(BULLET) for line in paragraph.split("\n") if line.startswith(BULLET)]
        blocks.append(Block("\n".join(text).strip(), items))
    return blocks
