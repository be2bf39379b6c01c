"""What patients answered and how they scored, as the signal rules read it; many patients in three statements."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.kernel.statements import among, among_these
from clinic.monitoring.models import Answer, Assessment, CheckIn, Score
from clinic.monitoring.rules.evidence import CheckInFact, Key, Reading

_DONE, _WAITING = "done", "waiting"
_BASELINES = ("lurn_si10", "withdrawal")
"""Instruments whose single answers are compared with the first ones ever."""


_COLUMNS = ("patient_id", "instrument", "name", "value", "at", "assessment_id")
_Told = tuple[UUID, str, str, Decimal, datetime, UUID]
"""Whose reading, of which instrument and name, its value and instant, and the assessment it was given in."""


@dataclass(frozen=True, slots=True)
class Given:
    """One patient's readings by instrument and name, the oldest first."""

    scores: dict[Key, tuple[Reading, ...]] = field(default_factory=dict)
    answers: dict[Key, tuple[Reading, ...]] = field(default_factory=dict)


def given_by(
    session: Session, zones: Mapping[UUID, str], *, since: datetime, instruments: Collection[str]
) -> dict[UUID, Given]:
    """Return the scores of patients since an instant with each one's first ever, and the answers to these instruments.

    `zones` has the patients. What was answered counts at once, also while the rest of it still waits.
    """
    found = {patient_id: Given() for patient_id in zones}
    asked = {"of_patients": list(zones), "since": since}
    for patient_id, readings in _grouped(session.execute(_scores(), asked), zones).items():
        found[patient_id].scores.update(readings)
    answers = session.execute(_answers(), {**asked, "instruments": sorted(instruments)})
    for patient_id, readings in _grouped(answers, zones).items():
        found[patient_id].answers.update(readings)
    return found


@cache
def _check_ins() -> Select[*tuple[Any, ...]]:
    is_required = func.coalesce(func.bool_or(Assessment.is_required), False)
    return (
        select(CheckIn.patient_id, CheckIn.due_on, CheckIn.state, CheckIn.done_at, is_required.label("is_required"))
        .outerjoin(Assessment, Assessment.check_in_id == CheckIn.id)
        .where(among(CheckIn.patient_id, "of_patients"), CheckIn.due_on >= bindparam("since_day"))
        .group_by(CheckIn.id)
        .order_by(CheckIn.due_on, CheckIn.id)
    )


def check_in_facts(
    session: Session, zones: Mapping[UUID, str], *, since: datetime
) -> dict[UUID, tuple[CheckInFact, ...]]:
    """Return the check-ins of patients that were due since an instant, oldest first."""
    found: defaultdict[UUID, list[CheckInFact]] = defaultdict(list)
    for row in session.execute(_check_ins(), {"of_patients": list(zones), "since_day": since.date()}):
        done_on = in_zone(row.done_at, zones[row.patient_id]).date() if row.done_at else None
        fact = CheckInFact(due_on=row.due_on, state=row.state, is_required=row.is_required, done_on=done_on)
        found[row.patient_id].append(fact)
    return {patient_id: tuple(facts) for patient_id, facts in found.items()}


@cache
def _confirmed() -> Select[UUID | None, Decimal | None]:
    return (
        select(Assessment.appointment_id, Answer.value)
        .join(Answer, Answer.assessment_id == Assessment.id)
        .where(
            among(Assessment.appointment_id, "of_visits"),
            Assessment.instrument_key == "pre_session",
            Answer.item == "units",
        )
        .order_by(Answer.id)
    )


