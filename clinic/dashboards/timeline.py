"""Everything that a patient's timeline lines up, read in as many statements for a day of it as for years."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from clinic.dashboards.timeline_rules import (
    BLADDER,
    CRAVING,
    GAD7,
    HEADACHE,
    PAIN,
    PHQ9,
    SDS,
    SIDE_EFFECTS,
    CheckInMark,
    Effect,
    FlagMark,
    ItemNine,
    Pressure,
    Reading,
    ScoreKey,
    SessionTaken,
    Timeline,
    about_sessions,
)
from clinic.kernel.localtime import in_zone
from clinic.monitoring.models import Answer, Assessment, CheckIn, Flag, Score
from clinic.people.models import Patient
from clinic.treatment import queries as treatment

_SCORES = (PHQ9, GAD7, SDS, CRAVING, BLADDER, PAIN, SIDE_EFFECTS, HEADACHE)
_PRESSURE = ("systolic", "diastolic", "pulse")
_BESIDE: Mapping[str, tuple[str, ...]] = {
    "phq9": ("q9",),
    "sds_ketamine": ("q1", "q2", "q3", "q4", "q5"),
    "vitals": _PRESSURE,
    "pre_session": (*_PRESSURE, "units"),
    "unit_count": ("taken",),
    "bladder_extra": ("blood",),
}
"""Answers that are shown themselves, by instrument."""

_SHOWN_CHECK_INS = ("open", "done", "missed")


@dataclass(slots=True, kw_only=True)
class _Sheet:
    """The answers wanted of one assessment, and when the newest of them was given."""

    assessment_id: UUID
    instrument: str
    appointment_id: UUID | None
    done_at: datetime | None
    answered_at: datetime
    items: dict[str, Decimal]


def timeline(session: Session, patient: Patient, *, now: datetime) -> Timeline:
    """Return everything on the patient's time axis; the caller has made sure that the reader may see the patient."""
    sheets = _sheets(session, patient.id)
    phase, started_on, sessions = _sessions(session, patient, sheets, now=now)
    scores, about = _scores(session, patient, sheets)
    told = {
        key: about_sessions([(_effect(one), about[one.assessment_id]) for one in scores.pop(key, ())], sessions)
        for key in (SIDE_EFFECTS, HEADACHE)
    }
    return Timeline(
        today=_day(now, patient),
        zone=patient.zone,
        phase=phase,
        started_on=started_on,
        scores={key: tuple(found) for key, found in scores.items()},
        pressures=tuple(_pressures(sheets, patient)),
        sessions=sessions,
        side_effects=told[SIDE_EFFECTS],
        headaches=tuple(one for one in told[HEADACHE] if one.value > 0),
        blood=tuple(_blood(sheets, patient)),
        check_ins=_check_ins(session, patient.id),
        flags=_flags(session, patient),
        item_nine=_item_nine(sheets, patient),
    )


def _sheets(session: Session, patient_id: UUID) -> dict[UUID, _Sheet]:
    """Return the newest answer of every wanted item, by assessment; an answer taken back is no answer."""
    wanted = [(instrument, item) for instrument, items in _BESIDE.items() for item in items]
    rows = (
        select(
            *(Assessment.id, Assessment.instrument_key, Assessment.appointment_id, Assessment.done_at),
            *(Answer.item, Answer.value, Answer.at),
        )
        .join(Answer, Answer.assessment_id == Assessment.id)
        .where(Assessment.patient_id == patient_id, tuple_(Assessment.instrument_key, Answer.item).in_(wanted))
        .order_by(Answer.id)
    )
    found: dict[UUID, _Sheet] = {}
    for key, instrument, appointment_id, done_at, item, value, at in session.execute(rows):
        sheet = found.setdefault(
            key,
            _Sheet(
                assessment_id=key,
                instrument=instrument,
                appointment_id=appointment_id,
                done_at=done_at,
                answered_at=at,
                items={},
            ),
        )
        sheet.items.pop(item, None)
        if value is not None:
            sheet.items[item] = value
            sheet.answered_at = at
    return found


def _sessions(
    session: Session, patient: Patient, sheets: Mapping[UUID, _Sheet], *, now: datetime
) -> tuple[str | None, date | None, tuple[SessionTaken, ...]]:
    """Return the phase of the newest plan and when its first session was, and what was taken under any plan."""
    plans = treatment.plans_of_patient(session, patient.id)
    if not plans:
        return None, None, ()
    units = _units(sheets)
    taken = treatment.progress_of(session, plans, now=now)
    begun = [row.starts_at for row in taken[plans[0].id].taken]
    started_on = _day(min(begun), patient) if begun else None
    found = [
        SessionTaken(
            appointment_id=row.appointment_id,
            at=row.starts_at,
            on=_day(row.starts_at, patient),
            phase=str(row.phase),
            units=units.get(row.appointment_id),
        )
        for how_far in taken.values()
        for row in how_far.taken
    ]
    return plans[0].phase, started_on, tuple(sorted(found, key=lambda one: one.at))


