"""A whole simulation: people come over the months, everybody does what they do, and each day is checked and counted."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import partial
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
from clinic.simulation.days import Days, Stops, never
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
_COMPARED = timedelta(days=10)
"""The nightly comparison goes back a week at most; nobody asks about texts of longer ago."""

Told = Callable[[date], None]


@dataclass
class Simulation:
    """One run in one database; `played_until` is the last day that was played to its end, `day` the one after it.

    It can be pickled between two calls of `run`; whoever takes it up again enters a clinic with the same database.
    """

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
        self.day, self._is_planned = self.size.first_day, False
        self._provider, bank = Provider(clock, self._chance("provider")), Bank(clock)
        past = self._runtime(clock, self._provider, bank)
        until = edge_instant(self.size.last_day + _DAY, time(0), zone)
        self.days = Days(past, clock, self._provider, until)
        desk = open_clinic(self.days, self.size, self.behavior, chance=self._chance("desk"))
        self.world = World(desk, self.behavior, self.size, bank)
        self._rounds, self._office = Rounds(self.world), Office(self.world)
        self._physicians = Physicians(self.world, self._chance("physicians"))
        self._physicians.listen()
        self._plan_arrivals()

    def __getstate__(self) -> dict[str, object]:
        """Leave out the clinic, which is a process's own."""
        return {name: value for name, value in self.__dict__.items() if name != "runtime"}

    def enter(self, runtime: Runtime) -> None:
        """Go on in a clinic whose database is as this run left it."""
        self.runtime = runtime
        self.days.enter(self._runtime(self.days.clock, self._provider, self.world.bank))

    @property
    def is_over(self) -> bool:
        """Tell whether the last day was played."""
        return self.day > self.size.last_day

    def run(self, told: Told | None = None, *, until: date | None = None, stops: Stops = never) -> None:
        """Play every day, or those up to `until`; whoever is told hears of each that is over.

        It ends where `stops` says so, between two acts, and another call goes on there. Ctrl-C ends it after any act.
        """
        last = min(until or self.size.last_day, self.size.last_day)
        with self.faults.watched():
            while self.day <= last and self._play_day(stops):
                self._end_day()
                if told is not None:
                    told(self.day - _DAY)

    def _play_day(self, stops: Stops) -> bool:
        """Play what is left of the day; tell whether it is over."""
        if not self._is_planned:
            for each in (self._rounds, self._office, self._physicians):
                each.plan(self.day)
            self._is_planned = True
        return self.days.play_to(self._midnight(self.day + _DAY), stops=stops)

    def _end_day(self) -> None:
        self.played_until, self.day, self._is_planned = self.day, self.day + _DAY, False
        if self.checks_daily:
            self.check(is_whole=False)
        self._provider.forget(before=self._midnight(self.day) - _COMPARED)

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
            self.world.at(edge_instant(day, at, self.runtime.clinic.zone), partial(self._arrive, patient))

    def _arrive(self, patient: Patient) -> None:
        agrees = patient.happens(self.behavior.agrees_to_texts)
        patient.phone.patient_id = self.world.desk.register(patient.new, agrees_to_texts=agrees)
        self.world.patients[patient.id] = patient
        self.days.readers[patient.new.phone] = patient.phone.read
        patient.later(patient.visits.book_first, minutes=(3, 20))

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
