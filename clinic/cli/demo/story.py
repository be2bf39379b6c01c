"""Who comes to the demo clinic and when: sixty ways over eight weeks, and what the last hours left to do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from uuid import UUID

from clinic.cli.demo import cast
from clinic.cli.demo.billing import Memberships, follows_visit, is_early
from clinic.cli.demo.billing_cast import MEMBERS
from clinic.cli.demo.courses import IN_EVALUATION, PARTS, RETURNING, Course, first_day
from clinic.cli.demo.daily_life import CALLS, DailyLife
from clinic.cli.demo.desk import Desk
from clinic.cli.demo.forms import Forms
from clinic.cli.demo.intakes import Intakes
from clinic.cli.demo.journey import FOLLOW_UP, INITIAL, TOUCH_UP, Deck, Fate, Journey, Step
from clinic.cli.demo.medication import Medication
from clinic.cli.demo.medication_cast import SUPPLIES
from clinic.cli.demo.monitoring import Monitoring
from clinic.cli.demo.on_call import OnCall
from clinic.cli.demo.phones import Habit, Owner
from clinic.cli.demo.physicians import Physicians
from clinic.cli.demo.session_days import SessionDays
from clinic.cli.demo.stage import Act
from clinic.cli.demo.talks import Talks
from clinic.cli.demo.waiting import WaitingList
from clinic.gateways.payments.bank import Bank
from clinic.kernel.localtime import edge_instant

PATIENTS = 60
DAYS_BACK = 34
"""How many days before today the story begins."""

STRANGER = "+13055550178"

_FIRST_CALL = timedelta(hours=2)
"""After the first opening: when those call whose plan and membership are as old as the story."""

_ESTABLISHED, _EVALUATED, _RECENT = 34, 38, 48
"""Places in the list: the first have been here for weeks, the next for days, from the second number on with their
evaluation over, the last have their first visit ahead."""

_COMES_TODAY = {
    # place in the list: near, fate, habit, whether with the physician whose sign-in is shown
    0: (time(9, 15), Fate.COMES, Habit.TEXTS, True),
    3: (time(10), Fate.MISSES, Habit.SILENT, True),
    14: (time(11), Fate.COMES, Habit.OPENS_PAGE, True),
    8: (time(13, 15), Fate.COMES, Habit.TEXTS, False),
    6: (time(14), Fate.CANCELS_LATE, Habit.TEXTS, True),
    15: (time(15), Fate.COMES, Habit.SILENT, False),
    17: (time(15, 30), Fate.COMES, Habit.TEXTS, True),
    4: (time(16, 30), Fate.COMES, Habit.SILENT, False),
}
_LOCKED, _MOVES, _STOPPED, _UNCLEAR, _ON_THE_PHONE = 12, 1, 5, 10, 20
_FRIGHTENED = 33
_TALKERS = (39, 40, 41, 42, 43, 44)
"""Places in the list of those who write and are written to, in the order that talks are told."""
_AHEAD = {_LOCKED: 3, _MOVES: 2, _STOPPED: 4}
_SESSIONS = {2: 1, 7: 1, 9: 2, 11: 3, 13: 5}
"""Places in the list of those who have a session so many days ahead."""
_SOON_AGAIN = {9: (13, 6)}
"""Places in the list of those who had sessions so many days ago, closer together than their plan allows."""
_OF_FIRST = frozenset({2, 7, 9, 27, 29, 31, 34, 36})
"""Places in the list of patients of the physician whose sign-in is shown, so that every kind of sign is seen there."""
_FIRST_FATES = dict(enumerate((fate for fate in Fate if fate is not Fate.COMES), start=_ON_THE_PHONE + 1))
"""What becomes of some first visits, so that every demo has each kind of ending in its past."""

_UNCLEAR_WORDS = "Hi, can my sister join the call with me?"
_STRANGE_WORDS = "Is this the number for the food truck?"


@dataclass
class Story:
    """Plans everything on the stage of a desk; equal seeds and days give equal stories."""

    desk: Desk
    today: date
    seed: int
    bank: Bank
    patients: int = PATIENTS
    journeys: list[Journey] = field(default_factory=list)

    def plan(self) -> None:
        """Plan all journeys, the evenings of the desk and the last hours."""
        deck, medication = Deck(self._chance("deck")), Medication(self.desk, self.journeys, self.today)
        memberships = Memberships(self.desk, self.journeys, self.today, self.bank)
        for place, new in enumerate(cast.patients(self._chance("cast"), self.patients)):
            chance = self._chance(place)
            owner = Owner(self.desk, new, chance)
            agrees = place != cast.WITHOUT_TEXTS
            journey = Journey(self.desk, owner, deck, self._steps(place, chance), agrees_to_texts=agrees)
            self.journeys.append(journey)
            first = journey.steps[0].day
            self._plan_course(place, journey, medication=medication, memberships=memberships)
            if place not in {cast.BROKEN_PHONE, cast.WITHOUT_TEXTS}:
                usual, opening = self._call_before(first, chance), self.desk.stage.clock.instant
                journey.start(opening + _FIRST_CALL if self._is_early(place) else usual)
        medication.plan()
        memberships.plan()
        Forms(self.desk, self.journeys).plan()
        Intakes(self.desk, self.journeys).plan()
        self._plan_evenings()
        self._plan_daily_life()
        self._plan_on_call()
        self._plan_talks()
        self._plan_monitoring()
        SessionDays(self.desk, self.journeys, self.today).plan()
        self._plan_last_hours()

    def _plan_on_call(self) -> None:
        frightened = self.journeys[_FRIGHTENED].owner if len(self.journeys) > _FRIGHTENED else None
        OnCall(self.desk, self.today).plan(self.desk.stage.clock.instant, frightened)

    def _plan_talks(self) -> None:
        if len(self.journeys) > max(_TALKERS):
            owners = [self.journeys[place].owner for place in _TALKERS]
            Talks(self.desk, owners).plan(self.desk.stage.until - timedelta(minutes=20))

    def _plan_monitoring(self) -> None:
        places = [place for place in PARTS if place < len(self.journeys)]
        Monitoring(self.desk, self.journeys, places, self.today).plan()
        Physicians(self.desk, self.journeys, self.today).plan()

    def _is_early(self, place: int) -> bool:
        """Tell whether somebody comes on the first morning; a small clinic has no memberships."""
        return is_early(place) and self.patients > max(MEMBERS)

    def _plan_course(self, place: int, journey: Journey, *, medication: Medication, memberships: Memberships) -> None:
        if place not in PARTS:
            return
        course = Course(self.desk, journey, PARTS[place], self.today)
        orders = [partial(medication.order, place)] if place in SUPPLIES else []
        joins = [partial(memberships.join, place)] if self.patients > max(MEMBERS) else []
        course.after_beginning = _in_turn(orders + (joins if follows_visit(MEMBERS.get(place)) else []))
        if self._is_early(place):
            journey.after_registering = _in_turn([course.open_by_desk, *joins])
            journey.after_first = course.go_on
        elif place in IN_EVALUATION:
            journey.after_registering = course.open_by_desk
        elif place == RETURNING:
            journey.after_registering = course.take_up
            journey.steps.clear()
        else:
            journey.after_first = course.begin

    def _chance(self, of: object) -> Random:
        return Random(f"{self.seed}:{of}")  # noqa: S311 - a repeatable story, nothing secret

    def _steps(self, place: int, chance: Random) -> list[Step]:
        """Return a first visit and follow-ups up to four weeks ahead."""
        day, until = self._first_day(place, chance), self.today + timedelta(days=28)
        is_calm = place in _AHEAD or place in _COMES_TODAY or place in _SESSIONS or place in PARTS
        fate = Fate.COMES if is_calm else _FIRST_FATES.get(place)
        first = next(iter(self.desk.team.physicians)) if place in _OF_FIRST else None
        steps = [Step(kind=INITIAL, day=day, fate=fate, physician_id=first)]
        while (day := day + timedelta(days=chance.choice((7, 10, 14, 14, 21, 28)))) < until and not is_calm:
            steps.append(Step(kind=FOLLOW_UP, day=day))
        sessions = [self.today - timedelta(days=ago) for ago in _SOON_AGAIN.get(place, ())]
        steps += [Step(kind=TOUCH_UP, day=day, fate=Fate.COMES) for day in sessions]
        if place in _COMES_TODAY:
            steps.append(self._today(place))
        if place in _AHEAD:
            day = self.today + timedelta(days=_AHEAD[place])
            steps.append(Step(kind=FOLLOW_UP, day=day, fate=Fate.COMES, habit=Habit.SILENT, is_eager=False))
        if place in _SESSIONS:
            day = self.today + timedelta(days=_SESSIONS[place])
            steps.append(Step(kind=TOUCH_UP, day=day, near=time(10 + place % 4), fate=Fate.COMES, habit=Habit.TEXTS))
        return [*steps, *self._after_today(place, chance)]

    def _first_day(self, place: int, chance: Random) -> date:
        if place in {cast.BROKEN_PHONE, cast.WITHOUT_TEXTS}:
            return self.today + timedelta(days=4)
        if seen := first_day(place, self.today):
            return seen
        if place < _ESTABLISHED:
            return self.today - timedelta(days=chance.randint(14, 28))
        if place < _RECENT:
            return self.today - timedelta(days=chance.randint(3, 13))
        return self.today + timedelta(days=chance.randint(1, 12))

    def _today(self, place: int) -> Step:
        near, fate, habit, is_with_first = _COMES_TODAY[place]
        first = next(iter(self.desk.team.physicians))
        physician_id = first if is_with_first else None
        return Step(
            kind=FOLLOW_UP, day=self.today, near=near, fate=fate, habit=habit, physician_id=physician_id, is_eager=False
        )

    def _after_today(self, place: int, chance: Random) -> list[Step]:
        if place not in _COMES_TODAY:
            return []
        return [Step(kind=FOLLOW_UP, day=self.today + timedelta(days=chance.choice((7, 14, 21))))]

    def _call_before(self, first_visit: date, chance: Random) -> datetime:
        """Return when a patient first calls: some days before the first visit, and never later than yesterday."""
        day = min(first_visit - timedelta(days=chance.randint(3, 6)), self.today - timedelta(days=1))
        at = time(chance.randint(9, 16), chance.randint(0, 59))
        return edge_instant(day, at, self.desk.zone)

    def _plan_evenings(self) -> None:
        """Let the desk end each day, up to the last hours, with an empty list of tasks."""
        last = self._ago(hours=5)
        for back in range(DAYS_BACK, -1, -1):
            evening = edge_instant(self.today - timedelta(days=back), time(18, 45), self.desk.zone)
            if evening < last:
                self.desk.stage.at(evening, self.desk.tidy_up)
        self.desk.stage.at(last, self.desk.tidy_up)

    def _plan_daily_life(self) -> None:
        """Plan holidays and caps from the beginning, and what the last days brought besides visits."""
        at, life, opening = self.desk.stage.at, DailyLife(self.desk, self.today), self.desk.stage.clock.instant
        at(opening + timedelta(minutes=5), life.close_for_holidays)
        at(opening + timedelta(minutes=6), life.limit_first_visits)
        at(self._ago(hours=4, minutes=30), life.take_time_off)
        at(self._ago(hours=3, minutes=30), life.plan_training)
        at(self._ago(hours=2, minutes=30), lambda: life.book_over(self._registered(_ESTABLISHED)))
        at(self._ago(hours=2, minutes=10), lambda: life.fill_a_day(self._registered(_RECENT)[_EVALUATED:]))
        for number in range(2 * len(CALLS)):
            when = self._ago(hours=2 + 11 * number, minutes=7)
            at(when, partial(self._write_down, life, number))

    def _write_down(self, life: DailyLife, number: int) -> None:
        known = self._registered(_ESTABLISHED)
        if known:
            life.write_down(known[(number * 5) % len(known)], number)

    def _registered(self, first: int) -> list[UUID]:
        return [one.patient_id for one in self.journeys[:first] if one.owner.patient_id]

    def _ago(self, **span: float) -> datetime:
        """Return an instant in the last hours in which somebody was at the desk."""
        latest = self.desk.in_hours(self.desk.stage.until - timedelta(minutes=20))
        return self.desk.in_hours(latest - timedelta(**span))

    def _plan_last_hours(self) -> None:
        """Plan what waits for a person on Today, and a time that is held for somebody on the phone."""
        at, journeys, now = self.desk.stage.at, self.journeys, self.desk.stage.until
        journeys[cast.WITHOUT_TEXTS].start(self._ago(hours=4))
        journeys[cast.BROKEN_PHONE].start(self._ago(minutes=75))
        at(self._ago(minutes=74), self._settle_first_failure)
        # Patients write at any hour.
        at(now - timedelta(hours=3), lambda: journeys[_STOPPED].owner.write("STOP", opt_out_type="STOP"))
        at(now - timedelta(hours=2), journeys[_LOCKED].owner.lock_page)
        at(now - timedelta(minutes=70), lambda: self.desk.stage.receive(STRANGER, _STRANGE_WORDS))
        at(now - timedelta(minutes=50), lambda: journeys[_MOVES].owner.write("2"))
        at(now - timedelta(minutes=25), lambda: journeys[_UNCLEAR].owner.write(_UNCLEAR_WORDS))
        waiting = WaitingList(self.desk, self.today)
        at(self._ago(minutes=40), lambda: waiting.fill(self._registered(len(journeys))))
        at(now - timedelta(minutes=4), waiting.offer_one)
        at(now - timedelta(seconds=5), self._hold_a_time)

    def _settle_first_failure(self) -> None:
        """Close the task about the greeting to the broken number; the one about the visit stays for the reader."""
        patient_id = self.journeys[cast.BROKEN_PHONE].owner.patient_id
        if patient_id:
            self.desk.tidy_up("No such number. Asked by e-mail for another one.", patient_id=patient_id)

    def _hold_a_time(self) -> None:
        patient_id = self.journeys[_ON_THE_PHONE].patient_id
        slots = patient_id and self.desk.free_times(patient_id, FOLLOW_UP, day=self.today + timedelta(days=3))
        if patient_id and slots:
            self.desk.hold(patient_id, FOLLOW_UP, slots[len(slots) // 2])


def _in_turn(acts: Sequence[Act]) -> Act:
    """Return one act that does several, one after the other."""

    def all_of_them() -> None:
        for act in acts:
            act()

    return all_of_them
