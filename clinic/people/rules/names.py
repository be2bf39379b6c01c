"""How people's names are written, shown and compared."""

import unicodedata

from clinic.kernel.text import clean_line, search_key
from clinic.people.errors import NotAName

_LONGEST = 60
_MARKS_IN_A_ROW = 3
_BETWEEN_LETTERS = frozenset("'-. ")
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u00b4": "'", "`": "'", "\u2010": "-"})


def person_name(typed: str, *, field: str | None = None) -> str:
    """Return a name in its normal form: letters of any script, accents, apostrophe, hyphen, dot, single spaces.

    Raises NotAName for anything else, for an empty text and for more than 60 characters.
    """
    name = clean_line(typed, field=field).translate(_APOSTROPHES)
    if not name:
        raise NotAName("Enter a name.", field=field)
    if len(name) > _LONGEST:
        raise NotAName(f"Use at most {_LONGEST} letters for this name.", field=field)
    if not name[0].isalpha() or not all(_belongs_in_a_name(symbol) for symbol in name) or _is_piled_up(name):
        raise NotAName("Use letters, spaces, hyphens, apostrophes and dots; begin with a letter.", field=field)
    return name


def formal_name(last: str, first: str) -> str:
    """Return `Reyes, Dana`, the form of lists."""
    return f"{last}, {first}"


def display_name(first: str, last: str, preferred: str | None) -> str:
    """Return `Daniela Reyes (Dana)`: the legal name, and in brackets what the person wants to be called."""
    is_same = preferred is None or search_key(preferred) == search_key(first)
    return f"{first} {last}" if is_same else f"{first} {last} ({preferred})"


def key_of_name(first: str, last: str) -> str:
    """Return what two spellings of one legal name have in common: no case, accents, spaces or punctuation."""
    return "|".join(_only_letters(part) for part in (last, first))


def without_punctuation(name: str) -> str:
    """Return the letters and spaces of a search key, so that `oconnor` finds O'Connor."""
    return "".join(symbol for symbol in search_key(name) if symbol.isalpha() or symbol == " ")


def _only_letters(name: str) -> str:
    return without_punctuation(name).replace(" ", "")


def _belongs_in_a_name(symbol: str) -> bool:
    return symbol in _BETWEEN_LETTERS or unicodedata.category(symbol)[0] in "LM"


def _is_piled_up(name: str) -> bool:
    """Tell whether accents are stacked so high that they run into other lines of a page."""
    in_a_row = 0
    for symbol in name:
        in_a_row = in_a_row + 1 if unicodedata.category(symbol)[0] == "M" else 0
        if in_a_row > _MARKS_IN_A_ROW:
            return True
    return False
