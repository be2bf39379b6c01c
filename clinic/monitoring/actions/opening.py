"""Opening check-ins whose time has come: one a patient a day, with everything that is due, and one text."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Integer, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.localtime import first_instant_of, in_zone
from clinic.kernel.statements import among_these
from clinic.monitoring.actions.calendars import end_check_ins
from clinic.monitoring.actions.closing import finish_parts, tell_of_answers
from clinic.monitoring.actions.settling import note_check_in, settle
from clinic.monitoring.actions.telling import ask_to_call, tell
from clinic.monitoring.models import Assessment, CheckIn
from clinic.monitoring.queries.answering import sheet as parts_of
from clinic.monitoring.queries.calendars import calendar_policy
from clinic.monitoring.queries.check_ins import PAUSED, PAUSED_TOLD, waiting_in
from clinic.monitoring.queries.instruments import instruments
from clinic.monitoring.rules.calendar import Part
from clinic.monitoring.rules.opening import Opening, Sheet, opening_of
from clinic.people.models import Patient
from clinic.people.queries import lock_patient
from clinic.people.rules import PatientStatus

JOINED = "joined"
"""Why a check-in was canceled: what it asks went into a newer one."""

_WAITING = ("planned", "open")
_HELD = (PAUSED, PAUSED_TOLD)

_MOST = bindparam("most", type_=Integer)
_DUE = (
    CheckIn.state == "planned",
    CheckIn.part == Part.DAY.value,
    CheckIn.opens_at <= bindparam("now"),
    CheckIn.closes_at > bindparam("now"),
)
_DUE_PATIENTS = (
    select(CheckIn.patient_id)
    .where(*_DUE, or_(CheckIn.reason.is_(None), and_(*(CheckIn.reason != held for held in _HELD))))
    .group_by(CheckIn.patient_id)
    .order_by(func.min(CheckIn.opens_at))
    .limit(_MOST)
)
_DUE_PAUSED = (
    select(CheckIn)
    .where(*_DUE, CheckIn.reason == PAUSED)
    .order_by(CheckIn.id)
    .limit(_MOST)
    .with_for_update(skip_locked=True)
)
_DUE_CHECKLISTS = (
    select(CheckIn)
    .where(
        CheckIn.state == "planned",
        CheckIn.part == Part.BEFORE.value,
        CheckIn.opens_at <= bindparam("now"),
        CheckIn.closes_at > bindparam("now"),
    )
    .order_by(CheckIn.opens_at)
    .limit(_MOST)
    .with_for_update(skip_locked=True)
)
_SHEETS = (
    select(CheckIn)
    .where(
        CheckIn.patient_id == bindparam("of_patient"),
        CheckIn.part == Part.DAY.value,
        among_these(CheckIn.state, _WAITING),
    )
    .order_by(CheckIn.id)
    .with_for_update()
)
_OVER_SINCE = (
    select(CheckIn.id)
    .where(
        CheckIn.patient_id == bindparam("of_patient"),
        CheckIn.part == Part.DAY.value,
        CheckIn.opened_at >= bindparam("since"),
        *(CheckIn.state != waiting for waiting in _WAITING),
    )
    .limit(1)
)


def open_due(session: Session, *, now: datetime, by: Actor, ring: KeyRing, limit: int = 50) -> int:
    """Open what is due of at most `limit` patients, and return how many check-ins were opened or put off.

    Who may not be texted, or pauses, gets a call instead. Two sweeps at once open nothing twice.
    """
    opened = open_alone(session, now=now, by=by, limit=limit)
    for patient_id in due_patients(session, now=now, limit=limit):
        opened += open_for(session, patient_id, ring=ring, by=by, now=now)
    return opened


def due_patients(session: Session, *, now: datetime, limit: int) -> list[UUID]:
    """Return patients of whom something is due, at most so many, in the order in which they are locked."""
    return sorted(session.scalars(_DUE_PATIENTS, {"now": now, "most": limit}))


def open_alone(session: Session, *, now: datetime, by: Actor, limit: int) -> int:
    """Open what needs no text, the lists before visits, and ask for calls to those who pause; return how many."""
    opened = _open_checklists(session, now=now, by=by, limit=limit)
    return opened + _tell_of_pauses(session, now=now, by=by, limit=limit)


def _open_checklists(session: Session, *, now: datetime, by: Actor, limit: int) -> int:
    """Open the lists before visits of today at any hour: nobody is texted by it, another text asks for them."""
    sheets = list(session.scalars(_DUE_CHECKLISTS, {"now": now, "most": limit}))
    for sheet in sheets:
        _open(session, sheet, by=by, now=now)
    return len(sheets)


def _tell_of_pauses(session: Session, *, now: datetime, by: Actor, limit: int) -> int:
    """Ask for a call where something is due of a patient who pauses, once for each check-in."""
    found = list(session.scalars(_DUE_PAUSED, {"now": now, "most": limit}))
    for sheet in found:
        sheet.reason = PAUSED_TOLD
        ask_to_call(session, sheet.patient_id, why="paused", by=by, now=now)
    session.flush()
    return len(found)


def open_for(session: Session, patient_id: UUID, *, ring: KeyRing, by: Actor, now: datetime) -> int:
    """Open what is due of one patient, all in one, or put it off; return how many check-ins were touched."""
    patient = lock_patient(session, patient_id)
    if patient.status != PatientStatus.ACTIVE:
        return end_check_ins(session, patient_id=patient_id, states=_WAITING, reason="care_ended", by=by, now=now)
    sheets = _sheets(session, patient_id)
    step = opening_of(
        [_as_rule(sheet) for sheet in sheets.values() if sheet.reason not in _HELD or sheet.state == "open"],
        zone=patient.zone,
        now=now,
        was_asked_today=_was_asked_today(session, patient, now=now),
        day_from=calendar_policy(session).day_from,
    )
    if step.later is not None:
        return _put_off(sheets.values(), step.later, by=by, now=now)
    if step.into is None:
        return 0
    return _follow(session, patient, sheets, step=step, ring=ring, by=by, now=now)


def _follow(
    session: Session,
    patient: Patient,
    sheets: dict[UUID, CheckIn],
    *,
    step: Opening,
    ring: KeyRing,
    by: Actor,
    now: datetime,
) -> int:
    assert step.into is not None
    into = sheets[step.into]
    is_evening = _pour(session, into, [sheets[one] for one in step.joining], by=by, now=now)
    if step.is_opened:
        _open(session, into, by=by, now=now)
    if into.state == "open":
        _refresh(session, into, patient)
        _supersede(session, into, [one for one in sheets.values() if one is not into], by=by, now=now)
    if step.is_opened or (into.state == "open" and is_evening):
        tell(session, patient, into, ring=ring, by=by, now=now)
    session.flush()
    return 1


def _sheets(session: Session, patient_id: UUID) -> dict[UUID, CheckIn]:
    rows = session.scalars(_SHEETS, {"of_patient": patient_id}, execution_options={"populate_existing": True})
    return {row.id: row for row in rows}


def _as_rule(sheet: CheckIn) -> Sheet:
    return Sheet(
        id=sheet.id,
        on=sheet.due_on,
        is_planned=sheet.state == "planned",
        opens_at=sheet.opens_at,
        opened_at=sheet.opened_at,
    )


def _was_asked_today(session: Session, patient: Patient, *, now: datetime) -> bool:
    today = first_instant_of(in_zone(now, patient.zone).date(), patient.zone)
    return session.scalar(_OVER_SINCE, {"of_patient": patient.id, "since": today}) is not None


def _put_off(sheets: Iterable[CheckIn], later: datetime, *, by: Actor, now: datetime) -> int:
    """Let what is due wait for a better hour; what would close before then is closed in its own time."""
    due = [one for one in sheets if one.state == "planned" and one.opens_at <= now and later < one.closes_at]
    for sheet in due:
        sheet.opens_at = later
        sheet.touch(by=by, now=now)
    return len(due)


def _pour(session: Session, into: CheckIn, joining: Sequence[CheckIn], *, by: Actor, now: datetime) -> bool:
    """Ask what older check-ins ask in a newer one, each instrument once; tell whether an evening is among it."""
    there = {row.instrument_key for row in _waiting_in(session, into.id)} if joining else set()
    is_evening = False
    for sheet in sorted(joining, key=lambda one: one.due_on, reverse=True):
        for row in _waiting_in(session, sheet.id):
            if row.instrument_key in there:
                row.state = "missed"
                continue
            there.add(row.instrument_key)
            row.check_in_id = into.id
            is_evening = is_evening or row.moment == "evening"
        into.closes_at = max(into.closes_at, sheet.closes_at)
        settle(session, sheet, reason=JOINED, by=by, now=now)
    return is_evening


def _supersede(session: Session, into: CheckIn, others: Sequence[CheckIn], *, by: Actor, now: datetime) -> None:
    """Stop asking in older open check-ins what the new one asks; what has answers there counts as sent."""
    still_open = [one for one in others if one.state == "open"]
    newer = {row.instrument_key for row in _waiting_in(session, into.id)} if still_open else set()
    for older in still_open:
        over = {row.id: row for row in _waiting_in(session, older.id) if row.instrument_key in newer}
        begun = [one for one in parts_of(session, older).parts if one.is_begun and one.assessment_id in over]
        for asked_id in over.keys() - {one.assessment_id for one in begun}:
            over[asked_id].state = "missed"
        if begun:
            finish_parts(session, older, begun, now=now, by=by)
            tell_of_answers(session, older, now=now)
        settle(session, older, reason=JOINED, by=by, now=now)


def _waiting_in(session: Session, check_in_id: UUID) -> list[Assessment]:
    session.flush()
    return waiting_in(session, check_in_id)


def _open(session: Session, sheet: CheckIn, *, by: Actor, now: datetime) -> None:
    """Open a check-in; what opens late stays open as long as it would have."""
    if sheet.part == Part.DAY:
        sheet.closes_at += now - sheet.opens_at
    sheet.state, sheet.opened_at, sheet.opens_at = "open", now, min(sheet.opens_at, now)
    sheet.touch(by=by, now=now)
    session.flush()
    note_check_in(session, sheet, "check_in.opened", now=now)


def _refresh(session: Session, sheet: CheckIn, patient: Patient) -> None:
    """Ask in the version and language of today; what was begun keeps its own."""
    known = instruments(session)
    for row in _waiting_in(session, sheet.id):
        found = known.get(row.instrument_key)
        if found is not None and sheet.begun_at is None:
            row.instrument_version, row.language = found.version, found.language_for(patient.language)
