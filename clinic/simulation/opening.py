"""Opening a simulated clinic by the usual actions: staff, calendars, holidays, rota, pharmacies, registrations."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random

from clinic.access.rules.hashing import hasher_of
from clinic.cli.demo import staff
from clinic.cli.demo.desk import Desk
from clinic.cli.demo.medication_cast import ADDRESSES, PHARMACIES
from clinic.consents.actions.documents import install_forms
from clinic.kernel.actor import Actor, system
from clinic.kernel.localtime import edge_instant
from clinic.medication.actions.pharmacies import add_pharmacy, record_pharmacy_license
from clinic.medication.actions.registrations import record_registration
from clinic.medication.rules.registering import NewPharmacyLicense
from clinic.oncall import actions as oncall
from clinic.oncall.rules import Place
from clinic.people.rules import STATES
from clinic.scheduling import actions as scheduling
from clinic.scheduling import queries as calendar
from clinic.simulation import crowd
from clinic.simulation.behavior import Behavior
from clinic.simulation.days import Days

_OWNER = system("Simulated clinic")
_BEFORE, _AFTER = timedelta(days=700), timedelta(days=3_000)
_WEEK, _YEAR = timedelta(days=7), timedelta(days=365)
_YEARS_CLOSED = 3
"""Nothing can be closed for more than three years ahead."""

_FORESEEN = timedelta(days=300)
"""A rota takes no shift that is more than a year ahead; later ones are added when they come as near as this."""

_BEGINS = time(8)
_STAFF_PHONE = "+1202555{:04d}"
_FIRST_STAFF_PHONE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large a clinic is, and over which days it is played; the seed decides everything that is drawn."""

    patients: int
    physicians: int
    seed: int
    first_day: date
    last_day: date


def open_clinic(days: Days, size: Size, behavior: Behavior, *, chance: Random) -> Desk:
    """Hire everybody, open the calendars, fill the rota, write down who may prescribe, and start with the forms."""
    now, zone = days.clock.instant, days.runtime.clinic.zone
    doctors, desks = crowd.physicians(size.physicians), crowd.coordinators(size.patients, behavior)
    people = (staff.ADMIN, *desks, *(doctor.person for doctor in doctors))
    with days.runtime.begin(by=_OWNER) as session:
        accounts = staff.hire(session, hasher=hasher_of(days.runtime.signing_in), by=_OWNER, now=now, people=people)
    with days.runtime.begin(by=accounts[staff.ADMIN.email]) as session:
        team = staff.open_doors(
            session, accounts=accounts, today=size.first_day, now=now, doctors=doctors, coordinators=desks
        )
    desk = Desk(days, team, zone, chance)
    _close_for_holidays(desk, range(size.first_day.year, size.first_day.year + _YEARS_CLOSED))
    _fill_rota(desk, size)
    _license(desk, size)
    with days.runtime.begin(by=team.admin) as session:
        install_forms(session, by=team.admin, now=now)
    return desk


def _close_for_holidays(desk: Desk, years: range) -> None:
    """Close on the holidays of these years that are still to come, and a year later on those of the next one."""
    by, now = desk.team.admin, desk.now
    with desk.stage.runtime.begin(by=by) as session:
        found = [row for year in years for row in calendar.holidays_of(session, year=year)]
        keys = [row.key for row in found if row.day >= desk.day(now)]
        scheduling.take_holidays(session, keys=keys, by=by, now=now)
    desk.stage.at(now + _YEAR, partial(_close_for_holidays, desk, range(years.stop, years.stop + 1)))


def _fill_rota(desk: Desk, size: Size) -> None:
    """Let physicians have the weeks in turn, with a coordinator behind each."""
    by, now = desk.team.admin, desk.now
    first, behind = list(desk.team.physicians.values()), desk.team.coordinators
    with desk.stage.runtime.begin(by=by) as session:
        for number, who in enumerate((*first, *behind), start=_FIRST_STAFF_PHONE):
            assert who.id is not None
            oncall.save_phone(session, staff_id=who.id, typed=_STAFF_PHONE.format(number), by=by, now=now)
    monday = size.first_day - timedelta(days=size.first_day.weekday())
    week = 0
    while monday <= size.last_day + _WEEK:
        begin, end = (edge_instant(day, _BEGINS, desk.zone) for day in (monday, monday + _WEEK))
        for place, who in ((Place.FIRST, first[week % len(first)]), (Place.BACKUP, behind[week % len(behind)])):
            add = partial(_add_shift, desk, place, who, begin=begin, end=end)
            if begin - now > _FORESEEN:
                desk.stage.at(begin - _FORESEEN, add)
            else:
                add()
        monday, week = monday + _WEEK, week + 1


def _add_shift(desk: Desk, place: Place, who: Actor, *, begin: datetime, end: datetime) -> None:
    by, now = desk.team.admin, desk.now
    assert who.id is not None
    with desk.stage.runtime.begin(by=by) as session:
        oncall.add_shift(
            session, staff_id=who.id, place=place, starts_at=begin, ends_at=end, zone=desk.zone, by=by, now=now
        )


def _license(desk: Desk, size: Size) -> None:
    by, now = desk.team.admin, desk.now
    since, until = size.first_day - _BEFORE, size.first_day + _AFTER
    with desk.stage.runtime.begin(by=by) as session:
        pharmacy = add_pharmacy(session, new=PHARMACIES[-1], by=by, now=now)
        for state in STATES:
            new = NewPharmacyLicense(state=state, number=f"PH-{state}-1", valid_from=since, valid_until=until)
            record_pharmacy_license(session, pharmacy_id=pharmacy.id, new=new, by=by, now=now)
        for place, physician_id in enumerate(desk.team.physicians):
            for held in crowd.registrations(place, addresses=ADDRESSES, since=since, until=until):
                record_registration(session, physician_id=physician_id, new=held, by=by, now=now)
