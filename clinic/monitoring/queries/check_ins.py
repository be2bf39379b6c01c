"""Check-ins of a patient: what they ask, what was answered, and how the patient stands with them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Row, Uuid, func, literal, select
from sqlalchemy.orm import Session, aliased

from clinic.kernel.localtime import in_zone
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
    wanted = select(Assessment).where(Assessment.check_in_id == check_in_id)
    return list(session.scalars(wanted.order_by(Assessment.position, Assessment.id)))


def latest_answers(session: Session, assessment_id: UUID) -> Mapping[str, Given]:
    """Return the newest answer to each item; what was taken back is absent."""
    return answers_of(session, [assessment_id]).get(assessment_id, {})


def open_check_ins(session: Session, patient_id: UUID) -> list[CheckIn]:
    """Return the check-ins that can be answered now, the oldest first; not the checklist before a visit."""
    wanted = select(CheckIn).where(
        CheckIn.patient_id == patient_id, CheckIn.state == "open", CheckIn.part == Part.DAY.value
    )
    return list(session.scalars(wanted.order_by(CheckIn.opened_at, CheckIn.id)))


def open_to_patient(session: Session, patient_id: UUID) -> list[CheckIn]:
    """Return everything that a patient can answer now, checklists before visits first, then the oldest."""
    wanted = select(CheckIn).where(CheckIn.patient_id == patient_id, CheckIn.state == "open")
    is_checklist = CheckIn.part != Part.DAY.value
    return list(session.scalars(wanted.order_by(is_checklist.desc(), CheckIn.opened_at, CheckIn.id)))


def standing(session: Session, patient_id: UUID, now: datetime) -> Standing:
    """Return how one patient stands with check-ins."""
    return standings(session, [patient_id], now).get(patient_id, Standing())


def standings(session: Session, patient_ids: Collection[UUID], now: datetime) -> dict[UUID, Standing]:
    """Return how patients stand with check-ins, in one statement; who never had one is absent."""
    is_required = func.coalesce(func.bool_or(Assessment.is_required), False)
    wanted = (
        select(
            *(CheckIn.patient_id, CheckIn.state, CheckIn.due_on, CheckIn.zone, CheckIn.opened_at, CheckIn.done_at),
            *(CheckIn.reason, is_required.label("is_required")),
        )
        .join(Assessment, Assessment.check_in_id == CheckIn.id)
        .where(CheckIn.patient_id.in_(list(patient_ids)), CheckIn.part == Part.DAY.value, CheckIn.state != "canceled")
        .group_by(CheckIn.id)
        .order_by(CheckIn.due_on)
    )
    rows: defaultdict[UUID, list[Row[tuple[object, ...]]]] = defaultdict(list)
    for row in session.execute(wanted):
        rows[row.patient_id].append(row)
    return {patient_id: _standing(found, now) for patient_id, found in rows.items()}


def _standing(rows: list[Row[tuple[object, ...]]], now: datetime) -> Standing:
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
        (Assessment.state == "waiting") & (CheckIn.state == "open") & (CheckIn.opened_at <= now - HOLD_AFTER)
    )
    wanted = (
        select(Assessment.patient_id, Assessment.instrument_key, Assessment.moment, CheckIn.due_on, CheckIn.zone)
        .join(CheckIn, CheckIn.id == Assessment.check_in_id)
        .where(
            Assessment.patient_id == func.any(literal(list(patient_ids), ARRAY(Uuid))),
            Assessment.is_required,
            CheckIn.part == Part.DAY.value,
            CheckIn.opened_at.is_not(None),
            CheckIn.opened_at >= now - LOOK_BACK,
            is_missed,
            ~answered,
        )
        .order_by(CheckIn.due_on, Assessment.position)
    )
    found: defaultdict[UUID, dict[str, HoldReason]] = defaultdict(dict)
    for row in session.execute(wanted):
        days = (in_zone(now, row.zone).date() - row.due_on).days
        reason = HoldReason(instrument_key=row.instrument_key, moment=row.moment, due_on=row.due_on, days_overdue=days)
        found[row.patient_id].setdefault(row.instrument_key, reason)
    return {patient_id: tuple(reasons.values()) for patient_id, reasons in found.items()}
