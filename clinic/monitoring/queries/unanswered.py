"""Silence: open check-ins of which nothing was answered, and how many a patient missed in a row."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, aliased

from clinic.monitoring.models import Assessment, CheckIn, Score
from clinic.monitoring.rules.calendar import CallFor, Part

_SEVERE = 3
_LOOKED_AT = 30


@dataclass(frozen=True, slots=True)
class Silent:
    """An open check-in that nobody has begun."""

    check_in_id: UUID
    patient_id: UUID
    opened_at: datetime
    zone: str


def is_any_silent(session: Session, *, opened_before: datetime) -> bool:
    """Tell whether any open check-in was opened before and never begun."""
    wanted = select(CheckIn.id).where(*_is_silent(opened_before))
    return session.scalar(wanted.limit(1)) is not None


def silent_check_ins(
    session: Session, *, row_key: str, opened_before: datetime, only: Collection[CallFor]
) -> list[Silent]:
    """Return the open check-ins with this row of the calendar that were opened before and never begun.

    `only` those about a patient's first session, or about one with a severe effect on its day, if it names any.
    """
    wanted = (
        select(CheckIn.id, CheckIn.patient_id, CheckIn.opened_at, CheckIn.zone)
        .join(Assessment, Assessment.check_in_id == CheckIn.id)
        .where(
            *_is_silent(opened_before),
            Assessment.state == "waiting",
            Assessment.cause_key.startswith(f"{row_key}:", autoescape=True),
        )
        .distinct()
    )
    if only:
        wanted = wanted.where(or_(*(_JUDGES[each]() for each in only)))
    rows = session.execute(wanted.order_by(CheckIn.id))
    return [Silent(row.id, row.patient_id, row.opened_at, row.zone) for row in rows if row.opened_at is not None]


def _is_silent(opened_before: datetime) -> tuple[ColumnElement[bool], ...]:
    return CheckIn.state == "open", CheckIn.opened_at <= opened_before, CheckIn.begun_at.is_(None)


def missed_in_a_row(session: Session, patient_id: UUID) -> int:
    """Return how many required check-ins a patient missed since the last one that was done."""
    required = exists().where(Assessment.check_in_id == CheckIn.id, Assessment.is_required)
    wanted = select(CheckIn.state).where(
        CheckIn.patient_id == patient_id,
        CheckIn.part == Part.DAY.value,
        CheckIn.state.in_(("done", "missed")),
        required,
    )
    states = list(session.scalars(wanted.order_by(CheckIn.due_on.desc(), CheckIn.closes_at.desc()).limit(_LOOKED_AT)))
    return next((place for place, state in enumerate(states) if state == "done"), len(states))


def _is_first() -> ColumnElement[bool]:
    """Choose questions about the first session of which this patient was asked at all."""
    earlier, sheet = aliased(Assessment), aliased(CheckIn)
    return ~exists().where(
        earlier.patient_id == Assessment.patient_id,
        earlier.moment == Assessment.moment,
        earlier.appointment_id != Assessment.appointment_id,
        earlier.state != "canceled",
        sheet.id == earlier.check_in_id,
        sheet.due_on < CheckIn.due_on,
    )


def _was_severe() -> ColumnElement[bool]:
    about = aliased(Assessment)
    return exists().where(
        about.appointment_id == Assessment.appointment_id,
        Score.assessment_id == about.id,
        Score.instrument_key == "side_effects",
        Score.name == "worst",
        Score.value >= _SEVERE,
    )


_JUDGES = {CallFor.FIRST_SESSION: _is_first, CallFor.SEVERE_EFFECT: _was_severe}
