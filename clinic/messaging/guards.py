"""How other domains say, at send time, whether a text is still true."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.gateways.email import CalendarPart
from clinic.messaging.errors import MissingGuard
from clinic.messaging.rules.kinds import Planned, Verdict
from clinic.runtime import ClinicFacts

Guard = Callable[[Session, Planned, datetime], Verdict]
"""Reads the subject as it is now (no lock needed) and answers Send, Drop or Later."""

Guards = Mapping[str, Guard]
"""Guards by `subject_kind`; a kind without one is sent as planned."""

REQUIRED = frozenset({"appointment"})
"""Kinds of subject that change, so that nothing is sent before somebody says how to judge texts about them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """An e-mail that is about to leave: what it is about, to whom and in which language, and who sends it."""

    planned: Planned
    to: str = field(repr=False)
    language: str
    clinic: ClinicFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """What goes along with an e-mail, as the subject is now: an invitation, and the link to its page if one opens."""

    calendar: CalendarPart
    link_id: UUID | None


EnclosureOf = Callable[[Session, Addressed, datetime], Enclosure]
"""Reads the subject as it is now and makes what goes along."""

Enclosures = Mapping[str, EnclosureOf]
"""Makers of enclosures by `subject_kind`, for e-mails with an invitation."""


def require_guards(guards: Guards) -> None:
    """Raise MissingGuard before anything is sent when a kind of subject that changes has no guard."""
    missing = REQUIRED - set(guards)
    if missing:
        raise MissingGuard(", ".join(sorted(missing)))
