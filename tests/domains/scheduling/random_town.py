"""A small clinic with visits and edits of its hours drawn by chance, and a slow reading of what its tables say."""

from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from random import Random

from sqlalchemy import select

from clinic.kernel.localtime import edge_instant
from clinic.scheduling import actions, queries
from clinic.scheduling.models import Appointment, AvailabilityOverride, AvailabilityRule, ClinicClosure, VisitCap
from clinic.scheduling.queries.hours import shape_of, weekly
from clinic.scheduling.rules.availability import Override, OverrideKind
from clinic.scheduling.rules.caps import Cap, CapPer
from clinic.scheduling.rules.closures import Closure
from clinic.scheduling.rules.slots import LicencePeriod, PatientSide, PhysicianSide, SlotRequest
from clinic.scheduling.rules.visits import Blocked
from tests.domains.scheduling.calendar_makers import COORDINATOR, LONG_AGO, NOW, RING, Clinic
from tests.domains.scheduling.naive import (
    engaged,
    local,
    minutes_of,
    naive_closed,
    naive_full,
    naive_open,
    ranges_of,
)

A_DAY = timedelta(days=1)
FIRST, LAST = date(2027, 3, 9), date(2027, 3, 19)  # the clocks go forward on the 14th, a Sunday
DAYS = [FIRST + number * A_DAY for number in range(-9, 20)]
KINDS = ("follow_up", "session")


