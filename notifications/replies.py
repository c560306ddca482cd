"""What people mean when they reply to a text message.

A reply that stops is read generously: in people's own words, in English, Spanish and French, with anything around it. A
reply that starts again is consent, so it must be the word alone.
"""

import re
import unicodedata
from enum import StrEnum


class Meaning(StrEnum):
    """What a reply asks for. The values are those of Twilio's `OptOutType`."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"
    OTHER = ""


STOP_WORDS = frozenset(
    "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT"
    " ALTO PARAR PARE PAREN BASTA BAJA DETENER CANCELAR TERMINAR"
    " ARRET ARRETE ARRETER ARRETEZ ANNULER DESABONNER DESINSCRIRE".split()
)
STOP_PHRASES = frozenset({("OPT", "OUT"), ("NO", "MAS"), ("STOP", "ALL")})
START_WORDS = frozenset({"START", "YES", "UNSTOP"})
# With the language of the word, "" if it is in any.
HELP_WORDS = {"HELP": "", "INFO": "", "AYUDA": "es", "AIDE": "fr"}
# The rest of a contraction belongs to its word: "end's" is not "end".
_CONTRACTION = re.compile(r"['’](?=(?:S|D|LL|RE|VE|T|M)\b)")
_WORD = re.compile(r"[^\W_]+")


def meaning_of(text: str) -> Meaning:
    """Return what a reply means: by the first word, or the first two, of its first line that has words."""
    words = next(filter(None, map(_words, text.splitlines())), [])
    if words and (words[0] in STOP_WORDS or tuple(words[:2]) in STOP_PHRASES):
        return Meaning.STOP
    alone = _alone(text)
    if alone in START_WORDS:
        return Meaning.START
    return Meaning.HELP if alone in HELP_WORDS else Meaning.OTHER


def language_of(text: str) -> str:
    """Return the language in which a person asks for help; "" if the word does not tell."""
    return HELP_WORDS.get(_alone(text), "")


def _alone(text: str) -> str:
    return text.strip().upper().rstrip(".!")


def _words(line: str) -> list[str]:
    """Return the words in capitals, without accents, punctuation and invisible characters."""
    compatible = unicodedata.normalize("NFKD", line).upper()
    visible = "".join(each for each in compatible if unicodedata.category(each) not in ("Mn", "Cf", "Cc"))
    return _WORD.findall(_CONTRACTION.sub("", visible))
