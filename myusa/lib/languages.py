"""Which languages there are, and which one an email is written in."""

from collections.abc import Callable, Iterable
from pathlib import Path

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import to_language

ENGLISH = ("en", "English")
# What is for developers, staff and programs has no translation, so it is in English for everyone and says so (`lang`): the pages
# and machine paths that begin so, and the emails whose templates do.
ENGLISH_PAGES = ("/developer", "/admin/", "/dev/", "/llms.txt", "/.well-known/", "/status.json", "/status.atom")
ENGLISH_EMAILS = ("developer_apps/", "onboarding/", "accounts/texts_nearly_used_up")


def available(folders: Iterable[Path]) -> list[tuple[str, str]]:
    """Return English, and each language with a compiled catalog in one of these folders: code, and name in itself."""
    codes = {to_language(file.parent.parent.name) for folder in folders for file in folder.glob("*/*/django.mo")}
    others = sorted(code for code in codes if code in LANG_INFO and code != ENGLISH[0])
    return [ENGLISH, *((code, capfirst(str(LANG_INFO[code]["name_local"]))) for code in others)]


def several() -> bool:
    """Return whether people have a choice."""
    return len(settings.LANGUAGES) > 1


def is_english_page(path: str) -> bool:
    """Return whether a path is in English for everyone."""
    return path.startswith((*ENGLISH_PAGES, *settings.MACHINE_PATHS))


def known(code: str) -> str:
    """Return a language that this site has: `code` itself, or the default in its place."""
    return code if code in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def written_in(code: str) -> translation.override:
    """Return a context in which texts are in the language `code`."""
    return translation.override(known(code))


class Recipients:
    """Finds the language of an email's recipient. `accounts` says how: the outbox knows no people."""

    find: Callable[[str], str] | None = None

    def language_of(self, address: str, template: str = "") -> str:
        """Return the language of the account with this address; for any other address, the current one."""
        if template.startswith(ENGLISH_EMAILS):
            return settings.LANGUAGE_CODE
        found = self.find(address) if self.find and several() else ""
        return found or translation.get_language() or settings.LANGUAGE_CODE


recipients = Recipients()
