"""What is done so that a session may begin, and what follows where it may not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.cli.demo.answers import answers_to
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.errors import DomainError
from clinic.readiness.actions.overriding import override_start
from clinic.readiness.models import ReadinessCheck
from clinic.readiness.queries.checks import reasons_of
from clinic.readiness.rules.gates import blocking
from clinic.scheduling import actions as scheduling
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.places import HOME, Place
from clinic.scheduling.rules.states import UPCOMING, CancelReason
from clinic.session_day.actions.checklist import finish, save_answers, sit_down, take_reading
from clinic.session_day.actions.supporting import attest, confirm_support, name_support_person
from clinic.session_day.queries.checklists import MEASURED, open_checklist
from clinic.session_day.queries.persons import support_person_of
from clinic.session_day.rules.persons import Named, Relation
from clinic.session_day.rules.pressure import Reading, Step
from clinic.simulation.world import Patient

_NAMED_BEFORE = timedelta(hours=60)
_READY_BEFORE = timedelta(minutes=80)
_SUPPORT = (("Jordan Ellis", "+13055550171"), ("Robin Castillo", "+12015550172"), ("Sam Novak", "+18505550173"))
_TALKED = "Talked it through with the patient before the start."
_LOOKS_AGAIN = timedelta(minutes=3)
_TRIES = 30
_SUPPORTER = Actor(kind=ActorKind.SUPPORT, id=None, name="Support person")

_Act = Callable[[Session, Appointment], bool | None]


@dataclass
class Readying:
    """Gets one patient ready for sessions, as far as the patient can."""

    patient: Patient

    def expect(self, visit: Appointment) -> None:
        """Plan what the patient and the support person do before a session."""
        at, world = self.patient.at, self.patient.world
        at(max(visit.starts_at - _NAMED_BEFORE, world.now + timedelta(minutes=5)), partial(self._name, visit.id))
        at(visit.starts_at - _READY_BEFORE, partial(self._get_ready, visit.id))

    def begin(self, visit: Appointment) -> bool:
        """Let the desk begin a visit; tell whether it goes on. One that may not begin is called off or allowed."""
        world = self.patient.world
        check = world.desk.arrive(visit.id)
        if check is None or check.verdict == "go":
            return True
        world.counts["sessions not ready"] += 1
        left = blocking(reasons_of(check), check.overridden)
        for each in left:
            world.counts[f"gate closed: {each.code}"] += 1
        if all(each.gate.has_override for each in left) and self.patient.happens(world.behavior.sets_gates_aside):
            return self._allow(visit, check)
        self.patient.visits.call_off(visit.id, CancelReason.CLINIC_REQUEST)
        self.patient.later(self.patient.program.plan_dates, minutes=(30, 90))
        return False

    def _allow(self, visit: Appointment, check: ReadinessCheck) -> bool:
        """Let the physician set aside what is left, and the desk begin."""
        world, by = self.patient.world, self.patient.physician
        codes = [each.code.value for each in blocking(reasons_of(check), check.overridden)]
        with world.begin(by) as session:
            override_start(session, appointment_id=visit.id, codes=codes, reason=_TALKED, by=by, now=world.now)
        world.counts["gates set aside"] += 1
        again = world.desk.arrive(visit.id)
        return again is None or again.verdict == "go"

    def _name(self, visit_id: UUID) -> None:
        self._try(visit_id, self._named)

    def _named(self, session: Session, visit: Appointment) -> None:
        world, by = self.patient.world, self.patient.actor
        name, number = _SUPPORT[self.patient.place % len(_SUPPORT)]
        person = name_support_person(
            session,
            appointment_id=visit.id,
            named=Named(name=name, e164=number, relation=Relation.FRIEND, language="en"),
            has_agreed=True,
            by=by,
            now=world.now,
            ring=world.desk.stage.runtime.link_ring,
        )
        session.flush()
        confirm_support(session, person_id=person.id, by=_SUPPORTER, now=world.now)

    def _get_ready(self, visit_id: UUID) -> None:
        """Say where the patient is, let the support person be there, and begin with the checklist."""
        self._try(visit_id, self._ready)
        self._measure(visit_id, tries=0)

    def _ready(self, session: Session, visit: Appointment) -> None:
        world, by = self.patient.world, self.patient.actor
        here = Place(kind=HOME, state=self.patient.new.state)
        scheduling.say_location(session, appointment_id=visit.id, place=here, by=by, now=world.now)
        person = support_person_of(session, visit.id)
        if person is not None:
            attest(session, person_id=person.id, by=_SUPPORTER, now=world.now)

    def _measure(self, visit_id: UUID, *, tries: int) -> None:
        """Do the next step of the checklist, and the one after it some minutes later."""
        if self._try(visit_id, self._step) and tries < _TRIES:
            self.patient.at(self.patient.world.now + _LOOKS_AGAIN, partial(self._measure, visit_id, tries=tries + 1))

    def _step(self, session: Session, visit: Appointment) -> bool:
        """Answer, rest, measure or send; tell whether something is left."""
        now, by = self.patient.world.now, self.patient.actor
        found = open_checklist(session, visit, now=now)
        if found is None:
            return now < visit.starts_at  # It opens with the next look of the workers.
        if found.missing:
            told = self.patient.answers.told(session)
            given = answers_to(found.part.instrument, told, today=self.patient.world.today)
            asked = {key: value for key, value in given.items() if key not in MEASURED}
            save_answers(session, appointment_id=visit.id, given=asked, by=by, now=now)
        elif found.ladder.is_over:
            finish(session, appointment_id=visit.id, by=by, now=now)
            return False
        elif found.ladder.step is Step.SIT:
            sit_down(session, appointment_id=visit.id, by=by, now=now)
        elif found.ladder.step in {Step.FIRST, Step.SECOND}:
            take_reading(session, appointment_id=visit.id, reading=self._reading(), by=by, now=now)
        return True

    def _reading(self) -> Reading:
        chance = self.patient.chance
        return Reading(systolic=chance.randint(108, 138), diastolic=chance.randint(66, 86), pulse=68, spo2=98)

    def _try(self, visit_id: UUID, act: _Act) -> bool:
        """Do something with a visit that is still ahead; tell whether the act says that more is to come."""
        world = self.patient.world
        visit = world.desk.look_up(visit_id)
        if visit.state not in UPCOMING:
            return False
        try:
            with world.begin(self.patient.actor) as session:
                return bool(act(session, session.get_one(Appointment, visit_id)))
        except DomainError as refusal:
            world.counts[f"refused: {refusal.code}"] += 1
            return False
