"""Accepting how later dates follow, whole or by line; nothing moves that nobody accepted, and no gap breaks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.transaction import whole
from clinic.scheduling.actions import (
    book_with_course,
    cancel_with_course,
    give_up_times,
    lock_course,
    move_with_course,
)
from clinic.scheduling.errors import NoSlot
from clinic.scheduling.models import Appointment
from clinic.treatment.actions import texts
from clinic.treatment.actions.closing import withdraw_open_offer
from clinic.treatment.actions.ledger import note_plan
from clinic.treatment.actions.locking import lock_plan, require_live, require_planner
from clinic.treatment.actions.sessions import make_record
from clinic.treatment.errors import NothingChosen, ReflowRefused
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries.arrangement import Trouble, booked_entries, troubles_of
from clinic.treatment.queries.candidates import course_facts
from clinic.treatment.queries.plans import plan as plan_by_id
from clinic.treatment.queries.reflow import Reflow, ReflowRow, propose_reflow

_LOOK_AGAIN = "The dates changed after you opened this. Look at the proposal again."


def accept_reflow(
    session: Session, *, plan_id: UUID, rows: Sequence[str], fingerprint: str, by: Actor, now: datetime, ring: KeyRing
) -> tuple[Appointment, ...]:
    """Carry out the lines with these keys, and return the changed visits; the patient gets one text.

    `fingerprint` is that of the proposal that the person saw. Raises ChangedMeanwhile when there is another one by now,
    ReflowRefused with the lines that have to be accepted as well, NothingChosen, PlanOver, PlanningNotAllowed.
    """
    require_planner(session, by=by, patient_id=plan_by_id(session, plan_id).patient_id, now=now)
    proposal = _same_proposal(session, plan_id, fingerprint=fingerprint, now=now)
    _lock(session, proposal, plan_by_id(session, plan_id))
    plan = lock_plan(session, plan_id)
    require_live(plan)
    # Whoever changed a date before the locks were taken changed the proposal, too.
    proposal = _same_proposal(session, plan_id, fingerprint=fingerprint, now=now)
    chosen = _chosen(proposal, set(rows))
    work = _Work(session, plan, by=by, now=now, ring=ring)
    with whole(session):
        return work.carry_out(chosen)


def _same_proposal(session: Session, plan_id: UUID, *, fingerprint: str, now: datetime) -> Reflow:
    proposal = propose_reflow(session, plan_id=plan_id, now=now)
    if proposal.fingerprint != fingerprint:
        raise ChangedMeanwhile(_LOOK_AGAIN)
    return proposal


def _lock(session: Session, proposal: Reflow, plan: TreatmentPlan) -> None:
    visits = {row.appointment_id for row in proposal.rows if row.appointment_id is not None}
    physicians = {row.physician_id for row in proposal.rows}
    lock_course(session, physician_ids=physicians, patient_id=plan.patient_id, appointment_ids=visits)


def _chosen(proposal: Reflow, keys: Collection[str]) -> list[ReflowRow]:
    chosen = [row for row in proposal.changes if row.key in keys]
    if not chosen:
        raise NothingChosen("Choose at least one change, or leave the dates as they are.")
    missing = {need for row in chosen for need in row.needs} - {row.key for row in chosen}
    if missing:
        needs = [row.key for row in proposal.rows if row.key in missing]
        raise ReflowRefused(
            "These changes alone would break the distance between visits. Accept the marked ones as well.", needs=needs
        )
    return chosen


class _Pair(NamedTuple):
    """Two visits that do not go together, or one and None, which tells one trouble from another."""

    key: object
    other: object


@dataclass(frozen=True, slots=True)
class _Work:
    """Lines being carried out, under the locks."""

    session: Session
    plan: TreatmentPlan
    by: Actor
    now: datetime
    ring: KeyRing

    def carry_out(self, chosen: Sequence[ReflowRow]) -> tuple[Appointment, ...]:
        """Cancel, then move, then book, so that what is given back can be used; then judge the whole once more."""
        before = {_Pair(trouble.key, trouble.other) for trouble in self._troubles()}
        old = [row.from_starts_at for row in chosen if row.from_starts_at is not None]
        try:
            changed = [*self._cancel(chosen), *self._move(chosen), *self._book(chosen)]
        except NoSlot as taken:
            raise ReflowRefused(f"{taken.message} Look at the proposal again.") from taken
        self._require_kept(before, {visit.id for visit in changed})
        self._follow(changed, old)
        return tuple(sorted(changed, key=lambda visit: visit.starts_at))

    def _cancel(self, chosen: Sequence[ReflowRow]) -> list[Appointment]:
        return [
            cancel_with_course(self.session, appointment_id=row.appointment_id, by=self.by, now=self.now)
            for row in chosen
            if row.what == "cancel" and row.appointment_id is not None
        ]

    def _move(self, chosen: Sequence[ReflowRow]) -> list[Appointment]:
        moves = {row.appointment_id: row for row in chosen if row.what == "move" and row.appointment_id is not None}
        give_up_times(self.session, [self.session.get_one(Appointment, visit_id) for visit_id in moves])
        left = list(moves)
        moved = []
        for visit_id, row in moves.items():
            left.remove(visit_id)
            assert row.to_starts_at is not None
            visit = move_with_course(
                self.session,
                appointment_id=visit_id,
                physician_id=row.physician_id,
                starts_at=row.to_starts_at,
                beside=left,
                by=self.by,
                now=self.now,
                ring=self.ring,
            )
            moved.append(visit)
        return moved

    def _book(self, chosen: Sequence[ReflowRow]) -> list[Appointment]:
        return [self._booked(row, row.to_starts_at) for row in chosen if row.what == "book" and row.to_starts_at]

    def _booked(self, row: ReflowRow, starts_at: datetime) -> Appointment:
        visit = book_with_course(
            self.session,
            visit_type_code=row.visit_type,
            patient_id=self.plan.patient_id,
            physician_id=row.physician_id,
            starts_at=starts_at,
            by=self.by,
            now=self.now,
            ring=self.ring,
        )
        make_record(self.session, plan=self.plan, appointment_id=visit.id, by=self.by, now=self.now)
        return visit

    def _troubles(self) -> tuple[Trouble, ...]:
        self.session.flush()
        course = course_facts(self.session, self.plan, now=self.now)
        return troubles_of(course, booked_entries(course))

    def _require_kept(self, before: Collection[_Pair], changed: Collection[UUID]) -> None:
        """Raise ReflowRefused if anything is wrong now that was not before, or that a changed visit has part in."""
        for trouble in self._troubles():
            if _Pair(trouble.key, trouble.other) not in before or {trouble.key, trouble.other} & set(changed):
                raise ReflowRefused(f"{trouble.sentence} Accept the other changes as well, or plan these dates anew.")

    def _follow(self, changed: Sequence[Appointment], old: Sequence[datetime]) -> None:
        session, plan, by, now = self.session, self.plan, self.by, self.now
        plan.touch(by=by, now=now)
        session.flush()
        note_plan(session, plan, "plan.dates_changed", now=now, appointment_ids=[str(visit.id) for visit in changed])
        withdraw_open_offer(session, plan, by=by, now=now)
        starts = [*old, *(visit.starts_at for visit in changed)]
        texts.tell_changed(session, plan, starts, by=by, now=now, ring=self.ring)
