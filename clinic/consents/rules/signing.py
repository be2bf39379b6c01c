"""What a signature needs: a plausible name, every box of the form, and the yes to signing electronically."""

from dataclasses import dataclass
from uuid import UUID

from clinic.kernel.text import search_key

STATEMENTS = {
    "en": "I agree to sign electronically. My typed name counts like my signature on paper. I can have a paper copy "
    "instead at any time, at no cost.",
    "es": "Acepto firmar de forma electrónica. Mi nombre escrito vale como mi firma en papel. Puedo pedir una copia en "
    "papel en cualquier momento, sin costo.",
}
"""What stands at the last box (15 U.S.C. 7001; FL 668.50; N.J.S.A. 12A:12-1 and following), kept with the signature."""

_LEAST_LETTERS = 3
_LEAST_WORDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordName:
    """The name in the record."""

    first: str
    last: str
    preferred: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What somebody gave to sign: the version and language that stood on the page, and what was typed and ticked.

    `is_my_name` confirms a name that the record does not have. `address`, `agent` and `link_id` say from where.
    """

    version_id: UUID
    language: str
    typed_name: str
    is_my_name: bool
    agrees_to_electronic: bool
    boxes: frozenset[int]
    released_to: str = ""
    address: str | None = None
    agent: str | None = None
    link_id: UUID | None = None


def faults(signing: Signing, name: RecordName, *, boxes: int, names_recipient: bool) -> dict[str, str]:
    """Return what is missing as box -> code, in the order of the page; empty where it can be signed."""
    found = {f"box_{number}": "box_missing" for number in range(1, boxes + 1) if number not in signing.boxes}
    if names_recipient and not signing.released_to:
        found["released_to"] = "recipient_missing"
    if not is_plausible(signing.typed_name):
        found["typed_name"] = "name_missing"
    elif not is_like(signing.typed_name, name) and not signing.is_my_name:
        found["is_my_name"] = "name_differs"
    if not signing.agrees_to_electronic:
        found["agrees_to_electronic"] = "not_electronic"
    return found


def is_plausible(typed: str) -> bool:
    """Tell whether something typed can be a full name: two words at least, and letters in them."""
    words = [word for word in typed.split() if any(symbol.isalpha() for symbol in word)]
    return len(words) >= _LEAST_WORDS and sum(symbol.isalpha() for symbol in typed) >= _LEAST_LETTERS


def is_like(typed: str, name: RecordName) -> bool:
    """Tell whether a typed name is the record's: a first name and a last name of it, whatever accents and order."""
    words = _words(typed)
    firsts = _words(name.first) | _words(name.preferred or "")
    return bool(words & firsts) and bool(words & _words(name.last))


def _words(name: str) -> set[str]:
    plain = "".join(symbol if symbol.isalnum() else " " for symbol in search_key(name).replace("'", ""))
    return set(plain.split())