def units_before_sessions(session: Session, appointment_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return how many units the patient confirmed in the checklist of each of these sessions."""
    found = session.execute(_confirmed(), {"of_visits": list(appointment_ids)})
    return {at: int(value) for at, value in found if at is not None and value is not None}


def assessment_of(session: Session, assessment_id: UUID) -> Assessment | None:
    """Return an assessment, or None when there is no such one."""
    return session.get(Assessment, assessment_id)


def patient_of_check_in(session: Session, check_in_id: UUID) -> UUID | None:
    """Return whose check-in it is, or None when there is no such one."""
    return session.scalar(select(CheckIn.patient_id).where(CheckIn.id == check_in_id))


def gravest_values_of(session: Session, assessment_id: UUID) -> dict[str, Decimal]:
    """Return the highest number that was ever given to each item of one assessment.

    What was taken back a moment later was felt all the same.
    """
    highest = (
        select(Answer.item, func.max(Answer.value)).where(Answer.assessment_id == assessment_id).group_by(Answer.item)
    )
    return {item: value for item, value in session.execute(highest) if value is not None}


def first_given_at(session: Session, assessment_id: UUID, *, item: str, value: Decimal) -> datetime | None:
    """Return when an answer was given for the first time, or None where it never was."""
    wanted = select(func.min(Answer.at)).where(
        Answer.assessment_id == assessment_id, Answer.item == item, Answer.value == value
    )
    return session.scalar(wanted)


def newest_scores(session: Session, patient_id: UUID, wanted: Collection[Key]) -> dict[Key, Decimal]:
    """Return a patient's newest value of each of these scores; one that was never reached is absent."""
    rows = (
        select(Score.instrument_key, Score.name, Score.value)
        .join(Assessment, Assessment.id == Score.assessment_id)
        .where(
            Assessment.patient_id == patient_id,
            Score.instrument_key.in_({instrument for instrument, _ in wanted}),
        )
        .ext(distinct_on(Score.instrument_key, Score.name))
        .order_by(Score.instrument_key, Score.name, Score.at.desc(), Score.id.desc())
    )
    found = {(instrument, name): value for instrument, name, value in session.execute(rows)}
    return {key: found[key] for key in wanted if key in found}


@cache
def _scores() -> Select[*_Told]:
    """Select the recent scores and, for each patient and score, the first there is.

    A score goes on naming the record it was given for; whose it is now, after a merge, its assessment says.
    """
    is_first = (
        func.row_number().over(
            partition_by=(Assessment.patient_id, Score.instrument_key, Score.name), order_by=(Score.at, Score.id)
        )
        == 1
    )
    numbered = (
        select(
            Assessment.patient_id,
            Score.instrument_key.label("instrument"),
            Score.name,
            Score.value,
            Score.at,
            Score.assessment_id,
            is_first.label("is_first"),
        )
        .join(Assessment, Assessment.id == Score.assessment_id)
        .where(among(Assessment.patient_id, "of_patients"))
        .subquery()
    )
    return (
        select(*(numbered.c[each] for each in _COLUMNS))
        .where(or_(numbered.c.at >= bindparam("since"), numbered.c.is_first))
        .order_by(numbered.c.at, numbered.c.assessment_id)
    )


@cache
def _answers() -> Select[*_Told]:
    """Select the answers that count, also of assessments that are not finished."""
    newest = (
        select(
            Assessment.patient_id,
            Assessment.instrument_key.label("instrument"),
            Answer.item.label("name"),
            Answer.value,
            func.coalesce(Assessment.done_at, Answer.at).label("at"),
            Answer.assessment_id,
        )
        .join(Answer, Answer.assessment_id == Assessment.id)
        .where(_counts(), among(Assessment.instrument_key, "instruments"))
        .ext(distinct_on(Answer.assessment_id, Answer.item))
        .order_by(Answer.assessment_id, Answer.item, Answer.id.desc())
        .subquery()
    )
    return (
        select(*(newest.c[each] for each in _COLUMNS))
        .where(newest.c.value.is_not(None))
        .order_by(newest.c.at, newest.c.assessment_id)
    )


def _counts() -> ColumnElement[bool]:
    is_recent = Assessment.done_at >= bindparam("since")
    return and_(
        among(Assessment.patient_id, "of_patients"),
        or_(
            and_(Assessment.state == _DONE, or_(is_recent, among_these(Assessment.instrument_key, _BASELINES))),
            Assessment.state == _WAITING,
        ),
    )


def _grouped(rows: Iterable[Row[*_Told]], zones: Mapping[UUID, str]) -> dict[UUID, dict[Key, tuple[Reading, ...]]]:
    """Return the readings by patient and key, in the order of the rows, of which there are hundreds a patient."""
    found = {patient_id: (zone, defaultdict[Key, list[Reading]](list)) for patient_id, zone in zones.items()}
    days: dict[tuple[datetime, str], date] = {}
    for patient_id, instrument, name, value, at, assessment_id in rows:
        zone, readings = found[patient_id]
        on = days.get((at, zone)) or days.setdefault((at, zone), in_zone(at, zone).date())
        readings[instrument, name].append(Reading(value=value, at=at, on=on, assessment_id=assessment_id))
    return {
        patient_id: {key: tuple(readings) for key, readings in by_key.items()}
        for patient_id, (_, by_key) in found.items()
    }
