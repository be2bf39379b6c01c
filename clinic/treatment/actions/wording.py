"""What people write into a plan, checked and cleaned."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.phone import to_e164
from clinic.kernel.text import clean_line, clean_note
from clinic.treatment.errors import PlanRefused
from clinic.treatment.models import Protocol, ProtocolVersion
from clinic.treatment.queries.protocols import protocol_version
from clinic.treatment.rules.plans import MOST_PRIOR, within

_LONGEST_INDICATION, _LONGEST_NAME, _LONGEST_PLACE = 4000, 120, 1000
_LONG_AGO = date(2000, 1, 1)


def checked_indication(words: str | None) -> str | None:
    """Return why a patient is treated, or nothing."""
    return _note(words, _LONGEST_INDICATION, field="indication")


def checked_place(words: str | None) -> str | None:
    """Return where sessions happen and how help gets in, or nothing."""
    return _note(words, _LONGEST_PLACE, field="place")


def checked_name(words: str | None) -> str | None:
    """Return the support person's name, or nothing."""
    return within(clean_line(words or "", field="support_name"), _LONGEST_NAME, field="support_name") or None


def checked_phone(typed: str | None) -> str | None:
    """Return the support person's number in E.164, or nothing; raises NotATextablePhone."""
    return to_e164(typed, field="support_phone") if typed and typed.strip() else None


def checked_prior(count: int, last_on: date | None, *, today: date) -> tuple[int, date | None]:
    """Return how many visits there were before the plan and when the last was; raises PlanRefused."""
    if isinstance(count, bool) or not 0 <= count <= MOST_PRIOR:
        raise PlanRefused(f"Enter a number from 0 to {MOST_PRIOR}.", field="prior_sessions")
    if count and last_on is None:
        raise PlanRefused("Say when the last of them was.", field="prior_session_on")
    if last_on is not None and not count:
        raise PlanRefused("Say how many there were before.", field="prior_sessions")
    checked_day(last_on, today=today, field="prior_session_on")
    return count, last_on


def checked_day(day: date | None, *, today: date, field: str) -> date | None:
    """Return a day of the past, or nothing; raises PlanRefused."""
    if day is not None and not _LONG_AGO <= day <= today:
        raise PlanRefused("Enter a day that has been, from the year 2000 on.", field=field)
    return day


def usable_version(session: Session, version_id: UUID) -> ProtocolVersion:
    """Return a version that plans may be made with; raises UnknownProtocol and PlanRefused."""
    version = protocol_version(session, version_id)
    protocol = session.get(Protocol, version.protocol_id)
    assert protocol is not None
    if protocol.retired_at is not None:
        raise PlanRefused(f"{protocol.name} is not used for new plans any more. Choose another.", field="protocol")
    return version


def _note(words: str | None, longest: int, *, field: str) -> str | None:
    return within(clean_note(words or "", field=field).strip(), longest, field=field) or None
