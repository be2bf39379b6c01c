"""The workers' jobs that nobody triggers, called in simulated time as often as their results are read."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import partial
from uuid import UUID

from clinic.kernel.actor import system
from clinic.kernel.localtime import edge_instant
from clinic.medication.jobs.following import follow_parcels
from clinic.medication.jobs.telling import tell_pharmacies
from clinic.medication.jobs.watching import watch_supply_when_due
from clinic.messaging import jobs
from clinic.monitoring.actions.calendars import keep_calendar
from clinic.monitoring.queries.flags import patients_due_again
from clinic.simulation.world import Act, World
from clinic.treatment.queries.caring import monitoring_facts, patients_in_calendar
from clinic.treatment.queries.taken import patients_with_plan
from clinic.vigilance.looking import look_at_many
from clinic.vigilance.unwatched import tell_of_unwatched
from workers import work

_MANY = 10_000
_LONG = 600.0
_WATCHER, _SUPPLIER = system("Watch"), system("Deliveries")
_SWEEPS = (time(8, 20), time(16, 20))
_PARCELS = (time(7, 10), time(14, 50))
_RENEWALS = (time(9, 0),)
_TOGETHER = 25
"""So many patients are looked at in one transaction; the workers' own parts would be empty ones in a small clinic."""

_IDS = 1 << 128
_CALENDAR_DAYS = frozenset({0, 3})
"""Calendars reach weeks ahead and follow every change at once."""
_ROUND, _CALENDARS, _COMPARING = time(4, 20), time(3, 40), time(5, 10)


@dataclass(frozen=True)
class Rounds:
    """Plans a day's rounds on the day before."""

    world: World

    def plan(self, day: date) -> None:
        """Plan everything of one day."""
        plan = partial(self._at, day)
        if day.weekday() in _CALENDAR_DAYS:
            plan(_CALENDARS, self.keep_calendars)
        plan(_ROUND, self.look_at_patients)
        plan(_COMPARING, self.compare)
        for at in _SWEEPS:
            plan(at, self.sweep)
        for at in _PARCELS:
            plan(at, self.follow_supply)
        for at in _RENEWALS:
            plan(at, self.renew)

    def keep_calendars(self) -> None:
        """Plan the check-ins of the days ahead for everybody."""
        now, parts = self.world.now, self._parts()
        for part in range(parts):
            with self.world.begin(_WATCHER) as session:
                ids = patients_in_calendar(session, part=part, parts=parts, now=now)
                for facts in monitoring_facts(session, ids, now=now).values():
                    keep_calendar(session, facts, by=_WATCHER, now=now)

    def look_at_patients(self) -> None:
        """Let the rules look at everybody."""
        now, parts = self.world.now, self._parts()
        for part in range(parts):
            first, last = UUID(int=_IDS * part // parts), UUID(int=_IDS * (part + 1) // parts - 1)
            with self.world.begin(_WATCHER) as session:
                due = patients_due_again(session, today=self.world.today, first=first, last=last)
                ids = {*patients_with_plan(session, first=first, last=last), *due}
                look_at_many(session, sorted(ids), by=_WATCHER, now=now)
                tell_of_unwatched(session, first=first, last=last, by=_WATCHER, now=now)

    def _parts(self) -> int:
        return 1 + len(self.world.patients) // _TOGETHER

    def compare(self) -> None:
        """Compare the day before with the provider's own list."""
        jobs.compare_nights(self.world.desk.stage.runtime)

    def sweep(self) -> None:
        """Let holds go, watch courses, and open the tasks that are due."""
        work.sweep(self.world.desk.stage.runtime)

    def follow_supply(self) -> None:
        """Tell pharmacies, ask after all parcels, and put what waits too long on the list."""
        runtime = self.world.desk.stage.runtime
        supply, clock = runtime.supplying, runtime.clock
        tell_pharmacies(runtime.begin, supply.pharmacies, clock=clock, by=_SUPPLIER)
        follow_parcels(runtime.begin, supply.carriers, clock=clock, by=_SUPPLIER, most=_MANY)
        watch_supply_when_due(runtime.begin, clock=clock, by=_WATCHER)

    def renew(self) -> None:
        """Renew memberships, tell members, and a little later ask the cards."""
        runtime = self.world.desk.stage.runtime
        work.renew_memberships(runtime)
        work.tell_members(runtime)
        self.world.at(self.world.now + timedelta(minutes=3), self.collect)

    def collect(self) -> None:
        """Ask the cards."""
        work.move_money(self.world.desk.stage.runtime, seconds=_LONG)

    def _at(self, day: date, at: time, act: Act) -> None:
        self.world.at(edge_instant(day, at, self.world.desk.zone), act)