class Town:
    """Two physicians in two zones, patients of two states, visits of one and of two stretches."""

    def __init__(self, session, seed):
        self.session, self.chance, self.minute = session, Random(seed), 0  # noqa: S311 - made alike in every run
        self.clinic = Clinic(session)
        self.clinic.visit_type(horizon_days=200, buffer_before_minutes=5)
        self.clinic.visit_type(
            "session",
            name="Session",
            patient_minutes=90,
            physician_segments=((0, 30), (80, 10)),
            buffer_after_minutes=10,
            horizon_days=200,
        )
        west = self.clinic.physician("Dr. Bea Lindqvist", zone="America/Chicago")
        self.physicians = [self.clinic.physician(), west]
        for physician in self.physicians:
            self.run(partial(actions.add_hours, **self.weekly(physician, weekday=6)))
        newark = {"state": "NJ", "city": "Newark", "postal_code": "07101", "county_fips": "34013"}
        self.patients = [self.clinic.patient(**self.chance.choice([{}, newark])) for _ in range(5)]

    def run(self, change):
        """Make an edit at a minute of its own."""
        return change(self.session, by=COORDINATOR, now=self.now())

    def now(self):
        self.minute += 1
        return NOW + timedelta(minutes=self.minute)

    def find(self, kind, patient):
        return queries.find_slots(
            self.session, visit_type_code=kind, patient_id=patient.id, first_day=FIRST, last_day=LAST, now=NOW
        )

    def book(self, count):
        """Book visits at offered times, and one in eight over whatever is there."""
        for _ in range(count):
            kind, patient = self.chance.choice(KINDS), self.chance.choice(self.patients)
            offered = self.find(kind, patient).slots
            if not offered:
                return
            slot = self.chance.choice(offered)
            wanted = {"visit_type_code": kind, "patient_id": patient.id, "physician_id": slot.physician_id}
            wanted |= {"starts_at": slot.starts_at, "ring": RING}
            self.run(partial(actions.book_now, **wanted))
            if self.chance.random() < 1 / 8:
                other = next(one for one in self.patients if one is not patient)
                self.overbook(wanted | {"patient_id": other.id})

    def overbook(self, wanted):
        if queries.overbook_preview(self.session, now=NOW, **{k: v for k, v in wanted.items() if k != "ring"}).refusal:
            return
        self.run(partial(actions.overbook_now, reason="Agreed with the physician", **wanted))

    def edit(self):
        """Draw a change and whom it concerns."""
        draw = self.chance.choice(
            [self.an_exception, self.an_exception, self.weekly_hours, self.a_closure, self.a_cap, self.something_less]
        )
        return draw()

    def an_exception(self):
        physician = self.chance.choice(self.physicians)
        begin = edge_instant(self.day(), self.clock(), physician.zone)
        end = begin + timedelta(minutes=30 * self.chance.randint(1, 40))
        kind = self.chance.choice(list(OverrideKind))
        wanted = {"physician_id": physician.id, "kind": kind, "starts_at": begin, "ends_at": end, "note": ""}
        return partial(actions.add_override, **wanted), physician.id

    def weekly_hours(self):
        physician = self.chance.choice(self.physicians)
        rules = queries.hours_of(self.session, physician.id)
        rule = self.chance.choice(rules) if rules else None
        if rule is None or self.chance.random() < 1 / 4:
            return partial(actions.add_hours, **self.weekly(physician)), physician.id
        if self.chance.random() < 1 / 3:
            return partial(actions.end_hours, rule_id=rule.id, last_day=self.day()), physician.id
        opens, closes = sorted([self.clock(), self.clock()])
        wanted = {"rule_id": rule.id, "from_day": self.day(), "weekday": rule.weekday, "effective_until": None}
        change = partial(actions.change_hours, starts_at_local=opens, ends_at_local=closes, **wanted)
        return change, physician.id

    def weekly(self, physician, weekday=None):
        opens, closes = sorted([time(self.chance.randint(6, 10)), time(self.chance.randint(15, 20))])
        return {
            "physician_id": physician.id,
            "weekday": self.chance.randint(0, 6) if weekday is None else weekday,
            "starts_at_local": opens,
            "ends_at_local": closes,
            "effective_from": LONG_AGO,
            "effective_until": None,
        }

    def a_closure(self):
        if self.chance.random() < 1 / 5:
            return partial(actions.take_holidays, keys=["2027-03-26/US-NJ"]), None
        first = self.day()
        hours = sorted([self.clock(), self.clock()]) if self.chance.random() < 1 / 2 else [None, None]
        wanted = {
            "name": "Staff day",
            "state": self.chance.choice([None, "FL", "NJ"]),
            "first_day": first,
            "last_day": first + self.chance.randint(0, 2) * A_DAY,
            "starts_at_local": hours[0],
            "ends_at_local": hours[1],
        }
        return partial(actions.add_closure, **wanted), None

    def a_cap(self):
        physician = self.chance.choice(self.physicians)
        wanted = {
            "physician_id": physician.id,
            "visit_type_code": self.chance.choice([None, *KINDS]),
            "per": self.chance.choice(list(CapPer)),
            "most": self.chance.randint(0, 4),
            "effective_from": self.day(),
            "effective_until": self.chance.choice([None, LAST]),
        }
        return partial(actions.set_cap, **wanted), physician.id

    def something_less(self):
        """Take back one of the exceptions, closures and caps."""
        tables = {
            AvailabilityOverride: (actions.remove_override, "override_id"),
            ClinicClosure: (actions.remove_closure, "closure_id"),
            VisitCap: (actions.remove_cap, "cap_id"),
        }
        rows = [row for table in tables for row in self.session.scalars(select(table).order_by(table.id))]
        if not rows:
            return self.an_exception()
        row = self.chance.choice(rows)
        action, key = tables[type(row)]
        return partial(action, **{key: row.id}), getattr(row, "physician_id", None)

    def day(self):
        return FIRST + self.chance.randint(-2, 11) * A_DAY

    def clock(self):
        return time(self.chance.randint(0, 23), self.chance.choice([0, 30]))

    def stranded(self):
        """Return the ids of the visits that the tables do not allow, read minute by minute."""
        return {one for physician in self.physicians for one in self._stranded(physician)}

    def _stranded(self, physician):
        opened, visits = self.opened(physician), self.visits(physician)
        kinds = {kind.code: shape_of(kind) for kind in queries.visit_types(self.session)}
        found = set()
        for visit in visits:
            start = int(visit.starts_at.timestamp())
            closed = naive_closed(self.closures(), zone=physician.zone, state=visit.location_state, days=DAYS)
            parts = engaged(kinds[visit.visit_type_code], start)
            if not all(part <= opened for part in parts) or any(part & closed for part in parts):
                found.add(visit.id)
        return found | {
            one for cap in queries.caps_of(self.session, physician.id) for one in over(cap, visits, physician)
        }

    def opened(self, physician):
        table, since = AvailabilityOverride, datetime(2026, 1, 1, tzinfo=UTC)
        rules = self.session.scalars(
            select(AvailabilityRule).where(
                AvailabilityRule.physician_id == physician.id, AvailabilityRule.removed_at.is_(None)
            )
        )
        exceptions = self.session.scalars(
            select(table).where(table.physician_id == physician.id, table.removed_at.is_(None), table.starts_at > since)
        )
        stretches = [
            Override(OverrideKind(one.kind), int(one.starts_at.timestamp()), int(one.ends_at.timestamp()))
            for one in exceptions
        ]
        return naive_open([weekly(rule) for rule in rules], stretches, zone=physician.zone, days=DAYS)

    def closures(self):
        return [
            Closure(row.name, row.state, row.first_day, row.last_day, row.starts_at_local, row.ends_at_local)
            for row in self.session.scalars(select(ClinicClosure).where(ClinicClosure.removed_at.is_(None)))
        ]

    def visits(self, physician, *, overbooked=False):
        """Return the visits of a physician in the order in which they were booked."""
        wanted = select(Appointment).where(Appointment.physician_id == physician.id, Appointment.state == "booked")
        if not overbooked:
            wanted = wanted.where(Appointment.overbook_reason.is_(None))
        return list(self.session.scalars(wanted.order_by(Appointment.created_at, Appointment.id)))

    def question(self, kind, patient):
        """Return the search of `find` as the slow reading takes it."""
        own = self.session.scalars(
            select(Appointment).where(Appointment.patient_id == patient.id, Appointment.state == "booked")
        )
        busy = [(int(one.starts_at.timestamp()), int(one.ends_at.timestamp())) for one in own]
        side = PatientSide(patient.state, patient.zone, busy)
        shape = shape_of(queries.visit_type(self.session, kind))
        return SlotRequest(shape, side, FIRST, LAST, int(NOW.timestamp()))

    def calendar(self, physician, kind, patient):
        """Return the physician's calendar as the slow reading takes it."""
        visits = self.visits(physician, overbooked=True)
        closed = naive_closed(self.closures(), zone=physician.zone, state=patient.state, days=DAYS)
        full = set()
        for cap in queries.caps_of(self.session, physician.id):
            if cap.visit_type_code in {None, kind}:
                starts = [int(one.starts_at.timestamp()) for one in visits if is_counted(cap, one)]
                full |= naive_full(as_rule(cap), starts, zone=physician.zone, days=DAYS)
        stored = [stretch for one in visits for stretch in one.physician_busy]
        return PhysicianSide(
            physician.id,
            physician.zone,
            open=ranges_of(self.opened(physician)),
            busy=ranges_of(minutes_of((int(s.lower.timestamp()), int(s.upper.timestamp())) for s in stored)),
            licences=[LicencePeriod(state, LONG_AGO, None) for state in ("FL", "NJ")],
            closures=[Blocked(begin, end, "") for begin, end in ranges_of(closed)],
            full=[Blocked(begin, end, "") for begin, end in ranges_of(full)],
        )


def is_counted(cap, visit):
    return cap.visit_type_code in {None, visit.visit_type_code}


def as_rule(cap):
    return Cap(CapPer(cap.per), cap.most, cap.effective_from, cap.effective_until)


def over(cap, visits, physician):
    """Give places away in the order of booking, on days on which the cap holds; return who gets none."""
    taken, none = defaultdict(int), set()
    for visit in visits:
        day = local(int(visit.starts_at.timestamp()), physician.zone).date()
        if not is_counted(cap, visit) or not holds(cap, day):
            continue
        place = day if cap.per == "day" else day.isocalendar()[:2]
        taken[place] += 1
        if taken[place] > cap.most:
            none.add(visit.id)
    return none


def holds(cap, day):
    return cap.effective_from <= day and (cap.effective_until is None or day <= cap.effective_until)
