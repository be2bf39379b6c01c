"""A whole simulation: people come over the months, everybody does what they do, and each day is checked and counted."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random

from clinic.cli.demo.stage import PastClock, in_the_past
from clinic.gateways.carriers.sandbox import SandboxCarrier
from clinic.gateways.payments.bank import Bank
from clinic.kernel.localtime import edge_instant
from clinic.kernel.transaction import Beginner
from clinic.people.rules import NewPatient
from clinic.runtime import Runtime, Supplying
from clinic.simulation import crowd
from clinic.simulation.answers import Answers
from clinic.simulation.behavior import Behavior
from clinic.simulation.days import Days
from clinic.simulation.faults import JobFaults
from clinic.simulation.invariants import Checker
from clinic.simulation.membership import Membership
from clinic.simulation.office import Office
from clinic.simulation.opening import Size, open_clinic
from clinic.simulation.phone import Phone
from clinic.simulation.phones import Provider
from clinic.simulation.physicians import Physicians
from clinic.simulation.program import Program
from clinic.simulation.readying import Readying
from clinic.simulation.rounds import Rounds
from clinic.simulation.signing import Signing
from clinic.simulation.steady import SteadyPharmacy
from clinic.simulation.supply import Supply
from clinic.simulation.visits import Visits
from clinic.simulation.world import Patient, World

_OPENS, _FIRST_CALLS, _LAST_CALLS = time(7), 9, 16
_DAY = timedelta(days=1)

Told = Callable[[date], None]


@dataclass
class Simulation:
    """One run in one database; `played_until` is the last day that was played to its end."""

    runtime: Runtime
    size: Size
    behavior: Behavior = field(default_factory=Behavior)
    checks_daily: bool = True

    def __post_init__(self) -> None:
        zone = self.runtime.clinic.zone
        clock = PastClock(edge_instant(self.size.first_day, _OPENS, zone))
        self.checker = Checker(since=clock.instant)
        self.faults = JobFaults()
        self.played_until: date | None = None
        provider, bank = Provider(clock, self._chance("provider")), Bank(clock)
        past = self._runtime(clock, provider, bank)
        until = edge_instant(self.size.last_day + _DAY, time(0), zone)
        self.days = Days(past, clock, provider, until)
        desk = open_clinic(self.days, self.size, self.behavior, chance=self._chance("desk"))
        self.world = World(desk, self.behavior, self.size, bank)

    def run(self, told: Told | None = None) -> None:
        """Play every day; whoever is told hears of each that is over. Ctrl-C ends it after any act."""
        rounds, office = Rounds(self.world), Office(self.world)
        physicians = Physicians(self.world, self._chance("physicians"))
        physicians.listen()
        self._plan_arrivals()
        day = self.size.first_day
        with self.faults.watched():
            while day <= self.size.last_day:
                for plan in (rounds.plan, office.plan, physicians.plan):
                    plan(day)
                self.days.play_to(self._midnight(day + _DAY))
                self.played_until = day
                if self.checks_daily:
                    self.check(is_whole=False)
                if told is not None:
                    told(day)
                day += _DAY

    def check(self, *, is_whole: bool) -> None:
        """Look at the invariants, all of them in everything that there is, or cheaply at what is new."""
        with self.days.read() as session:
            self.checker.check(session, now=self.days.clock.instant, is_whole=is_whole)

    def _midnight(self, day: date) -> datetime:
        return edge_instant(day, time(0), self.runtime.clinic.zone)

    def _runtime(self, clock: PastClock, provider: Provider, bank: Bank) -> Runtime:
        begin = self.runtime.begin
        assert isinstance(begin, Beginner)
        past = in_the_past(self.runtime, begin.sessions, clock=clock, provider=provider, bank=bank)
        supplying = Supplying(
            carrier_channel="sandbox",
            carriers={"sandbox": SandboxCarrier(clock)},
            pharmacies={"sandbox": SteadyPharmacy()},
        )
        return replace(past, supplying=supplying)

    def _plan_arrivals(self) -> None:
        """Let everybody call for the first time: the established ones in weeks, the others over months."""
        size, behavior = self.size, self.behavior
        established = round(size.patients * behavior.established)
        for place, new in enumerate(crowd.patients(self._chance("crowd"), size.patients)):
            patient = self._patient(place, new, is_established=place < established)
            span = behavior.taking_over_days if patient.is_established else behavior.arriving_days
            count = established if patient.is_established else size.patients - established
            number = place if patient.is_established else place - established
            day = size.first_day + timedelta(days=1 + number * span // max(1, count))
            at = time(patient.chance.randint(_FIRST_CALLS, _LAST_CALLS), patient.chance.randint(0, 59))
            self.world.at(edge_instant(day, at, self.runtime.clinic.zone), self._arrival(patient))

    def _arrival(self, patient: Patient) -> Callable[[], None]:
        def arrive() -> None:
            agrees = patient.happens(self.behavior.agrees_to_texts)
            patient.phone.patient_id = self.world.desk.register(patient.new, agrees_to_texts=agrees)
            self.world.patients[patient.id] = patient
            self.days.readers[patient.new.phone] = patient.phone.read
            patient.later(patient.visits.book_first, minutes=(3, 20))

        return arrive

    def _patient(self, place: int, new: NewPatient, *, is_established: bool) -> Patient:
        chance = self._chance(place)
        phone = Phone(self.world.desk, new, chance, behavior=self.behavior)
        is_worse = chance.random() < self.behavior.worsens
        patient = Patient(self.world, place, new, chance, phone, is_established=is_established, is_worse=is_worse)
        patient.visits, patient.program, patient.supply = Visits(patient), Program(patient), Supply(patient)
        patient.membership, patient.answers = Membership(patient), Answers(patient)
        patient.readying, patient.signing = Readying(patient), Signing(patient)
        phone.asked, phone.signs = patient.answers.ask, patient.signing.ask
        return patient

    def _chance(self, of: object) -> Random:
        return Random(f"{self.size.seed}:{of}")  # noqa: S311 - a repeatable simulation, nothing secret
