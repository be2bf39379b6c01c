"""E-mail addresses, ZIP codes, street lines and cities."""

import re
import unicodedata

from clinic.kernel.text import clean_line
from clinic.people.errors import NotAnAddress, NotAnEmail, NotAPostalCode
from clinic.people.rules.counties import STATES

_LONGEST_EMAIL = 254
_LONGEST_LINE = 120
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_EMAIL = re.compile(rf"[^\s@<>(),;:\"\\\[\]]{{1,64}}@(?:{_LABEL}\.)+[^\W\d_]{{2,63}}")
_ZIP = re.compile(r"(\d{5})(?:-?(\d{4}))?", re.ASCII)
# USPS assigns the first digits by state: 07 and 08 are New Jersey; 32, 33 and 34 are Florida.
_ZIP_STARTS = {"FL": ("32", "33", "34"), "NJ": ("07", "08")}


def email_address(typed: str, *, field: str | None = "email") -> str:
    """Return the address in NFKC and lower case, or raise NotAnEmail.

    Lower case and not casefold: folding turns ß into ss, which is another domain.
    """
    address = unicodedata.normalize("NFKC", clean_line(typed, field=field)).lower()
    local = address.partition("@")[0]
    is_dotted_wrong = local.startswith(".") or local.endswith(".") or ".." in local
    if len(address) > _LONGEST_EMAIL or is_dotted_wrong or not _EMAIL.fullmatch(address):
        raise NotAnEmail("Enter an e-mail address, like name@example.org.", field=field)
    return address


def email_warning(address: str) -> str | None:
    """Return a sentence when one part of the address mixes alphabets, as look-alike addresses do; else None."""
    for part in re.split(r"[@.]", address):
        if len({_script(symbol) for symbol in part if symbol.isalpha()}) > 1:
            return "This e-mail address mixes letters of two alphabets. Ask the patient to spell it."
    return None


def postal_code(typed: str, state: str, *, field: str | None = "postal_code") -> str:
    """Return `33101` or `33101-2345` of the state, or raise NotAPostalCode."""
    found = _ZIP.fullmatch(clean_line(typed, field=field))
    if found is None:
        raise NotAPostalCode("Enter a ZIP code of 5 digits, like 33101.", field=field)
    if not found[1].startswith(_ZIP_STARTS[state]):
        raise NotAPostalCode(f"{found[1]} is not a ZIP code in {STATES[state]}. Check it and the state.", field=field)
    return f"{found[1]}-{found[2]}" if found[2] else found[1]


def street_line(typed: str, *, field: str | None = "address_line") -> str:
    """Return the street line, or raise NotAnAddress when it is empty or longer than 120 characters."""
    line = clean_line(typed, field=field)
    if not line:
        raise NotAnAddress("Enter the street and number.", field=field)
    if len(line) > _LONGEST_LINE:
        raise NotAnAddress(f"Use at most {_LONGEST_LINE} characters for the street.", field=field)
    return line


def city_name(typed: str, *, field: str | None = "city") -> str:
    """Return the city, or raise NotAnAddress when it has no letter or is too long."""
    city = clean_line(typed, field=field)
    if not any(symbol.isalpha() for symbol in city) or len(city) > _LONGEST_LINE // 2:
        raise NotAnAddress("Enter the city.", field=field)
    return city


def _script(letter: str) -> str:
    return unicodedata.name(letter, "UNKNOWN").partition(" ")[0]
