"""What was decided about sessions: checks with their reasons, and what physicians set aside."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.kernel.statements import among
from clinic.readiness.models import ReadinessCheck, ReadinessOverride
from clinic.readiness.queries.gathering import facts_of, limits_of
from clinic.readiness.queries.sessions import Asked
from clinic.readiness.rules.facts import Moment
from clinic.readiness.rules.gates import Reason, unmet

_LATEST = (
    select(ReadinessCheck)
    .where(among(ReadinessCheck.appointment_id, "of_visits"))
    .ext(distinct_on(ReadinessCheck.appointment_id))
    .order_by(ReadinessCheck.appointment_id, ReadinessCheck.decided_at.desc(), ReadinessCheck.id.desc())
)
_SET_ASIDE = select(ReadinessOverride.appointment_id, ReadinessOverride.time_version, ReadinessOverride.evidence).where(
    among(ReadinessOverride.appointment_id, "of_visits"), ReadinessOverride.kind == "start"
)


def reasons_of(check: ReadinessCheck) -> tuple[Reason, ...]:
    """Return every gate that was not met, those set aside too."""
    return tuple(Reason.read(each) for each in check.reasons)


def checks_of(session: Session, appointment_id: UUID) -> list[ReadinessCheck]:
    """Return every check of a visit, the newest first."""
    wanted = select(ReadinessCheck).where(ReadinessCheck.appointment_id == appointment_id)
    return list(session.scalars(wanted.order_by(ReadinessCheck.decided_at.desc(), ReadinessCheck.id.desc())))


def latest_check(session: Session, appointment_id: UUID) -> ReadinessCheck | None:
    """Return the newest check of a visit, or None."""
    return latest_checks(session, [appointment_id]).get(appointment_id)


def latest_checks(session: Session, appointment_ids: Collection[UUID]) -> dict[UUID, ReadinessCheck]:
    """Return the newest check of each of these visits; one that was never checked is absent."""
    found = session.scalars(_LATEST, {"of_visits": list(appointment_ids)})
    return {each.appointment_id: each for each in found}


def overrides_of(session: Session, appointment_id: UUID) -> list[ReadinessOverride]:
    """Return what physicians decided about a visit, the newest first."""
    wanted = select(ReadinessOverride).where(ReadinessOverride.appointment_id == appointment_id)
    return list(session.scalars(wanted.order_by(ReadinessOverride.at.desc(), ReadinessOverride.id)))


def set_aside(session: Session, asked: Asked) -> frozenset[str]:
    """Return what a physician set aside for a session at its present time: codes, or `code:lot` for one case."""
    return set_aside_of(session, [asked])[asked]


def set_aside_of(session: Session, asked: Collection[Asked]) -> dict[Asked, frozenset[str]]:
    """Return what physicians set aside for each of these sessions at its present time, as `set_aside` does."""
    ids = [each.appointment_id for each in asked if each.appointment_id is not None]
    found = session.execute(_SET_ASIDE, {"of_visits": ids}).all() if ids else []
    return {
        each: frozenset(
            name
            for of_id, version, evidence in found
            if (of_id, version) == (each.appointment_id, each.time_version)
            for name in evidence
        )
        for each in asked
    }


def reasons_now(session: Session, asked: Asked, *, moment: Moment, now: datetime) -> tuple[Reason, ...]:
    """Return the gates that are not met as things stand; nothing is stored."""
    return unmet(facts_of(session, [asked], now=now)[asked], limits_of(session), moment)
