"""What makes a password good enough: long, not guessable, nothing about its composition (NIST SP 800-63B 3.1.1)."""

import re
import unicodedata
from collections.abc import Iterable

from zxcvbn import zxcvbn

from clinic.access.errors import WeakPassword

SHORTEST = 15
LONGEST_BYTES = 128

_GOOD_ENOUGH = 3
_MEASURED = 72
_SHORTEST_WORD = 3
_OWN_PART = 8
_CLINIC_WORDS = ("clinic", "homeclinic", "telehealth", "telemedicine", "patient", "doctor", "physician", "coordinator")
_FAMOUS_WORDS = ("correct", "horse", "battery", "staple", "password", "passphrase", "letmein", "welcome", "admin")


def normal(password: str) -> str:
    """Return the password in NFC, so that the same keys on two keyboards give the same password."""
    return unicodedata.normalize("NFC", password)


def is_checkable(password: str) -> bool:
    """Tell whether a typed password is short enough to be hashed at all."""
    return len(normal(password).encode()) <= LONGEST_BYTES


def good_password(password: str, *, words: Iterable[str] = (), field: str = "password") -> str:
    """Return a new password in NFC, or raise WeakPassword; `words` are names a guesser would try (clinic, person)."""
    wanted = normal(password)
    if len(wanted) < SHORTEST:
        raise WeakPassword(f"Use at least {SHORTEST} characters. Four or five plain words work well.", field=field)
    if not is_checkable(wanted):
        raise WeakPassword(f"That is too long. Use at most {LONGEST_BYTES} characters.", field=field)
    known = {part for word in (*_CLINIC_WORDS, *_FAMOUS_WORDS, *words) for part in _parts(word)}
    if len(_without(known, wanted)) < _OWN_PART or _score(wanted, known) < _GOOD_ENOUGH:
        raise WeakPassword("That is easy to guess. Use words that do not belong together.", field=field)
    return wanted


def _score(password: str, known: set[str]) -> int:
    measured: int = zxcvbn(password[:_MEASURED], user_inputs=sorted(known))["score"]  # type: ignore[no-untyped-call]
    return measured


def _without(known: set[str], password: str) -> str:
    """Return what is left of a password once the words that a guesser knows are taken out."""
    rest = password.casefold()
    for word in sorted(known, key=len, reverse=True):
        rest = rest.replace(word, "")
    return "".join(symbol for symbol in rest if symbol.isalnum())


def _parts(word: str) -> list[str]:
    whole = word.casefold()
    return [part for part in (whole, *re.split(r"[^a-z0-9]+", whole)) if len(part) >= _SHORTEST_WORD]
