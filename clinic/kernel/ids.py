"""Random external identifiers and tokens; identifiers are never secrets, tokens are never stored."""

import hashlib
import secrets
from uuid import UUID, uuid4

_RECORD_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0/O, 1/I/L: read over the phone without mistakes


def new_id() -> UUID:
    """Return a random identifier (UUIDv4) for anything that appears outside."""
    return uuid4()


def new_token() -> str:
    """Return a 256-bit URL-safe secret (43 characters)."""
    return secrets.token_urlsafe(32)


def new_record_number() -> str:
    """Return a patient record number such as `K7M-2QF4` (31^7 values, random, easy to read aloud)."""
    symbols = [secrets.choice(_RECORD_ALPHABET) for _ in range(7)]
    return "".join(symbols[:3]) + "-" + "".join(symbols[3:])


def digest(token: str) -> bytes:
    """Return the SHA-256 of a token: the only form in which one is stored."""
    return hashlib.sha256(token.encode()).digest()
