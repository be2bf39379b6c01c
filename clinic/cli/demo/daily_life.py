"""What goes on at the demo clinic besides visits: holidays, a training, caps, time off, calls, an overbooking."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.cli.demo.desk import Desk
from clinic.cli.demo.journey import FOLLOW_UP
from clinic.kernel.actor import Actor
from clinic.kernel.localtime import first_instant_of
from clinic.people import actions as people
from clinic.people.actions.contact_log import add_contact
from clinic.people.queries import physician
from clinic.people.rules.contact_log import CallOutcome, ContactKind, Direction, NewContact
from clinic.scheduling import actions as scheduling
from clinic.scheduling import queries as calendar
from clinic.scheduling.queries import VisitRow
from clinic.scheduling.rules.availability import OverrideKind
from clinic.scheduling.rules.caps import CapPer
from clinic.scheduling.rules.states import UPCOMING

_A_DAY = timedelta(days=1)
_SPARED = timedelta(days=2)
"""Holidays up to so soon after today are left out, so that no demo opens on an empty day."""

_TRAINING_AFTER, _ABSENT_AFTER = timedelta(days=9), timedelta(days=19)
_FULL_AFTER, _FULL_DAY = timedelta(days=6), 10
_OVERBOOKED_WITHIN = 5
_WHY_OVER = "Travels from tomorrow on and can only come then"
_CAPPED = "initial_consultation"

CALL_REACHED = (
    ContactKind.CALL,
    Direction.OUTGOING,
    CallOutcome.REACHED,
    "Went through the first steps. No questions.",
)
CALLS = (
    CALL_REACHED,
    (ContactKind.CALL, Direction.OUTGOING, CallOutcome.LEFT_MESSAGE, "Asked to call back about the visit."),
    (ContactKind.CALL, Direction.INCOMING, CallOutcome.REACHED, "Asked how to join by video. Explained the button."),
    (ContactKind.NOTE, None, None, "Prefers to be called after 4 PM."),
    (ContactKind.CALL, Direction.OUTGOING, CallOutcome.NO_ANSWER, "Will try again tomorrow."),
)
"""What coordinators write down: kind, direction, outcome and words."""


@dataclass(frozen=True)
class DailyLife:
    """The clinic's own days around `today`; each act is a transaction of its own at the story's time."""

    desk: Desk
    today: date

    def close_for_holidays(self) -> None:
        """Close on the public holidays ahead, this year's and the next's."""
        by, now = self.desk.team.admin, self.desk.now
        with self.desk.stage.runtime.begin(by=by) as session:
            rows = [row for year in (0, 1) for row in calendar.holidays_of(session, year=self.today.year + year)]
            keys = [row.key for row in rows if row.day > self.today + _SPARED]
            scheduling.take_holidays(session, keys=keys, by=by, now=now)

    def limit_first_visits(self) -> None:
        """Let the second physician take at most four first visits a day."""
        by, now = self.desk.team.admin, self.desk.now
        with self.desk.stage.runtime.begin(by=by) as session:
            scheduling.set_cap(
                session,
                physician_id=self._physician(1),
                visit_type_code=_CAPPED,
                per=CapPer.DAY,
                most=4,
                effective_from=self.desk.day(now),
                effective_until=None,
                by=by,
                now=now,
            )

    def plan_training(self) -> None:
        """Close for two hours some days ahead, although visits are promised then: they become tasks."""
        day = self.today + _TRAINING_AFTER
        training = {"name": "Team training", "state": None, "first_day": day, "last_day": day}
        hours = {"starts_at_local": time(12), "ends_at_local": time(14)}
        by, now = self.desk.team.admin, self.desk.now
        self._save(partial(scheduling.add_closure, **training, **hours, by=by, now=now), by=by, physician_id=None)  # type: ignore[arg-type]

    def take_time_off(self) -> None:
        """Let the second physician be away for two days, with the first one standing in."""
        physician_id, day = self._physician(1), self.today + _ABSENT_AFTER
        by, now = self.desk.team.physicians[physician_id], self.desk.now
        with self.desk.stage.read() as session:
            zone = physician(session, physician_id).zone
        off = partial(
            scheduling.add_override,
            physician_id=physician_id,
            kind=OverrideKind.CLOSED,
            starts_at=first_instant_of(day, zone),
            ends_at=first_instant_of(day + 2 * _A_DAY, zone),
            note="Time off",
            by=by,
            now=now,
        )
        self._save(off, by=by, physician_id=physician_id)
        with self.desk.stage.runtime.begin(by=by) as session:
            people.name_cover(
                session,
                physician_id=physician_id,
                colleague_id=self._physician(0),
                first_day=day,
                last_day=day + _A_DAY,
                by=by,
                now=now,
            )

    def write_down(self, patient_id: UUID, number: int) -> None:
        """Let a coordinator write down a call or note about a patient."""
        kind, direction, outcome, body = CALLS[number % len(CALLS)]
        by, now = self.desk.anybody(), self.desk.now
        happened_at = now - timedelta(minutes=4)
        new = NewContact(kind=kind, direction=direction, outcome=outcome, body=body, happened_at=happened_at)
        with self.desk.stage.runtime.begin(by=by) as session:
            add_contact(session, patient_id=patient_id, new=new, by=by, now=now)

    def fill_a_day(self, patients: Sequence[UUID]) -> None:
        """Give the first physician a full day next week, for whoever wants to see what happens when she falls ill."""
        first = self._physician(0)
        for patient_id in patients[:_FULL_DAY]:
            slots = self.desk.free_times(patient_id, FOLLOW_UP, day=self.today + _FULL_AFTER, physician_ids=[first])
            if slots:
                self.desk.book(patient_id, FOLLOW_UP, slots[0])

    def book_over(self, patients: Sequence[UUID]) -> None:
        """Book one visit of the coming days over another one, with its reason."""
        by, now = self.desk.team.coordinators[0], self.desk.now
        with self.desk.stage.runtime.begin(by=by) as session:
            for below in self._coming(session):
                for patient_id in patients:
                    if self._may_sit_over(session, below, patient_id):
                        scheduling.overbook_now(
                            session,
                            visit_type_code=FOLLOW_UP,
                            patient_id=patient_id,
                            physician_id=below.physician_id,
                            starts_at=below.starts_at,
                            reason=_WHY_OVER,
                            by=by,
                            now=now,
                            ring=self.desk.stage.runtime.link_ring,
                        )
                        return

    def _coming(self, session: Session) -> list[VisitRow]:
        first, last = self.today + _A_DAY, self.today + _OVERBOOKED_WITHIN * _A_DAY
        rows = calendar.board_rows(session, first_day=first, last_day=last, zone=self.desk.zone, now=self.desk.now)
        return [row for row in rows if row.state in UPCOMING and row.physician_id == self._physician(0)]

    def _may_sit_over(self, session: Session, below: VisitRow, patient_id: UUID) -> bool:
        found = calendar.overbook_preview(
            session,
            visit_type_code=FOLLOW_UP,
            patient_id=patient_id,
            physician_id=below.physician_id,
            starts_at=below.starts_at,
            now=self.desk.now,
        )
        return found.refusal is None and not found.is_free

    def _physician(self, number: int) -> UUID:
        return list(self.desk.team.physicians)[number]

    def _save(self, change: Callable[[Session], object], *, by: Actor, physician_id: UUID | None) -> None:
        """Make an edit of the hours as a person does who has read which visits it strands."""
        now: datetime = self.desk.now
        with self.desk.stage.runtime.begin(by=by) as session:
            seen = scheduling.preview(session, change, physician_id=physician_id, now=now).ids
            scheduling.apply(session, change, physician_id=physician_id, by=by, now=now, seen=seen)
