"""Silence: open check-ins of which nothing was answered, and how many a patient missed in a row."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from clinic.kernel.statements import among_these
from clinic.monitoring.models import Assessment, CheckIn, Score
from clinic.monitoring.rules.calendar import CallFor, Part

_SEVERE = 3
_LOOKED_AT = 30
_IS_SILENT = (CheckIn.state == "open", CheckIn.opened_at <= bindparam("opened_before"), CheckIn.begun_at.is_(None))
_ANY_SILENT = select(CheckIn.id).where(*_IS_SILENT).limit(1)
_REQUIRED_OF_LATE = (
    select(CheckIn.state)
    .where(
        CheckIn.patient_id == bindparam("of_patient"),
        CheckIn.part == Part.DAY.value,
        among_these(CheckIn.state, ("done", "missed")),
        exists().where(Assessment.check_in_id == CheckIn.id, Assessment.is_required),
    )
    .order_by(CheckIn.due_on.desc(), CheckIn.closes_at.desc())
    .limit(_LOOKED_AT)
)


@dataclass(frozen=True, slots=True)
class Silent:
    """An open check-in that nobody has begun."""

    check_in_id: UUID
    patient_id: UUID
    opened_at: datetime
    zone: str


def is_any_silent(session: Session, *, opened_before: datetime) -> bool:
    """Tell whether any open check-in was opened before and never begun."""
    return session.scalar(_ANY_SILENT, {"opened_before": opened_before}) is not None


def silent_check_ins(
    session: Session, *, row_key: str, opened_before: datetime, only: Collection[CallFor]
) -> list[Silent]:
    """Return the open check-ins with this row of the calendar that were opened before and never begun.

    `only` those about a patient's first session, or about one with a severe effect on its day, if it names any.
    """
    asked = {"opened_before": opened_before, "of_row": f"{row_key}:"}
    rows = session.execute(_silent(frozenset(only)), asked)
    return [Silent(row.id, row.patient_id, row.opened_at, row.zone) for row in rows if row.opened_at is not None]


@cache
def _silent(only: frozenset[CallFor]) -> Select[UUID, UUID, datetime | None, str]:
    wanted = (
        select(CheckIn.id, CheckIn.patient_id, CheckIn.opened_at, CheckIn.zone)
        .join(Assessment, Assessment.check_in_id == CheckIn.id)
        .where(
            *_IS_SILENT,
            Assessment.state == "waiting",
            func.starts_with(Assessment.cause_key, bindparam("of_row", type_=String)),
        )
        .distinct()
        .order_by(CheckIn.id)
    )
    if only:
        wanted = wanted.where(or_(*(_JUDGES[each]() for each in sorted(only))))
    return wanted


def missed_in_a_row(session: Session, patient_id: UUID) -> int:
    """Return how many required check-ins a patient missed since the last one that was done."""
    states = list(session.scalars(_REQUIRED_OF_LATE, {"of_patient": patient_id}))
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
