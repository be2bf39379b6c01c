"""The demo clinic's on-call rota, and one call of some days ago: who wrote what, who had it, and what was done."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from clinic.cli.demo.desk import Desk
from clinic.cli.demo.phones import Owner
from clinic.conversations import actions as conversations
from clinic.kernel.actor import Actor
from clinic.kernel.localtime import edge_instant
from clinic.oncall import actions, queries
from clinic.oncall.rules import Place
from clinic.people import queries as people
from clinic.people.rules.contact_log import CallOutcome

_PHONES = ("+12125550120", "+12125550121", "+12125550122", "+12125550123")
"""Numbers of staff: two coordinators and two physicians; no patient of the demo lives there."""

_WEEKEND = 4  # from Friday evening on
_EVENING, _MORNING = time(17), time(8)
_WEEKS_AHEAD = 1
_CALLED_AGO = timedelta(days=6)
_WORDS = "I have had chest pain for an hour, what should I do?"
_DONE = "Had called 911, is seen to at the hospital. Pulled muscle, home tonight. Visit on Friday stays."


@dataclass(frozen=True)
class OnCall:
    """Who is on call around `today`, and the call about the text of one patient."""

    desk: Desk
    today: date

    def plan(self, opening: datetime, owner: Owner | None) -> None:
        """Plan the rota from the story's beginning, and the call."""
        at = self.desk.stage.at
        at(opening + timedelta(minutes=10), self.fill_rota)
        if owner is None:
            return
        called = edge_instant(self.desk.day(self.desk.stage.until - _CALLED_AGO), time(21, 40), self.desk.zone)
        at(called, lambda: owner.write(_WORDS))
        at(called + timedelta(minutes=4), self.take_call)
        at(called + timedelta(minutes=19), lambda: self.write_down(owner))

    def fill_rota(self) -> None:
        """Enter the phones, and put somebody in both places each week, up to the end of the next one."""
        by, now = self.desk.team.admin, self.desk.now
        people_on_call = [*self.desk.team.coordinators, *list(self.desk.team.physicians.values())[:2]]
        with self.desk.stage.runtime.begin(by=by) as session:
            for who, number in zip(people_on_call, _PHONES, strict=True):
                actions.save_phone(session, staff_id=_id(who), typed=number, by=by, now=now)
        monday = self.desk.day(now) - timedelta(days=self.desk.day(now).weekday())
        weeks = (self.today - monday).days // 7 + _WEEKS_AHEAD + 1
        for week in range(weeks):
            self._fill_week(monday + timedelta(days=7 * week), week)

    def _fill_week(self, monday: date, week: int) -> None:
        """Let a physician have the week and the other one the weekend, with a coordinator behind each."""
        first, second = list(self.desk.team.physicians.values())[:2][:: 1 if week % 2 else -1]
        behind = self.desk.team.coordinators[week % 2]
        friday, next_monday = monday + timedelta(days=_WEEKEND), monday + timedelta(days=7)
        self._add(first, Place.FIRST, self._at(monday, _MORNING), self._at(friday, _EVENING))
        self._add(second, Place.FIRST, self._at(friday, _EVENING), self._at(next_monday, _MORNING))
        self._add(behind, Place.BACKUP, self._at(monday, _MORNING), self._at(next_monday, _MORNING))

    def _at(self, day: date, at: time) -> datetime:
        return edge_instant(day, at, self.desk.zone)

    def _add(self, who: Actor, place: Place, *span: datetime) -> None:
        by, now, (starts_at, ends_at) = self.desk.team.admin, self.desk.now, span
        if ends_at <= now:
            return
        with self.desk.stage.runtime.begin(by=by) as session:
            actions.add_shift(
                session,
                staff_id=_id(who),
                place=place,
                starts_at=starts_at,
                ends_at=ends_at,
                zone=self.desk.zone,
                by=by,
                now=now,
            )

    def take_call(self) -> None:
        """Let whoever is first in line have the call."""
        with self.desk.stage.read() as session:
            waiting, first = queries.open_pages(session), queries.who_is_on_call(session, now=self.desk.now).first
        by = self._physician(first.staff_id if first else None)
        for page in waiting:
            with self.desk.stage.runtime.begin(by=by) as session:
                actions.acknowledge(session, page_id=page.id, by=by, now=self.desk.now)

    def write_down(self, owner: Owner) -> None:
        """Let the one who had the call say what was done, and the desk mark the conversation as read."""
        with self.desk.stage.read() as session:
            held = [one for one in queries.recent_pages(session, limit=5) if one.patient_id == owner.patient_id]
        if not held or owner.patient_id is None:
            return
        by = self._physician(held[0].holder_id)
        with self.desk.stage.runtime.begin(by=by) as session:
            actions.write_down(
                session,
                page_id=held[0].id,
                outcome=CallOutcome.REACHED,
                note=_DONE,
                patient_id=owner.patient_id,
                by=by,
                now=self.desk.now,
            )
        with self.desk.stage.runtime.begin(by=self.desk.team.coordinators[0]) as session:
            conversations.mark_read(
                session,
                phone_id=people.phone_of(session, owner.patient_id).id,
                seen_at=self.desk.now,
                by=self.desk.team.coordinators[0],
                now=self.desk.now,
            )

    def _physician(self, staff_id: UUID | None) -> Actor:
        """Return the physician with this account, else the one whose sign-in is shown."""
        team = list(self.desk.team.physicians.values())
        return next((one for one in team if one.id == staff_id), team[0])


def _id(who: Actor) -> UUID:
    assert who.id is not None
    return who.id
