"""Asking outside the calendar, asking again, and what becomes of check-ins when care ends or records are merged."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import in_zone, next_open
from clinic.monitoring.actions.asking import NewAssessment, add_assessment, new_check_in
from clinic.monitoring.actions.calendars import end_check_ins
from clinic.monitoring.actions.settling import note_check_in, settle
from clinic.monitoring.actions.telling import may_text, tell
from clinic.monitoring.errors import NothingToAsk, UnknownInstrument
from clinic.monitoring.models import Assessment, CheckIn
from clinic.monitoring.queries.calendars import newest_number
from clinic.monitoring.queries.check_ins import open_check_ins, refill_hold
from clinic.monitoring.queries.instruments import instruments
from clinic.monitoring.rules.calendar import Part
from clinic.people.models import Patient
from clinic.people.queries import lock_patient, patient

ASKED, SAFETY = "asked", "safety"
_LASTS = timedelta(days=7)
_SAFETY_LASTS = timedelta(days=1)
_LAST_PLACE = 30_000


def ask_now(
    session: Session,
    *,
    patient_id: UUID,
    instrument_keys: Sequence[str],
    is_required: bool,
    joins: CheckIn | None = None,
    by: Actor,
    now: datetime,
) -> UUID:
    """Ask these instruments as soon as may be and return the check-in.

    For safety they join the check-in in which an answer alarmed, whose lock the caller holds. Else they share the
    day's check-in, or open by themselves now or in the morning, and the patient gets a text. Raises UnknownInstrument.
    """
    known = instruments(session)
    if unknown := [key for key in instrument_keys if key not in known]:
        raise UnknownInstrument(f"\u201c{unknown[0][:40]}\u201d cannot be asked. Choose another from the list.")
    moment = ASKED if joins is None else SAFETY
    if joins is None:
        asked = lock_patient(session, patient_id)
        sheet = _sheet_of_day(session, asked, by=by, now=now)
    else:
        asked, sheet = patient(session, patient_id), joins
        sheet.closes_at = max(sheet.closes_at, now + _SAFETY_LASTS)
    session.flush()
    waiting = select(Assessment.instrument_key).where(Assessment.check_in_id == sheet.id, Assessment.state == "waiting")
    there, version = set(session.scalars(waiting)), newest_number(session)
    for place, key in enumerate(key for key in dict.fromkeys(instrument_keys) if key not in there):
        wanted = NewAssessment(
            instrument_key=key,
            moment=moment,
            cause_key=f"{moment}:{new_id()}:{key}",
            is_required=is_required,
            position=place if moment == SAFETY else _LAST_PLACE + place,
            calendar_version=version,
        )
        add_assessment(session, sheet, wanted, known=known, language=asked.language)
    session.flush()
    note_check_in(session, sheet, "check_in.asked", now=now, moment=moment, instruments=list(instrument_keys))
    return sheet.id


def ask_again(session: Session, *, patient_id: UUID, by: Actor, now: datetime, ring: KeyRing) -> UUID:
    """Text the newest open check-in once more, or ask anew what was missed; return the check-in.

    Raises NothingToAsk when there is neither, or when this patient may not be texted.
    """
    asked = lock_patient(session, patient_id)
    if not may_text(session, asked):
        raise NothingToAsk("This patient gets no texts. Call instead.")
    is_open = open_check_ins(session, patient_id)
    if is_open:
        tell(session, asked, is_open[-1], again=f"again-{now.isoformat()}", ring=ring, by=by, now=now)
        return is_open[-1].id
    missed = [reason.instrument_key for reason in refill_hold(session, patient_id, now)]
    if not missed:
        raise NothingToAsk("Nothing is open and nothing was missed, so there is nothing to ask again.")
    return ask_now(session, patient_id=patient_id, instrument_keys=missed, is_required=True, by=by, now=now)


def cancel_check_ins(session: Session, *, patient_id: UUID, reason: str, by: Actor, now: datetime) -> int:
    """End every planned and open check-in of a patient whose care ends; return how many there were."""
    return end_check_ins(session, patient_id=patient_id, states=("planned", "open"), reason=reason, by=by, now=now)


def hand_over_check_ins(session: Session, *, from_id: UUID, to_id: UUID, by: Actor, now: datetime) -> int:
    """Give the check-ins of one record to another and return how many; the caller holds both patients' locks.

    Of two for one day the other record's goes on with both. Scores and answers name the record they were given for.
    """
    wanted = select(CheckIn).where(CheckIn.patient_id.in_([from_id, to_id])).order_by(CheckIn.id).with_for_update()
    sheets = list(session.scalars(wanted, execution_options={"populate_existing": True}))
    standing = {
        (one.part, one.due_on): one for one in sheets if one.patient_id == to_id and one.state in {"planned", "open"}
    }
    moved = [one for one in sheets if one.patient_id == from_id]
    for sheet in moved:
        twin = standing.get((sheet.part, sheet.due_on)) if sheet.state in {"planned", "open"} else None
        if twin is not None:
            session.execute(
                update(Assessment)
                .where(Assessment.check_in_id == sheet.id, Assessment.state == "waiting")
                .values(check_in_id=twin.id)
            )
            session.expire_all()
            settle(session, sheet, reason="merged", by=by, now=now)
        sheet.patient_id = to_id
        sheet.touch(by=by, now=now)
    session.flush()
    session.execute(update(Assessment).where(Assessment.patient_id == from_id).values(patient_id=to_id))
    return len(moved)


def _sheet_of_day(session: Session, asked: Patient, *, by: Actor, now: datetime) -> CheckIn:
    opens_at = next_open(now, asked.zone)
    day = in_zone(opens_at, asked.zone).date()
    wanted = select(CheckIn).where(
        CheckIn.patient_id == asked.id,
        CheckIn.part == Part.DAY.value,
        CheckIn.due_on == day,
        CheckIn.state.in_(("planned", "open")),
    )
    found = session.scalar(wanted.with_for_update(), execution_options={"populate_existing": True})
    if found is not None:
        found.closes_at = max(found.closes_at, now + _LASTS)
        return found
    times = (opens_at, opens_at + _LASTS)
    return new_check_in(
        session, patient_id=asked.id, zone=asked.zone, part=Part.DAY, due_on=day, times=times, by=by, now=now
    )
