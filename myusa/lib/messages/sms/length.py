"""How long a text message is, as networks count: septets of the GSM alphabet, or units of UCS-2 for any other text.

A message of one part holds 160 septets or 70 units; each part of a longer one 153 or 67 (3GPP TS 23.040 §9.2.3.24).
"""

# 3GPP TS 23.038 §6.2.1: the basic alphabet, and the extension, of which each character takes two septets.
GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")
_SINGLE_GSM, _SINGLE_UCS2 = 160, 70
_PART_GSM, _PART_UCS2 = 153, 67
# Typographic characters that people paste and that would more than halve a message's room.
_PLAIN = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " ", "\t": " "}
)


def plain(text: str) -> str:
    """Return `text` with typographic quotes, dashes and spaces as the GSM alphabet has them."""
    return text.translate(_PLAIN)


def is_gsm(text: str) -> bool:
    return all(character in GSM_BASIC or character in GSM_EXTENSION for character in text)


def parts(text: str) -> int:
    """Return of how many parts the message will be."""
    gsm = is_gsm(text)
    length = _length(text, gsm)
    single, each = (_SINGLE_GSM, _PART_GSM) if gsm else (_SINGLE_UCS2, _PART_UCS2)
    return 1 if length <= single else -(-length // each)


def fit(before: str, text: str, after: str, *, most: int = 2) -> str:
    """Return `before + text + after`, with `text` cut and marked by dots so that it takes at most `most` parts."""
    whole = before + text + after
    if parts(whole) <= most:
        return whole
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if parts(_cut(before, text[:middle], after)) <= most else (low, middle - 1)
    return _cut(before, text[:low], after)


def _cut(before: str, text: str, after: str) -> str:
    return f"{before}{text.rstrip()}...{after}"


def _length(text: str, gsm: bool) -> int:
    if gsm:
        return sum(2 if character in GSM_EXTENSION else 1 for character in text)
    return len(text.encode("utf-16-le")) // 2
