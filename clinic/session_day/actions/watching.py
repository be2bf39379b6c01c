"""What a support person notes during a session, what follows from it, and the end of the watch."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import in_zone
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import AppointmentState
from clinic.session_day.actions.locking import locked_session
from clinic.session_day.actions.telling import ask_to_call_now, late_key, tell_rules
from clinic.session_day.errors import WatchNotOpen
from clinic.session_day.models import SupportObservation, SupportPerson
from clinic.session_day.queries.checklists import baseline_of
from clinic.session_day.queries.limits import watch_limits
from clinic.session_day.queries.persons import support_person, support_person_of, watch_of
from clinic.session_day.queries.standing import support_standing
from clinic.session_day.rules.limits import Pressure
from clinic.session_day.rules.pressure import Reading, checked_reading
from clinic.session_day.rules.watching import SeenKind, Watch, is_settled
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind

_NOT_BEGUN = "The session has not begun yet. This opens when it does."
_SAY_FIRST = "Say first that you are there."
_WATCH_IS_OVER = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steady:
    """What holds before the watch ends: awake and knowing the place, walking steadily, no nausea."""

    is_awake: bool
    walks_steadily: bool
    is_nausea_gone: bool

    @property
    def is_all(self) -> bool:
        """Tell whether all of it holds."""
        return self.is_awake and self.walks_steadily and self.is_nausea_gone


def note_check(
    session: Session, *, person_id: UUID, is_well: bool, has_vomited: bool = False, by: Actor, now: datetime
) -> Watch:
    """Note that the patient is awake and breathes normally, or is not: then people are called at once.

    Raises WatchNotOpen, NoSupportPerson and NotASession.
    """
    visit, row = _watching(session, person_id)
    _keep(session, visit, row, kind=SeenKind.CHECK, is_well=is_well, has_vomited=has_vomited, by=by, now=now)
    if not is_well:
        _alarm(session, visit, "not awake, or not breathing normally", by=by, now=now)
    if has_vomited:
        tell_rules(session, visit, "The support person noted vomiting during the session.", by=by, now=now)
    return _after(session, visit, by=by, now=now)


def note_pressure(session: Session, *, person_id: UUID, reading: Reading, by: Actor, now: datetime) -> Watch:
    """Note a reading during a session; a high one is a concern, one in the range of danger calls people at once.

    Raises ReadingRefused, WatchNotOpen, NoSupportPerson and NotASession.
    """
    visit, row = _watching(session, person_id)
    checked_reading(reading)
    _keep(
        session,
        visit,
        row,
        kind=SeenKind.PRESSURE,
        systolic=reading.systolic,
        diastolic=reading.diastolic,
        pulse=reading.pulse,
        by=by,
        now=now,
    )
    _heed_pressure(session, visit, reading.pressure, by=by, now=now)
    return _after(session, visit, by=by, now=now)


def note_steady(session: Session, *, person_id: UUID, steady: Steady, by: Actor, now: datetime) -> Watch:
    """Note what holds of what ends the watch; once nothing is missing, the watch is over.

    Raises WatchNotOpen, NoSupportPerson and NotASession.
    """
    visit, row = _watching(session, person_id)
    _keep(
        session,
        visit,
        row,
        kind=SeenKind.STEADY,
        is_awake=steady.is_awake,
        walks_steadily=steady.walks_steadily,
        is_nausea_gone=steady.is_nausea_gone,
        by=by,
        now=now,
    )
    stands = _after(session, visit, by=by, now=now)
    if stands.may_end and row.watch_ended_at is None:
        row.watch_ended_at = now
        row.touch(by=by, now=now)
        _note(session, visit, "session.watch_ended", now=now)
    return stands


def press_emergency(session: Session, *, person_id: UUID, by: Actor, now: datetime) -> None:
    """Call everybody, whatever stands of the visit: the button works as long as the link does.

    Pressed twice calls nobody twice. Raises NoSupportPerson.
    """
    row = support_person(session, person_id)
    visit = locked_session(session, row.appointment_id, whatever=True)
    recent = select(SupportObservation.id).where(
        SupportObservation.appointment_id == visit.id,
        SupportObservation.kind == SeenKind.EMERGENCY,
        SupportObservation.at > now - timedelta(minutes=1),
    )
    if session.scalar(recent.limit(1)) is None:
        _keep(session, visit, row, kind=SeenKind.EMERGENCY, by=by, now=now)
        _alarm(session, visit, "pressed the emergency button", by=by, now=now)


def watch_checks(session: Session, *, now: datetime, by: Actor) -> None:
    """Ask for a call where a session goes on and nobody looked for too long, once for each silence.

    One that was written down as over before its planned end is watched until then: the patient still rests. Who took
    the task off the list has called, so it is asked again only after as long a silence.
    """
    is_over_early = (Appointment.state == AppointmentState.COMPLETED) & (Appointment.ends_at > now)
    wanted = select(Appointment.id).where(
        (Appointment.state == AppointmentState.IN_PROGRESS) | is_over_early,
        Appointment.starts_at > now - _WATCH_IS_OVER,
    )
    for appointment_id in session.scalars(wanted.order_by(Appointment.id)):
        _watch_one(session, appointment_id, by=by, now=now)


def _watch_one(session: Session, appointment_id: UUID, *, by: Actor, now: datetime) -> None:
    person = support_person_of(session, appointment_id)
    stands = watch_of(session, appointment_id, now=now)
    if person is None or person.watch_ended_at is not None or stands is None or not stands.late_level:
        return
    key = late_key(appointment_id)
    if key in tasks.open_keys(session, WorkKind.SESSION_CHECK_LATE):
        return
    called_at = tasks.closed_at(session, dedupe_key=key)
    if called_at is not None and now - called_at < watch_limits(session).late_after:
        return
    visit = session.get_one(Appointment, appointment_id)
    since = in_zone(stands.last_check_at or visit.starts_at, visit.location_zone)
    words = "Nobody has looked since the start" if stands.last_check_at is None else f"Last looked at {since:%-I:%M %p}"
    worklist.open_item(
        session,
        kind=WorkKind.SESSION_CHECK_LATE,
        dedupe_key=key,
        reason=f"{words}. Call the support person, then the patient.",
        subject_kind="appointment",
        subject_id=appointment_id,
        patient_id=visit.patient_id,
        due_at=now,
        now=now,
        by=by,
    )


def _watching(session: Session, person_id: UUID) -> tuple[Appointment, SupportPerson]:
    """Return the session that goes on, and who watches; raises WatchNotOpen before both are there."""
    row = support_person(session, person_id)
    visit = locked_session(session, row.appointment_id, also_over=True)
    if visit.state not in {AppointmentState.IN_PROGRESS, AppointmentState.COMPLETED}:
        raise WatchNotOpen(_NOT_BEGUN)
    if support_standing(row.state, _Told(row, visit)) != "attested":
        raise WatchNotOpen(_SAY_FIRST)
    return visit, row


class _Told:
    """What a support person said, beside the time of the visit."""

    def __init__(self, row: SupportPerson, visit: Appointment) -> None:
        self.attested_at, self.told_version = row.attested_at, row.time_version
        self.starts_at, self.time_version = visit.starts_at, visit.time_version


def _keep(
    session: Session,
    visit: Appointment,
    row: SupportPerson,
    *,
    kind: SeenKind,
    by: Actor,
    now: datetime,
    **seen: bool | int | None,
) -> None:
    session.add(
        SupportObservation(
            id=new_id(),
            appointment_id=visit.id,
            support_person_id=row.id,
            kind=kind.value,
            at=now,
            actor_kind=by.kind.value,
            actor_name=by.name,
            **seen,
        )
    )
    session.flush()
    _note(session, visit, f"session.{kind.value}", now=now)


def _after(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> Watch:
    """Take the task about silence off the list, and return where the watch stands."""
    worklist.close_for(session, dedupe_key=late_key(visit.id), by=by, now=now)
    stands = watch_of(session, visit.id, now=now)
    assert stands is not None, "it began"
    return stands


def _heed_pressure(session: Session, visit: Appointment, pressure: Pressure, *, by: Actor, now: datetime) -> None:
    limits = watch_limits(session)
    numbers = f"{pressure.systolic}/{pressure.diastolic}"
    if limits.danger.reached_by(pressure):
        _alarm(session, visit, f"blood pressure {numbers}", by=by, now=now)
    elif limits.concern.reached_by(pressure) and not is_settled(
        pressure, baseline_of(session, visit.id, now=now), limits
    ):
        tell_rules(session, visit, f"Blood pressure {numbers} during the session.", by=by, now=now)


def _alarm(session: Session, visit: Appointment, what: str, *, by: Actor, now: datetime) -> None:
    """Call people and keep it for the physician; coordinators read that help is wanted, not why."""
    words = "The support person asks for help. Call them now, then the patient; 911 if nobody answers."
    ask_to_call_now(session, visit, words, by=by, now=now)
    tell_rules(session, visit, f"During the session the support person noted: {what}.", by=by, now=now)


def _note(session: Session, visit: Appointment, action: str, *, now: datetime) -> None:
    ids = (visit.patient_id,)
    journal.note(session, action, subject_kind="appointment", subject_id=visit.id, at=now, patient_ids=ids)
