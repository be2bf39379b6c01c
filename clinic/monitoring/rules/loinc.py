"""LOINC codes: whether one is written as it can be, by its last digit."""

import re

_CODE = re.compile(r"([0-9]{1,7})-([0-9])", re.ASCII)
_NINE = 9


def is_loinc(code: str) -> bool:
    """Return whether a code has the form of a LOINC code and the right check digit (modulus 10)."""
    found = _CODE.fullmatch(code)
    return found is not None and _check_digit(found[1]) == int(found[2])


def _check_digit(digits: str) -> int:
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(digits))]
    return -sum(value - _NINE if value > _NINE else value for value in doubled) % 10
