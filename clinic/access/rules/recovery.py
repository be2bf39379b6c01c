"""Recovery codes: ten single-use ways in without the authenticator app."""

import secrets

HOW_MANY = 10

# The first symbol says which of the ten codes it is, so that checking a code costs one hash and not ten.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_LENGTH = 12
_GROUP = 4


def new_codes() -> list[str]:
    """Return ten codes such as `4K7M-Q2F4-HTXP`; eleven random symbols carry 54 bits."""
    return [_code(position) for position in range(HOW_MANY)]


def read_code(typed: str) -> tuple[int, str] | None:
    """Return which of the ten codes was typed and its plain symbols, or None when it cannot be one."""
    plain = "".join(symbol for symbol in typed.upper() if symbol.isalnum())
    if len(plain) != _LENGTH or any(symbol not in _ALPHABET for symbol in plain):
        return None
    position = _ALPHABET.index(plain[0])
    return (position, plain) if position < HOW_MANY else None


def plain_symbols(code: str) -> str:
    """Return the symbols that are hashed."""
    return code.replace("-", "")


def _code(position: int) -> str:
    symbols = _ALPHABET[position] + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH - 1))
    return "-".join(symbols[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))
