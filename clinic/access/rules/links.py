"""Links in texts: a keyed code of id, purpose and version, so that nothing usable is stored."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from clinic.kernel.crypto import KeyRing, keyed_code, url_text

BIRTH_DATE_TRIES = 5


class LinkPurpose(StrEnum):
    """What a link opens."""

    VISIT = "visit"
    COURSE = "course"
    MESSAGES = "messages"
    CHECK_IN = "check_in"
    MEDICATION = "medication"
    BILLING = "billing"
    WAITLIST = "waitlist"
    CONSENT = "consent"
    INTAKE = "intake"
    SUPPORT = "support"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkTarget:
    """What a link leads to: one patient, one purpose, one resource."""

    link_id: UUID
    patient_id: UUID
    purpose: str
    resource_kind: str
    resource_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkOpened:
    """The birth date matched: a token for the browser's session, and what it is bound to."""

    session_token: str = field(repr=False)
    link: LinkTarget


@dataclass(frozen=True, slots=True)
class WrongBirthDate:
    """The birth date did not match; so many tries are left."""

    left: int


@dataclass(frozen=True, slots=True)
class LinkDead:
    """The link cannot be opened; unknown, expired, locked and revoked are not told apart."""


def link_token(ring: KeyRing, link_id: UUID, purpose: str, version: int) -> str:  # noqa: PLR0917 - the parts of one code
    """Return the 22 characters of a link, made with the ring's writing key (128 bits of HMAC-SHA256)."""
    return _token(ring.writing[1], link_id, (purpose, str(version)))


def possible_tokens(ring: KeyRing, link_id: UUID, *, purpose: str, version: int) -> Iterator[str]:
    """Yield the token under each key of the ring, the writing key first."""
    for _, key in ring.keys:
        yield _token(key, link_id, (purpose, str(version)))


def link_url(base: str, token: str) -> str:
    """Return the address that a text carries."""
    return f"{base}/v/{token}"


def _token(key: bytes, link_id: UUID, parts: tuple[str, str]) -> str:
    return url_text(keyed_code(key, str(link_id), *parts))