def _units(sheets: Mapping[UUID, _Sheet]) -> dict[UUID, int]:
    """Return the units of each session: what was counted afterwards, else what was said before it."""
    found: dict[UUID, int] = {}
    for instrument, item in (("pre_session", "units"), ("unit_count", "taken")):
        for sheet in sheets.values():
            if sheet.instrument == instrument and sheet.appointment_id is not None and item in sheet.items:
                found[sheet.appointment_id] = int(sheet.items[item])
    return found


def _scores(
    session: Session, patient: Patient, sheets: Mapping[UUID, _Sheet]
) -> tuple[dict[ScoreKey, list[Reading]], dict[UUID, UUID | None]]:
    """Return the readings of each score, oldest first, and the session that each assessment is about."""
    rows = (
        select(
            *(Score.instrument_key, Score.name, Score.value, Score.at, Score.assessment_id),
            Assessment.appointment_id,
        )
        .join(Assessment, Assessment.id == Score.assessment_id)
        .where(Assessment.patient_id == patient.id, tuple_(Score.instrument_key, Score.name).in_(_SCORES))
        .order_by(Score.at, Score.id)
    )
    found: dict[ScoreKey, list[Reading]] = defaultdict(list)
    about: dict[UUID, UUID | None] = {}
    for instrument, name, value, at, assessment_id, appointment_id in session.execute(rows):
        items = sheets[assessment_id].items if assessment_id in sheets else {}
        reading = Reading(value=value, at=at, on=_day(at, patient), assessment_id=assessment_id, items=items)
        found[instrument, name].append(reading)
        about[assessment_id] = appointment_id
    return found, about


def _effect(reading: Reading) -> Effect:
    return Effect(
        value=int(reading.value), at=reading.at, on=reading.on, units=None, assessment_id=reading.assessment_id
    )


def _pressures(sheets: Mapping[UUID, _Sheet], patient: Patient) -> Iterator[Pressure]:
    """Give the pressures of finished check-ins in time order."""
    done = [(one.done_at, one) for one in sheets.values() if one.done_at is not None]
    for at, sheet in sorted(done, key=lambda pair: pair[0]):
        if {"systolic", "diastolic"} <= sheet.items.keys():
            pulse = sheet.items.get("pulse")
            yield Pressure(
                at=at,
                on=_day(at, patient),
                systolic=int(sheet.items["systolic"]),
                diastolic=int(sheet.items["diastolic"]),
                pulse=None if pulse is None else int(pulse),
                assessment_id=sheet.assessment_id,
            )


def _blood(sheets: Mapping[UUID, _Sheet], patient: Patient) -> Iterator[date]:
    """Give the days on which a finished check-in told of blood in the urine."""
    for sheet in sheets.values():
        if sheet.done_at is not None and sheet.items.get("blood"):
            yield _day(sheet.done_at, patient)


def _item_nine(sheets: Mapping[UUID, _Sheet], patient: Patient) -> ItemNine | None:
    """Return the newest answer to item 9; one in a check-in that was never finished counts like any other."""
    found = [one for one in sheets.values() if one.instrument == "phq9" and "q9" in one.items]
    if not found:
        return None
    last = max(found, key=lambda one: one.answered_at)
    return ItemNine(
        value=int(last.items["q9"]),
        at=last.answered_at,
        on=_day(last.answered_at, patient),
        assessment_id=last.assessment_id,
    )


def _check_ins(session: Session, patient_id: UUID) -> tuple[CheckInMark, ...]:
    wanted = select(CheckIn.due_on, CheckIn.state).where(
        CheckIn.patient_id == patient_id, CheckIn.state.in_(_SHOWN_CHECK_INS)
    )
    rows = session.execute(wanted.order_by(CheckIn.due_on, CheckIn.id))
    return tuple(CheckInMark(due_on=due_on, state=state) for due_on, state in rows)


def _flags(session: Session, patient: Patient) -> tuple[FlagMark, ...]:
    wanted = select(Flag).where(Flag.patient_id == patient.id).order_by(Flag.raised_at, Flag.id)
    return tuple(
        FlagMark(
            id=one.id,
            rule_id=one.rule_id,
            level=one.level,
            sentence=one.sentence,
            at=one.raised_at,
            on=_day(one.raised_at, patient),
            state=one.state,
        )
        for one in session.scalars(wanted)
    )


def _day(at: datetime, patient: Patient) -> date:
    return in_zone(at, patient.zone).date()
