"""The patient's checklist: answers go to monitoring, readings to the ladder, and the end says what comes of it."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.monitoring.actions import answering
from clinic.monitoring.actions.answering import Saved
from clinic.monitoring.errors import AnswersMissing
from clinic.scheduling.models import Appointment
from clinic.session_day.actions.locking import locked_checklist, locked_session
from clinic.session_day.actions.telling import tell_of_ending
from clinic.session_day.errors import NoChecklist, NoReadingWanted, ReadingsMissing, TooEarlyToMeasure
from clinic.session_day.models import PressureReading
from clinic.session_day.queries.checklists import Checklist, count_readings, open_checklist, taken_of
from clinic.session_day.rules.checklist import Ending, Outcome
from clinic.session_day.rules.pressure import Ladder, Reading, Step, checked_reading, ladder


def save_answers(
    session: Session, *, appointment_id: UUID, given: Mapping[str, object], by: Actor, now: datetime
) -> Saved:
    """Keep answers of the checklist; good ones are kept even if others are refused. Raises NoChecklist."""
    found = _open(session, locked_session(session, appointment_id, also_over=True), now=now)
    return _save(session, found, given, by=by, now=now)


def sit_down(session: Session, *, appointment_id: UUID, by: Actor, now: datetime) -> None:
    """Keep since when the patient rests; pressed again while the rest goes on, it begins anew. Raises NoChecklist."""
    visit = locked_session(session, appointment_id, also_over=True)
    found = _open(session, visit, now=now)
    if found.ladder.step not in {Step.SIT, Step.REST, Step.FIRST}:
        return
    row = locked_checklist(session, visit, assessment_id=found.part.assessment_id, by=by, now=now)
    row.seated_at = now
    row.touch(by=by, now=now)


def take_reading(session: Session, *, appointment_id: UUID, reading: Reading, by: Actor, now: datetime) -> Ladder:
    """Keep one reading and return what is next; the mean of two is the answer to the questions about pressure.

    A single reading in the range of danger is an answer at once: nobody may measure once and leave unheard.
    Raises ReadingRefused, TooEarlyToMeasure, NoReadingWanted and NoChecklist.
    """
    visit = locked_session(session, appointment_id, also_over=True)
    found = _open(session, visit, now=now)
    _require_turn(found.ladder)
    checked_reading(reading)
    row = locked_checklist(session, visit, assessment_id=found.part.assessment_id, by=by, now=now)
    session.add(
        PressureReading(
            id=new_id(),
            checklist_id=row.id,
            number=count_readings(session, row.id) + 1,
            systolic=reading.systolic,
            diastolic=reading.diastolic,
            pulse=reading.pulse,
            spo2=reading.spo2,
            at=now,
            actor_kind=by.kind.value,
            actor_name=by.name,
        )
    )
    session.flush()
    after = ladder(taken_of(session, row.id), seated_at=row.seated_at, limits=found.limits, now=now)
    answer = after.mean if found.ladder.step is Step.SECOND else reading if after.is_first_high else None
    if answer is not None:
        _answer(session, found, answer, by=by, now=now)
    _note(session, visit, "checklist.measured", now=now, round=after.round)
    return after


def finish(session: Session, *, appointment_id: UUID, by: Actor, now: datetime) -> Ending:
    """Send the checklist and say what comes of it; one that stops the day may be sent before everything is answered.

    After the session began it is kept and does not count. Raises AnswersMissing, ReadingsMissing and NoChecklist.
    """
    visit = locked_session(session, appointment_id, also_over=True)
    found = _open(session, visit, now=now)
    ended = found.would_be
    if ended.outcome is not Outcome.STOPPED:
        _require_complete(found)
    row = locked_checklist(session, visit, assessment_id=found.part.assessment_id, by=by, now=now)
    answering.submit(session, check_in_id=found.check_in.id, leaves_out=True, by=by, now=now)
    row.outcome, row.reasons, row.finished_at = ended.outcome.value, [one.value for one in ended.reasons], now
    row.is_late = found.is_late
    row.touch(by=by, now=now)
    session.flush()
    if ended.outcome is not Outcome.PASSED:
        tell_of_ending(session, visit, ended, is_late=found.is_late, by=by, now=now)
    _note(session, visit, "checklist.finished", now=now, outcome=ended.outcome.value, late=found.is_late)
    return ended


def _open(session: Session, visit: Appointment, *, now: datetime) -> Checklist:
    found = open_checklist(session, visit, now=now)
    if found is None:
        raise NoChecklist("No checklist is open for this visit now. What you sent before is kept.")
    return found


def _require_turn(readings: Ladder) -> None:
    if readings.is_over:
        raise NoReadingWanted("Your readings are complete. Go on with the list.")
    if readings.step is Step.SIT:
        raise TooEarlyToMeasure("Sit down and rest first. Press the button when you sit.")
    if readings.step in {Step.REST, Step.PAUSE}:
        raise TooEarlyToMeasure("Please wait a little longer before the next reading.")


def _require_complete(found: Checklist) -> None:
    if found.missing:
        raise AnswersMissing("Some questions have no answer yet. Answer them, then send the list.")
    if not found.ladder.is_over:
        raise ReadingsMissing("Your readings are not complete yet. Take them, then send the list.")


def _answer(session: Session, found: Checklist, reading: Reading, *, by: Actor, now: datetime) -> None:
    given: dict[str, object] = {
        "systolic": reading.systolic,
        "diastolic": reading.diastolic,
        "pulse": reading.pulse,
        "spo2": reading.spo2,
    }
    _save(session, found, given, by=by, now=now)


def _save(session: Session, found: Checklist, given: Mapping[str, object], *, by: Actor, now: datetime) -> Saved:
    of_list = {found.part.assessment_id: given}
    return answering.save_answers(session, check_in_id=found.check_in.id, given=of_list, by=by, now=now)


def _note(session: Session, visit: Appointment, action: str, *, now: datetime, **details: object) -> None:
    journal.note(
        session,
        action,
        subject_kind="appointment",
        subject_id=visit.id,
        at=now,
        patient_ids=(visit.patient_id,),
        **details,
    )
