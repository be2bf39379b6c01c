"""Codes of an authenticator app (RFC 6238: SHA-1, six digits, 30 seconds), each accepted once."""

import base64
import hmac
import os
from datetime import datetime
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP_SECONDS = 30
_DIGITS = 6
_SEED_BYTES = 20
_GROUP = 4


def new_seed() -> str:
    """Return a random 160-bit seed in base32."""
    return base64.b32encode(os.urandom(_SEED_BYTES)).decode()


def counter_at(now: datetime) -> int:
    """Return the number of the 30-second step that an instant lies in."""
    return int(now.timestamp()) // STEP_SECONDS


def code_at(seed: str, counter: int) -> str:
    """Return the six digits of one step."""
    totp = TOTP(base64.b32decode(seed), _DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - RFC 6238, what the apps speak
    return totp.generate(counter * STEP_SECONDS).decode()


def accepted_counter(seed: str, code: str, *, now: datetime, last_counter: int | None) -> int | None:
    """Return the step whose code was typed: the current or the previous one, later than the last one used; or None."""
    typed = "".join(code.split())
    current = counter_at(now)
    fitting = [step for step in (current, current - 1) if hmac.compare_digest(code_at(seed, step), _ascii(typed))]
    return next((step for step in fitting if last_counter is None or step > last_counter), None)


def setup_uri(seed: str, *, issuer: str, account: str) -> str:
    """Return the otpauth address that a QR code carries to the app."""
    label = f"{quote(issuer)}:{quote(account)}"
    query = urlencode({"secret": seed, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{label}?{query}"


def in_groups(seed: str) -> str:
    """Return the seed in groups of four, for typing it into the app."""
    return " ".join(seed[start : start + _GROUP] for start in range(0, len(seed), _GROUP))


def _ascii(typed: str) -> str:
    return typed if typed.isascii() else ""
