"""The demo's sessions of today: one goes on and is watched, one has its list open, one is on hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from clinic.cli.demo.desk import Desk
from clinic.cli.demo.journey import TOUCH_UP, Journey
from clinic.kernel.actor import Actor, ActorKind, system
from clinic.kernel.errors import DomainError
from clinic.kernel.transaction import whole
from clinic.medication.queries.session_log import planned_units
from clinic.monitoring.actions.opening import open_alone
from clinic.readiness.actions.overriding import override_start
from clinic.readiness.queries.checks import reasons_of
from clinic.readiness.rules.gates import blocking
from clinic.scheduling import actions as scheduling
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries import OfferedSlot
from clinic.scheduling.rules.places import HOME, Place
from clinic.scheduling.rules.states import AppointmentState
from clinic.session_day.actions import checklist, supporting, watching
from clinic.session_day.queries.checklists import open_checklist
from clinic.session_day.queries.persons import support_person_of
from clinic.session_day.rules.persons import Named, Relation
from clinic.session_day.rules.pressure import Reading, Step
from clinic.treatment.queries.plans import plan_of_patient

_SUPPORT = Actor(kind=ActorKind.SUPPORT, name="Support person")
_OPENER = system("Check-ins")
_TALKED = "Spoke with the patient on the telephone before the start."
_BOOKED_AGO = timedelta(hours=26)
_OPENED_AGO = timedelta(minutes=150)
_PLACES = (32, 33, 31, 11, 13, 38)
"""Places in the list of patients who keep a plan and have no session today."""

_STARTS = {
    "watched": (timedelta(minutes=-115), timedelta(minutes=-20)),
    "open": (timedelta(minutes=20), timedelta(hours=3)),
    "held": (timedelta(minutes=20), timedelta(hours=6)),
}
"""From when to when, counted from the present, each may begin; at night there is none."""

_NAMES = (("Rosalind Tarver", "+17865550171"), ("Emory Castellan", "+17865550172"), ("Odile Brandt", "+17865550173"))
_GOOD = {
    **dict.fromkeys(("thoughts", "seeing_hearing", "racing"), "0"),
    **dict.fromkeys(("food_stopped", "hydrated", "no_alcohol", "no_sedatives", "well", "not_pregnant"), "1"),
    **dict.fromkeys(("bladder_ok", "safe_place", "no_driving", "sitter_present"), "1"),
    "mood": "6",
}


@dataclass
class SessionDays:
    """Three sessions of today, as far as there is a time for them."""

    desk: Desk
    journeys: Sequence[Journey]
    today: date

    def plan(self) -> None:
        """Plan the bookings of yesterday; everything else follows from the times that were free."""
        until = self.desk.stage.until
        self.desk.stage.at(until - _BOOKED_AGO, self.book)
        for minutes in range(0, 90, 10):
            self.desk.stage.at(until - _OPENED_AGO + timedelta(minutes=minutes), self.open_lists)

    def book(self) -> None:
        """Book what fits, each with somebody who is there."""
        left = [place for place in _PLACES if place < len(self.journeys)]
        for name, who in zip(_STARTS, _NAMES, strict=True):
            for place in left:
                visit = self._booked(place, name)
                if visit is not None:
                    left.remove(place)
                    self._name(visit.id, *who)
                    self._plan_day(name, visit.id, visit.starts_at)
                    break

    def _booked(self, place: int, name: str) -> Appointment | None:
        """Book one of today's sessions; None without a time, or where a membership lets none begin."""
        slot, patient_id = self._free(place, name), self.journeys[place].owner.patient_id
        if slot is None or patient_id is None:
            return None
        by, stage = self.desk.anybody(), self.desk.stage
        with stage.runtime.begin(by=by) as session:
            try:
                with whole(session):
                    return scheduling.book_now(
                        session,
                        visit_type_code=TOUCH_UP,
                        patient_id=patient_id,
                        physician_id=slot.physician_id,
                        starts_at=slot.starts_at,
                        by=by,
                        now=self.desk.now,
                        ring=stage.runtime.link_ring,
                    )
            except DomainError:
                return None

    def _free(self, place: int, name: str) -> OfferedSlot | None:
        """Return a time for one of today's sessions, if the patient has a plan and there is one."""
        patient_id = self.journeys[place].owner.patient_id
        if patient_id is None or not self._has_plan(patient_id):
            return None
        first, last = (self.desk.stage.until + span for span in _STARTS[name])
        free = self.desk.free_times(patient_id, TOUCH_UP, day=self.today)
        return next((one for one in free if first <= one.starts_at <= last), None)

    def open_lists(self) -> None:
        """Open the lists of today."""
        with self.desk.stage.runtime.begin(by=_OPENER) as session:
            open_alone(session, now=self.desk.now, by=_OPENER, limit=50)

    def _plan_day(self, name: str, visit_id: UUID, starts_at: datetime) -> None:
        at, until = self.desk.stage.at, self.desk.stage.until
        if name == "held":
            self._measure(visit_id, until - timedelta(minutes=60), ((151, 93),) * 3)
            at(until - timedelta(minutes=20), partial(self.finish, visit_id))
        if name != "watched":
            return
        self._measure(visit_id, starts_at - timedelta(minutes=25), ((126, 80),))
        at(starts_at - timedelta(minutes=12), partial(self.finish, visit_id))
        at(starts_at - timedelta(minutes=5), partial(self.attest, visit_id))
        at(starts_at - timedelta(minutes=4), partial(self.say_where, visit_id))
        at(starts_at, partial(self.begin, visit_id))
        for minutes in range(12, 100, 14):
            if starts_at + timedelta(minutes=minutes) < until:
                at(starts_at + timedelta(minutes=minutes), partial(self.look, visit_id))
        at(starts_at + timedelta(minutes=44), partial(self.take_pressure, visit_id))

    def _measure(self, visit_id: UUID, begin: datetime, pressures: Sequence[tuple[int, int]]) -> None:
        at = self.desk.stage.at
        at(begin, partial(self.answer, visit_id))
        for number, pressure in enumerate(pressures):
            first = begin + timedelta(minutes=6 + 16 * number)
            for when in (first, first + timedelta(minutes=1)):
                at(when, partial(self.read, visit_id, pressure))

    def answer(self, visit_id: UUID) -> None:
        """Answer every question and sit down, where the list is open."""
        if not self._is_open(visit_id):
            return
        with self.desk.stage.runtime.begin(by=_SUPPORT) as session:
            visit, by, now = self.desk.look_up(visit_id), self._patient(visit_id), self.desk.now
            units = planned_units(session, visit.patient_id, visit.starts_at) or 1
            given = _GOOD | {"units": str(units)}
            checklist.save_answers(session, appointment_id=visit_id, given=given, by=by, now=now)
            checklist.sit_down(session, appointment_id=visit_id, by=by, now=now)

    def read(self, visit_id: UUID, pressure: tuple[int, int]) -> None:
        """Take one reading."""
        with self.desk.stage.read() as session:
            found = open_checklist(session, self.desk.look_up(visit_id), now=self.desk.now)
        if found is None or found.ladder.step not in {Step.FIRST, Step.SECOND}:
            return
        with self.desk.stage.runtime.begin(by=_SUPPORT) as session:
            reading = Reading(systolic=pressure[0], diastolic=pressure[1], pulse=72)
            checklist.take_reading(
                session, appointment_id=visit_id, reading=reading, by=self._patient(visit_id), now=self.desk.now
            )

    def finish(self, visit_id: UUID) -> None:
        """Send the list, where it is complete."""
        with self.desk.stage.read() as session:
            found = open_checklist(session, self.desk.look_up(visit_id), now=self.desk.now)
        if found is None or found.missing or not found.ladder.is_over:
            return
        with self.desk.stage.runtime.begin(by=_SUPPORT) as session:
            checklist.finish(session, appointment_id=visit_id, by=self._patient(visit_id), now=self.desk.now)

    def attest(self, visit_id: UUID) -> None:
        """Let the support person say to be there."""
        with self.desk.stage.runtime.begin(by=_SUPPORT) as session:
            person = support_person_of(session, visit_id)
            if person is not None:
                supporting.attest(session, person_id=person.id, by=_SUPPORT, now=self.desk.now)

    def say_where(self, visit_id: UUID) -> None:
        """Let the patient say to be at home."""
        by = self._patient(visit_id)
        with self.desk.stage.runtime.begin(by=by) as session:
            home = Place(kind=HOME, state=self.desk.look_up(visit_id).location_state)
            scheduling.say_location(session, appointment_id=visit_id, place=home, by=by, now=self.desk.now)

    def begin(self, visit_id: UUID) -> None:
        """Begin the session; what the physician may set aside is set aside first, and what may not keeps it closed."""
        check = self.desk.arrive(visit_id)
        left = blocking(reasons_of(check)) if check else ()
        if not left or not all(each.gate.has_override for each in left):
            return
        by = self.desk.team.physicians[self.desk.look_up(visit_id).physician_id]
        codes = [each.code.value for each in left]
        with self.desk.stage.runtime.begin(by=by) as session:
            override_start(session, appointment_id=visit_id, codes=codes, reason=_TALKED, by=by, now=self.desk.now)
        self.desk.arrive(visit_id)

    def look(self, visit_id: UUID) -> None:
        """Let the support person look."""
        if not self._goes_on(visit_id):
            return
        with self.desk.stage.runtime.begin(by=_SUPPORT) as session:
            person = support_person_of(session, visit_id)
            if person is not None:
                watching.note_check(session, person_id=person.id, is_well=True, by=_SUPPORT, now=self.desk.now)

    def take_pressure(self, visit_id: UUID) -> None:
        """Let the support person measure."""
        if not self._goes_on(visit_id):
            return
        with self.desk.stage.runtime.begin(by=_SUPPORT) as session:
            person = support_person_of(session, visit_id)
            if person is not None:
                reading = Reading(systolic=138, diastolic=84, pulse=78)
                watching.note_pressure(session, person_id=person.id, reading=reading, by=_SUPPORT, now=self.desk.now)

    def _name(self, visit_id: UUID, name: str, e164: str) -> None:
        by = self.desk.anybody()
        with self.desk.stage.runtime.begin(by=by) as session:
            supporting.name_support_person(
                session,
                appointment_id=visit_id,
                named=Named(name=name, e164=e164, relation=Relation.FRIEND, language="en"),
                has_agreed=True,
                by=by,
                now=self.desk.now,
                ring=self.desk.stage.runtime.link_ring,
            )

    def _goes_on(self, visit_id: UUID) -> bool:
        return self.desk.look_up(visit_id).state == AppointmentState.IN_PROGRESS

    def _has_plan(self, patient_id: UUID) -> bool:
        with self.desk.stage.read() as session:
            return plan_of_patient(session, patient_id) is not None

    def _is_open(self, visit_id: UUID) -> bool:
        with self.desk.stage.read() as session:
            return open_checklist(session, self.desk.look_up(visit_id), now=self.desk.now) is not None

    def _patient(self, visit_id: UUID) -> Actor:
        return Actor(kind=ActorKind.PATIENT, id=self.desk.look_up(visit_id).patient_id, name="Patient")
