"""One patient's way through the demo clinic: registered, booked, and what becomes of each visit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from random import Random
from uuid import UUID

from clinic.cli.demo.desk import Desk
from clinic.cli.demo.phones import Habit, Owner
from clinic.cli.demo.stage import Act
from clinic.kernel.localtime import edge_instant
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries import OfferedSlot
from clinic.scheduling.rules.states import UPCOMING, CancelReason

INITIAL, FOLLOW_UP, TOUCH_UP = "initial_consultation", "follow_up", "touch_up_session"

_EAGER_SHARE = 0.35
_SOONEST_AGAIN = timedelta(days=5)


class Fate(StrEnum):
    """What becomes of a visit."""

    COMES = "comes"
    MISSES = "misses"
    CANCELS = "cancels"
    CANCELS_LATE = "cancels_late"
    MOVES = "moves"
    ASKS_TO_MOVE = "asks_to_move"
    CALLED_OFF = "called_off"


_FATES = (*(Fate.COMES,) * 13, Fate.MISSES, *(fate for fate in Fate if fate is not Fate.COMES))
_HABITS = (Habit.TEXTS,) * 6 + (Habit.SILENT,) * 2 + (Habit.OPENS_PAGE, Habit.OPENS_PAGE, Habit.TELLS_DESK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A visit that is wanted on a day or soon after it, near a time of the clinic's day; what is None is drawn."""

    kind: str
    day: date
    near: time | None = None
    physician_id: UUID | None = None
    fate: Fate | None = None
    habit: Habit | None = None
    is_eager: bool | None = None


@dataclass
class Deck:
    """Fates and habits in fixed shares, so that every demo has some of each."""

    chance: Random

    def __post_init__(self) -> None:
        self.fates = self._endless(_FATES)
        self.habits = self._endless(_HABITS)

    def _endless(self, cards: Sequence[Fate | Habit]) -> Iterator[Fate | Habit]:
        while True:
            yield from self.chance.sample(cards, len(cards))


_SIGNS_AFTER = timedelta(minutes=25)


