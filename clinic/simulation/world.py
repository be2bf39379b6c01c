"""What everybody in a simulation shares: the desk, the bank, the people; and one patient with what belongs to them."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.cli.demo.desk import Desk
from clinic.gateways.payments.bank import Bank
from clinic.kernel.actor import Actor
from clinic.kernel.localtime import edge_instant, in_zone
from clinic.people.rules import NewPatient
from clinic.simulation.behavior import Behavior
from clinic.simulation.opening import Size
from clinic.simulation.phone import Phone
from clinic.simulation.truths.proposals import Proposals

if TYPE_CHECKING:
    from clinic.simulation.answers import Answers
    from clinic.simulation.membership import Membership
    from clinic.simulation.program import Program
    from clinic.simulation.readying import Readying
    from clinic.simulation.signing import Signing
    from clinic.simulation.supply import Supply
    from clinic.simulation.visits import Visits

Act = Callable[[], object]

_SATURDAY = 5
_DAY = timedelta(days=1)


@dataclass
class World:
    """One simulated clinic; `patients` are by id, in the order in which they came."""

    desk: Desk
    behavior: Behavior
    size: Size
    bank: Bank
    patients: dict[UUID, "Patient"] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    proposals: Proposals = field(default_factory=Proposals)
    parcels: int = 0

    @property
    def now(self) -> datetime:
        """Return the instant at which the simulation is."""
        return self.desk.now

    @property
    def today(self) -> date:
        """Return the clinic's day."""
        return self.desk.day(self.now)

    def begin(self, by: Actor) -> AbstractContextManager[Session]:
        """Open a transaction of the product."""
        return self.desk.stage.runtime.begin(by=by)

    def at(self, when: datetime, act: Act) -> None:
        """Plan an act."""
        self.desk.stage.at(when, act)

    def on_workday(self, *, after_days: int, at: time) -> datetime:
        """Return a time of day on the first workday that is at least so many days away."""
        day = self.today + after_days * _DAY
        while day.weekday() >= _SATURDAY or edge_instant(day, at, self.desk.zone) <= self.now:
            day += _DAY
        return edge_instant(day, at, self.desk.zone)


@dataclass
class Patient:
    """One patient; `chance` is their own, so that what one does changes no other's luck. `is_worse`: scores rise."""

    world: World
    place: int
    new: NewPatient
    chance: Random
    phone: Phone
    is_established: bool
    is_worse: bool
    physician_id: UUID | None = None
    is_gone: bool = False

    visits: "Visits" = field(init=False)
    program: "Program" = field(init=False)
    supply: "Supply" = field(init=False)
    membership: "Membership" = field(init=False)
    answers: "Answers" = field(init=False)
    readying: "Readying" = field(init=False)
    signing: "Signing" = field(init=False)

    @property
    def id(self) -> UUID:
        """Return the patient's id once registered."""
        assert self.phone.patient_id is not None
        return self.phone.patient_id

    @property
    def actor(self) -> Actor:
        """Return the patient as pages know them."""
        return self.phone.actor

    @property
    def physician(self) -> Actor:
        """Return the physician who treats the patient."""
        assert self.physician_id is not None
        return self.world.desk.team.physicians[self.physician_id]

    def happens(self, share: float) -> bool:
        """Draw whether something happens."""
        return self.chance.random() < share

    def later(self, act: Act, *, minutes: tuple[int, int] = (5, 90)) -> None:
        """Plan an act some minutes ahead; somebody who has left does nothing any more."""
        self.at(self.world.now + timedelta(minutes=self.chance.randint(*minutes)), act)

    def at(self, when: datetime, act: Act) -> None:
        """Plan an act at a time, unless the patient has left by then."""
        self.world.at(when, partial(self._unless_gone, act))

    def _unless_gone(self, act: Act) -> None:
        if not self.is_gone:
            act()

    def local_day(self, instant: datetime) -> date:
        """Return the patient's day by the clinic's zone, which is near enough for what people decide."""
        return in_zone(instant, self.world.desk.zone).date()
