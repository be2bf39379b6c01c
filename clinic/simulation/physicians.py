"""The physicians' rounds: flags are settled, reviews signed, reports closed, calls taken; and days when one is ill."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import partial
from random import Random
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.gateways.sms.simulator import PastText
from clinic.kernel.actor import Actor, Role
from clinic.kernel.errors import DomainError
from clinic.kernel.localtime import edge_instant, first_instant_of
from clinic.medication.actions.settling_claims import settle_claim
from clinic.medication.models import SupplyClaim
from clinic.monitoring.actions.flags import settle
from clinic.monitoring.models import Flag
from clinic.monitoring.rules.flags import Decision
from clinic.oncall import actions as oncall
from clinic.oncall import queries as calls
from clinic.oncall.models import OnCallContact
from clinic.people.models import Phone
from clinic.people.rules.contact_log import CallOutcome
from clinic.scheduling import actions as scheduling
from clinic.scheduling.rules.availability import OverrideKind
from clinic.simulation.world import Patient, World
from clinic.treatment.actions.reviews import sign_review
from clinic.treatment.queries.reviews import reviews_due
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind

_OPEN_FLAGS = select(Flag.id, Flag.patient_id, Flag.level).where(Flag.state == "open")
_ROUND, _EVENING, _ILL = time(8, 20), time(17, 50), time(7, 5)
_SATURDAY, _REVIEW_DAYS = 5, frozenset({0, 3})
_EXPLAINED = "Talked it through on the telephone; nothing new, we look again."
_REVIEWED = "Doing as expected; the plan goes on."
_CALLED = "Reached by telephone, safe at home with somebody; seen again this week."
_SETTLED = "Counted together on the telephone and written down."
_LOOK_AGAIN = timedelta(days=28)
_YEAR = 365.0
_OWN_KINDS = frozenset({WorkKind.FLAG_REVIEW, WorkKind.REFILL_DUE, WorkKind.MEMBERSHIP_APPROVAL})
"""What goes off the list by what the physician does about it."""


@dataclass
class Physicians:
    """What the physicians do besides visits."""

    world: World
    chance: Random

    def plan(self, day: date) -> None:
        """Plan one day, with an illness that may begin in the morning."""
        if day.weekday() >= _SATURDAY:
            return
        for at in (_ROUND, _EVENING):
            self._at(day, at, self.settle_flags)
        self._at(day, _ROUND, self.close_reports)
        if day.weekday() in _REVIEW_DAYS:
            self._at(day, _ROUND, self.sign_reviews)
        for physician_id in self.world.desk.team.physicians:
            if self.chance.random() < self.world.behavior.physician_ill_a_year / _YEAR:
                days = 1 + self.chance.randrange(2 * self.world.behavior.physician_ill_days - 1)
                self._at(day, _ILL, partial(self.fall_ill, physician_id, days))

    def listen(self) -> None:
        """Let everybody who is on call read what comes to their own phone."""
        with self.world.desk.stage.read() as session:
            wanted = select(Phone.e164).join(OnCallContact, OnCallContact.phone_id == Phone.id)
            numbers = list(session.scalars(wanted))
        for number in numbers:
            self.world.desk.stage.readers[number] = self._hear

    def settle_flags(self) -> None:
        """Let each physician decide about the flags of the own patients, the highest first."""
        order = {patient_id: place for place, patient_id in enumerate(self.world.patients)}
        with self.world.desk.stage.read() as session:
            found = list(session.execute(_OPEN_FLAGS))
        for flag_id, patient_id, _ in sorted(found, key=lambda row: (-row.level, order.get(row.patient_id, -1))):
            patient = self.world.patients.get(patient_id)
            if patient is not None and patient.physician_id is not None:
                self._do(patient.physician, partial(self._settle, flag_id=flag_id, by=patient.physician))

    def _settle(self, session: Session, *, flag_id: UUID, by: Actor) -> None:
        flag = session.get_one(Flag, flag_id)
        if flag.state == "open":
            settle(
                session,
                flag_id=flag_id,
                decision=Decision.EXPLAINED,
                note=_EXPLAINED,
                look_again_on=self.world.today + _LOOK_AGAIN,
                version=flag.version,
                by=by,
                now=self.world.now,
            )

    def sign_reviews(self) -> None:
        """Let each physician sign the reviews that wait."""
        known = {one.id: one for one in self.world.patients.values() if self._is_treated(one)}
        with self.world.desk.stage.read() as session:
            due = reviews_due(session, patient_ids=list(known), now=self.world.now)
        for each in due:
            by = known[each.patient_id].physician
            sign = partial(
                sign_review,
                plan_id=each.plan_id,
                about_key=each.about_key,
                decision="go_on",
                note=_REVIEWED,
                by=by,
                now=self.world.now,
            )
            self._do(by, sign)

    def close_reports(self) -> None:
        """Let physicians close reports about units, and what else is on their list."""
        now = self.world.now
        with self.world.desk.stage.read() as session:
            wanted = select(SupplyClaim).where(SupplyClaim.settled_at.is_(None))
            claims = [(one.id, one.patient_id, one.version) for one in session.scalars(wanted)]
            items = tasks.open_items(session, roles={Role.PHYSICIAN}, limit=500, without=_OWN_KINDS)
        for claim_id, patient_id, version in claims:
            by = self.world.patients[patient_id].physician
            close = partial(settle_claim, claim_id=claim_id, settlement=_SETTLED, version=version, by=by, now=now)
            self._do(by, close)
        for item in items:
            patient = self.world.patients.get(item.patient_id) if item.patient_id else None
            by = patient.physician if patient and patient.physician_id else self._anybody()
            note = partial(worklist.close_item, item_id=item.id, version=item.version, note=_SETTLED, by=by, now=now)
            self._do(by, note)

    def fall_ill(self, physician_id: UUID, days: int) -> None:
        """Close the calendar of somebody who is ill; every visit that loses its ground becomes a task."""
        world, by = self.world, self.world.desk.team.physicians[physician_id]
        off = partial(
            scheduling.add_override,
            physician_id=physician_id,
            kind=OverrideKind.CLOSED,
            starts_at=first_instant_of(world.today, world.desk.zone),
            ends_at=first_instant_of(world.today + timedelta(days=days), world.desk.zone),
            note="Ill",
            by=by,
            now=world.now,
        )
        with world.begin(by) as session:
            seen = scheduling.preview(session, off, physician_id=physician_id, now=world.now).ids
            scheduling.apply(session, off, physician_id=physician_id, by=by, now=world.now, seen=seen)
        world.counts["days ill"] += days

    def _hear(self, _: PastText) -> None:
        """Take the call that a text asks for, some minutes after it."""
        minutes = self.chance.randint(3, 12)
        self.world.at(self.world.now + timedelta(minutes=minutes), self._take_calls)

    def _take_calls(self) -> None:
        """Have every open call, decide about the flag that it is about, and write down what was done."""
        with self.world.desk.stage.read() as session:
            waiting = calls.open_pages(session)
        for page in waiting:
            patient = self.world.patients.get(page.patient_id) if page.patient_id else None
            by = patient.physician if patient and patient.physician_id else self._anybody()
            now = self.world.now
            self._do(by, partial(oncall.acknowledge, page_id=page.id, by=by, now=now))
            wrote = partial(
                oncall.write_down,
                page_id=page.id,
                outcome=CallOutcome.REACHED,
                note=_CALLED,
                patient_id=page.patient_id,
                by=by,
                now=now,
            )
            self._do(by, wrote)
        self.world.at(self.world.now + timedelta(minutes=15), self.settle_flags)

    def _do(self, by: Actor, act: Callable[[Session], object]) -> None:
        try:
            with self.world.begin(by) as session:
                act(session)
        except DomainError as refusal:
            self.world.counts[f"refused: {refusal.code}"] += 1

    def _at(self, day: date, at: time, act: Callable[[], None]) -> None:
        self.world.at(edge_instant(day, at, self.world.desk.zone), act)

    def _anybody(self) -> Actor:
        return next(iter(self.world.desk.team.physicians.values()))

    @staticmethod
    def _is_treated(patient: Patient) -> bool:
        return patient.program.plan_id is not None and not patient.is_gone