@dataclass
class Journey:
    """The steps that are still to be booked; each next one is booked when the one before took place."""

    desk: Desk
    owner: Owner
    deck: Deck
    steps: list[Step]
    agrees_to_texts: bool = True
    physician_id: UUID | None = field(default=None)
    after_first: Act | None = None
    after_registering: Act | None = None
    signs: Act | None = None

    @property
    def chance(self) -> Random:
        """Return the patient's own draw."""
        return self.owner.chance

    @property
    def patient_id(self) -> UUID:
        """Return the patient's id once registered."""
        assert self.owner.patient_id is not None
        return self.owner.patient_id

    def start(self, at: datetime) -> None:
        """Plan the first call."""
        self.desk.stage.at(at, self._register)

    def _register(self) -> None:
        self.owner.patient_id = self.desk.register(self.owner.new, agrees_to_texts=self.agrees_to_texts)
        self.desk.stage.readers[self.owner.new.phone] = self.owner.read
        self._after(self.book_next, minutes=(3, 9))
        if self.signs:
            self.desk.stage.at(self.desk.now + _SIGNS_AFTER, self.signs)
        if self.after_registering:
            self._after(self.after_registering, minutes=(12, 20))

    def book_next(self) -> None:
        """Book the next step on its day, or on the first day after it that has a time."""
        if self.steps:
            self._book(self.steps.pop(0))

    def _book(self, step: Step) -> None:
        physician_id = step.physician_id or self.physician_id
        slots = self.desk.free_times(
            self.patient_id, step.kind, day=step.day, physician_ids=[physician_id] if physician_id else None
        )
        if not slots:
            return
        visit = self.desk.book(self.patient_id, step.kind, self._choose(slots, step))
        self.physician_id = visit.physician_id
        self._expect(visit, step)

    def _choose(self, slots: Sequence[OfferedSlot], step: Step) -> OfferedSlot:
        if step.near is None:
            return self.chance.choice(slots)
        wanted = edge_instant(self.desk.day(slots[0].starts_at), step.near, self.desk.zone)
        return min(slots, key=lambda slot: abs(slot.starts_at - wanted))

    def _expect(self, visit: Appointment, step: Step) -> None:
        """Draw what is to become of the visit, and plan it."""
        fate = step.fate or Fate(next(self.deck.fates))
        drawn = step.habit or Habit(next(self.deck.habits))
        eager = self.chance.random() < _EAGER_SHARE
        self.owner.visit_id = visit.id
        self.owner.habit = Habit.ASKS_TO_MOVE if fate is Fate.ASKS_TO_MOVE else drawn
        self.owner.is_eager = eager if step.is_eager is None else step.is_eager
        plan = {
            Fate.COMES: self._plan_visit,
            Fate.MISSES: self._plan_missing,
            Fate.CANCELS: self._plan_canceling,
            Fate.CANCELS_LATE: self._plan_late_canceling,
            Fate.MOVES: self._plan_move,
            Fate.ASKS_TO_MOVE: self._plan_move_by_desk,
            Fate.CALLED_OFF: self._plan_calling_off,
        }
        plan[fate](visit, step)

    def _plan_visit(self, visit: Appointment, step: Step) -> None:
        late = timedelta(minutes=self.chance.randint(0, 4))
        over = timedelta(minutes=self.chance.randint(1, 5))

        def come() -> None:
            if self.desk.look_up(visit.id).state in UPCOMING:
                self.desk.receive(visit)
                self.desk.stage.at(visit.ends_at + over, lambda: self._end(visit, step))

        self.desk.stage.at(visit.starts_at + late, come)

    def _end(self, visit: Appointment, step: Step) -> None:
        self.desk.complete(visit)
        if step.kind == INITIAL and self.after_first:
            self._after(self.after_first, minutes=(10, 20))
        soonest = step.day + _SOONEST_AGAIN
        self.steps = [replace(later, day=max(later.day, soonest)) for later in self.steps]
        self._after(self.book_next, minutes=(3, 9))

    def _plan_missing(self, visit: Appointment, step: Step) -> None:
        def miss() -> None:
            self.desk.miss(visit.id)
            self._again(step, days=(2, 5))

        self.desk.stage.at(visit.starts_at + timedelta(minutes=21), miss)

    def _plan_canceling(self, visit: Appointment, step: Step) -> None:
        def cancel() -> None:
            self.desk.cancel(visit.id, CancelReason.PATIENT_REQUEST)
            self._again(step, days=(5, 9))

        self._before(visit, cancel, hours=50)

    def _plan_late_canceling(self, visit: Appointment, step: Step) -> None:
        def cancel() -> None:
            by = self.owner.actor if self.owner.open_page() else None
            self.desk.cancel(visit.id, CancelReason.PATIENT_REQUEST, by=by)
            self._again(step, days=(3, 7))

        self.desk.stage.at(visit.starts_at - timedelta(minutes=self.chance.randint(190, 400)), cancel)

    def _plan_calling_off(self, visit: Appointment, step: Step) -> None:
        def call_off() -> None:
            self.desk.cancel(visit.id, CancelReason.PHYSICIAN_UNAVAILABLE)
            self._again(step, days=(4, 8))

        self._before(visit, call_off, hours=30)

    def _plan_move(self, visit: Appointment, step: Step) -> None:
        def move() -> None:
            self._move(visit, step, by_patient=self.owner.open_page())

        self._before(visit, move, hours=34)

    def _plan_move_by_desk(self, visit: Appointment, step: Step) -> None:
        at = self.desk.in_hours(visit.starts_at - timedelta(hours=21))
        self.desk.stage.at(at, lambda: self._move(visit, step, by_patient=False))

    def _move(self, visit: Appointment, step: Step, *, by_patient: bool) -> None:
        day = step.day + timedelta(days=self.chance.randint(1, 3))
        slots = self.desk.free_times(self.patient_id, step.kind, day=day, physician_ids=[visit.physician_id])
        if slots:
            by = self.owner.actor if by_patient else None
            self.desk.move(visit.id, self.chance.choice(slots), by=by)
            self.owner.habit = Habit.TEXTS
        self._plan_visit(self.desk.look_up(visit.id), replace(step, day=day))

    def _again(self, step: Step, *, days: tuple[int, int]) -> None:
        """Let a coordinator find another time for a visit that did not take place."""
        day = self.desk.day(self.desk.now) + timedelta(days=self.chance.randint(*days))
        self.steps.insert(0, replace(step, day=max(day, step.day), near=None, fate=Fate.COMES))
        self._after(self.book_next, minutes=(10, 50))

    def _before(self, visit: Appointment, act: Act, *, hours: int) -> None:
        """Plan an act of the desk some hours before a visit, or soon after the booking of one that is sooner."""
        at = max(self.desk.in_hours(visit.starts_at - timedelta(hours=hours)), self.desk.now + timedelta(minutes=55))
        if at < visit.starts_at - timedelta(hours=3):
            self.desk.stage.at(at, act)
        else:
            self._plan_visit(visit, Step(kind=visit.visit_type_code, day=self.desk.day(visit.starts_at)))

    def _after(self, act: Act, *, minutes: tuple[int, int]) -> None:
        self.desk.stage.at(self.desk.now + timedelta(minutes=self.chance.randint(*minutes)), act)
