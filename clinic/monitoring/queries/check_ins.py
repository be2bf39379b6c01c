"""Check-ins of a patient: what they ask, what was answered, and how the patient stands with them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy import Row, Select, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from clinic.kernel.localtime import in_zone
from clinic.kernel.statements import among
from clinic.monitoring.errors import UnknownCheckIn
from clinic.monitoring.models import Assessment, CheckIn
from clinic.monitoring.queries.answering import answers_of
from clinic.monitoring.rules.calendar import Part
from clinic.monitoring.rules.items import Given

HOLD_AFTER = timedelta(hours=72)
"""An open check-in holds up the next step from its second reminder on."""

LOOK_BACK = timedelta(days=180)
"""What was missed longer ago than this holds up nothing."""

PAUSED, PAUSED_TOLD = "paused", "paused_told"
"""Why a planned check-in does not open: the patient's pause; somebody was asked to call about it."""

_ASSESSMENTS = (
    select(Assessment)
    .where(Assessment.check_in_id == bindparam("of_check_in"))
    .order_by(Assessment.position, Assessment.id)
)
_WAITING = _ASSESSMENTS.where(Assessment.state == "waiting")
_OPEN = select(CheckIn).where(CheckIn.patient_id == bindparam("of_patient"), CheckIn.state == "open")
_OPEN_OF_DAY = _OPEN.where(CheckIn.part == Part.DAY.value).order_by(CheckIn.opened_at, CheckIn.id)
_OPEN_TO_PATIENT = _OPEN.order_by((CheckIn.part != Part.DAY.value).desc(), CheckIn.opened_at, CheckIn.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a patient stands with check-ins; none of it says anything about answers.

    `overdue_count` counts required ones that were missed since the last one was done, and those open for over a day.
    """

    open_since: datetime | None = None
    overdue_count: int = 0
    last_done_on: date | None = None
    days_overdue: int = 0
    next_on: date | None = None
    is_held_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldReason:
    """A required questionnaire that was not answered, and not at any later time either."""

    instrument_key: str
    moment: str
    due_on: date
    days_overdue: int


def check_in(session: Session, check_in_id: UUID) -> CheckIn:
    """Return a check-in, or raise UnknownCheckIn."""
    found = session.get(CheckIn, check_in_id)
    if found is None:
        raise UnknownCheckIn("There is no such check-in.")
    return found


def assessments_of(session: Session, check_in_id: UUID) -> list[Assessment]:
    """Return what a check-in asks, in the order in which it is asked."""
    return list(session.scalars(_ASSESSMENTS, {"of_check_in": check_in_id}))


def waiting_in(session: Session, check_in_id: UUID) -> list[Assessment]:
    """Return what a check-in asks that waits for its answers, in the order in which it is asked."""
    return list(session.scalars(_WAITING, {"of_check_in": check_in_id}))


def latest_answers(session: Session, assessment_id: UUID) -> Mapping[str, Given]:
    """Return the newest answer to each item; what was taken back is absent."""
    return answers_of(session, [assessment_id]).get(assessment_id, {})


def open_check_ins(session: Session, patient_id: UUID) -> list[CheckIn]:
    """Return the check-ins that can be answered now, the oldest first; not the checklist before a visit."""
    return list(session.scalars(_OPEN_OF_DAY, {"of_patient": patient_id}))


def open_to_patient(session: Session, patient_id: UUID) -> list[CheckIn]:
    """Return everything that a patient can answer now, checklists before visits first, then the oldest."""
    return list(session.scalars(_OPEN_TO_PATIENT, {"of_patient": patient_id}))


def standing(session: Session, patient_id: UUID, now: datetime) -> Standing:
    """Return how one patient stands with check-ins."""
    return standings(session, [patient_id], now).get(patient_id, Standing())


def standings(session: Session, patient_ids: Collection[UUID], now: datetime) -> dict[UUID, Standing]:
    """Return how patients stand with check-ins, in one statement; who never had one is absent."""
    rows: defaultdict[UUID, list[Row[*tuple[object, ...]]]] = defaultdict(list)
    for row in session.execute(_stood(), {"of_patients": list(patient_ids)}):
        rows[row.patient_id].append(row)
    return {patient_id: _standing(found, now) for patient_id, found in rows.items()}


@cache
def _stood() -> Select[*tuple[object, ...]]:
    is_required = func.coalesce(func.bool_or(Assessment.is_required), False)
    return (
        select(
            *(CheckIn.patient_id, CheckIn.state, CheckIn.due_on, CheckIn.zone, CheckIn.opened_at, CheckIn.done_at),
            *(CheckIn.reason, is_required.label("is_required")),
        )
        .join(Assessment, Assessment.check_in_id == CheckIn.id)
        .where(among(CheckIn.patient_id, "of_patients"), CheckIn.part == Part.DAY.value, CheckIn.state != "canceled")
        .group_by(CheckIn.id)
        .order_by(CheckIn.due_on)
    )


def _standing(rows: list[Row[*tuple[object, ...]]], now: datetime) -> Standing:
    done = [row for row in rows if row.state == "done"]
    last_done = max((row.due_on for row in done), default=None)
    is_open = [row for row in rows if row.state == "open"]
    late = [row for row in is_open if row.is_required and row.opened_at <= now - timedelta(days=1)]
    missed = [
        row
        for row in rows
        if row.state == "missed" and row.is_required and (last_done is None or row.due_on > last_done)
    ]
    planned = [row for row in rows if row.state == "planned"]
    overdue = [*late, *missed]
    return Standing(
        open_since=min((row.opened_at for row in is_open), default=None),
        overdue_count=len(overdue),
        last_done_on=max((in_zone(row.done_at, row.zone).date() for row in done), default=None),
        days_overdue=max(((in_zone(now, row.zone).date() - row.due_on).days for row in overdue), default=0),
        next_on=min((row.due_on for row in planned), default=None),
        is_held_back=any(row.reason in {PAUSED, PAUSED_TOLD} for row in planned),
    )


def refill_hold(session: Session, patient_id: UUID, now: datetime) -> tuple[HoldReason, ...]:
    """Return the required questionnaires without an answer: missed, or open past the second reminder.

    One that the patient answered later for another cause holds up nothing. Oldest first, each instrument once.
    """
    return refill_holds(session, [patient_id], now).get(patient_id, ())


def refill_holds(session: Session, patient_ids: Collection[UUID], now: datetime) -> dict[UUID, tuple[HoldReason, ...]]:
    """Return what `refill_hold` says of many patients in one statement; whom nothing holds up is absent."""
    found: defaultdict[UUID, dict[str, HoldReason]] = defaultdict(dict)
    asked = {"of_patients": list(patient_ids), "holds_from": now - HOLD_AFTER, "looked_from": now - LOOK_BACK}
    for row in session.execute(_unanswered(), asked):
        days = (in_zone(now, row.zone).date() - row.due_on).days
        reason = HoldReason(instrument_key=row.instrument_key, moment=row.moment, due_on=row.due_on, days_overdue=days)
        found[row.patient_id].setdefault(row.instrument_key, reason)
    return {patient_id: tuple(reasons.values()) for patient_id, reasons in found.items()}


@cache
def _unanswered() -> Select[UUID, str, str, date, str]:
    later = aliased(Assessment)
    answered = (
        select(later.id)
        .where(
            later.patient_id == Assessment.patient_id,
            later.instrument_key == Assessment.instrument_key,
            later.state == "done",
            later.done_at >= CheckIn.opened_at,
        )
        .exists()
    )
    is_missed = (Assessment.state == "missed") | (
        (Assessment.state == "waiting") & (CheckIn.state == "open") & (CheckIn.opened_at <= bindparam("holds_from"))
    )
    return (
        select(Assessment.patient_id, Assessment.instrument_key, Assessment.moment, CheckIn.due_on, CheckIn.zone)
        .join(CheckIn, CheckIn.id == Assessment.check_in_id)
        .where(
            among(Assessment.patient_id, "of_patients"),
            Assessment.is_required,
            CheckIn.part == Part.DAY.value,
            CheckIn.opened_at.is_not(None),
            CheckIn.opened_at >= bindparam("looked_from"),
            is_missed,
            ~answered,
        )
        .order_by(CheckIn.due_on, Assessment.position)
    )
