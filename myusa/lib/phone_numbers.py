"""Phone numbers as people write them; stored numbers are E.164."""

from functools import lru_cache

import phonenumbers

# Regions whose numbers are written as at home; USPS delivers to all of them.
US_REGIONS = frozenset({"US", "PR", "GU", "VI", "AS", "MP"})


def in_words(number: str) -> str:
    """Return an E.164 number as people write it: `415-555-3455` in the United States, else `+44 20 7946 0958`."""
    digits = number[2:]
    if number.startswith("+1") and len(digits) == 10 and _is_of_us(digits[:6]):
        return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@lru_cache(maxsize=10_000)
def _is_of_us(prefix: str) -> bool:
    """Whether the numbers with this area code and exchange belong to the United States; finding out is slow."""
    number = phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{prefix}0000"))
    return phonenumbers.region_code_for_number(number) in US_REGIONS
