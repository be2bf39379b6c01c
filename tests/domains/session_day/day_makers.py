"""Makes a session at home of today with its checklist open, as the calendar and the sweep make it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Planned
from clinic.monitoring.actions.calendars import keep_calendar
from clinic.monitoring.actions.opening import open_due
from clinic.monitoring.rules.calendar import SessionAt
from clinic.people.models import Patient
from clinic.reactions import GUARDS
from clinic.scheduling import actions as scheduling
from clinic.scheduling.models import Appointment
from clinic.session_day.actions import checklist, supporting
from clinic.session_day.models import SupportPerson
from clinic.session_day.queries.standing import standing_of
from clinic.session_day.rules.checklist import Ending
from clinic.session_day.rules.persons import Named, Relation
from clinic.session_day.rules.pressure import Reading
from clinic.session_day.rules.standing import DayStanding
from clinic.worklist.models import WorkItem
from tests.domains.monitoring.calendar_cases import facts
from tests.domains.monitoring.check_in_makers import SWEEP
from tests.domains.readiness.ready import arrive
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING, Clinic, at, patient_actor

SUPPORT = Actor(kind=ActorKind.SUPPORT, name="Support person")
GOOD = {
    **dict.fromkeys(("thoughts", "seeing_hearing", "racing"), "0"),
    **dict.fromkeys(("food_stopped", "hydrated", "no_alcohol", "no_sedatives", "well", "not_pregnant"), "1"),
    **dict.fromkeys(("bladder_ok", "safe_place", "no_driving", "sitter_present"), "1"),
    "mood": "7",
    "units": "1",
}


@dataclass
class Day:
    """One session this afternoon, and what tests do with it."""

    session: Session
    patient: Patient
    visit: Appointment
    now: datetime

    @property
    def by(self) -> Actor:
        return patient_actor(self.patient)

    @property
    def standing(self) -> DayStanding:
        self.session.flush()
        return standing_of(self.session, [self.visit.id], now=self.now)[self.visit.id]

    def answer(self, **changed: str | None) -> None:
        given = {key: value for key, value in (GOOD | changed).items() if value is not None}
        checklist.save_answers(self.session, appointment_id=self.visit.id, given=given, by=self.by, now=self.now)

    def sit(self) -> None:
        checklist.sit_down(self.session, appointment_id=self.visit.id, by=self.by, now=self.now)

    def measure(self, upper: int = 120, lower: int = 80, *, after: timedelta = timedelta(minutes=5)) -> None:
        """Take two readings, the first so long after now."""
        for wait in (after, timedelta(minutes=1)):
            self.now += wait
            reading = Reading(systolic=upper, diastolic=lower, pulse=70)
            checklist.take_reading(
                self.session, appointment_id=self.visit.id, reading=reading, by=self.by, now=self.now
            )

    def finish(self) -> Ending:
        return checklist.finish(self.session, appointment_id=self.visit.id, by=self.by, now=self.now)

    def name(self, name: str = "Rosa Delgado", e164: str = "+17865550142", **more: object) -> SupportPerson:
        return supporting.name_support_person(
            self.session,
            appointment_id=self.visit.id,
            named=Named(name=name, e164=e164, relation=Relation.FAMILY, language="es"),
            **{"has_agreed": True, "by": self.by, "now": self.now, "ring": RING, **more},
        )

    def begin(self, when: datetime | None = None) -> None:
        self.now = when or self.visit.starts_at
        arrive(self.session, appointment_id=self.visit.id, by=COORDINATOR, now=self.now)

    def tasks(self) -> set[str]:
        self.session.flush()
        return set(self.session.scalars(select(WorkItem.kind).where(WorkItem.state == "open")))

    def texts(self, key: str) -> list[Message]:
        self.session.flush()
        return list(self.session.scalars(select(Message).where(Message.template_key == key)))


def home_day(session: Session, maker: Clinic, patient: Patient | None = None, *, hour: int = 14) -> Day:
    """Return a session of today whose checklist is open."""
    maker.visit_type("induction_session", patient_minutes=120)
    patient = patient or maker.patient()
    visit = maker.visit(patient, maker.physician(), at(23, hour), visit_type_code="induction_session")
    ask_checklist(session, patient.id, visit, now=maker.now)
    return Day(session, patient, visit, maker.now)


def ask_checklist(session: Session, patient_id: UUID, visit: Appointment, *, now: datetime) -> None:
    when = {"starts_at": visit.starts_at, "ends_at": visit.ends_at, "state": "booked", "phase": "induction"}
    taken = SessionAt(appointment_id=visit.id, **when)
    care = facts(taken, patient_id=patient_id, phase_since=now, intake_at=None)
    keep_calendar(session, care, by=SWEEP, now=now)
    open_due(session, now=now, by=SWEEP, ring=RING)
    session.flush()


def ready(day: Day) -> SupportPerson:
    """Let a support person be there and the session begin."""
    person = day.name()
    day.now = day.visit.starts_at - timedelta(minutes=30)
    supporting.attest(day.session, person_id=person.id, by=SUPPORT, now=day.now)
    day.begin()
    return person


def put_off(day: Day) -> None:
    """Move the session to the next day."""
    scheduling.move(
        day.session,
        appointment_id=day.visit.id,
        physician_id=day.visit.physician_id,
        starts_at=at(24, 14),
        by=COORDINATOR,
        now=day.now,
        ring=RING,
    )


def planned(message) -> Planned:
    return Planned(
        message_id=message.id,
        template_key=message.template_key,
        subject_kind=message.subject_kind,
        subject_id=message.subject_id,
        subject_version=message.subject_version,
        due_at=message.due_at,
        expires_at=message.expires_at,
    )


def judged(day: Day, key: str):
    message = day.texts(key)[-1]
    return GUARDS[message.subject_kind](day.session, planned(message), day.now)
