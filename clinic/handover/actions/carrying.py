"""Carrying a hand-over out: the plan, the coming visits, tasks on hand, and what is left for a person."""

from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.handover.actions.proposing import save
from clinic.handover.actions.tasks import ask_to_place, ask_to_tell, open_about
from clinic.handover.models import PhysicianTransfer
from clinic.handover.queries.transfers import visits_with
from clinic.handover.rules.transferring import TransferState
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.errors import DomainError
from clinic.kernel.localtime import day_label, in_zone, time_label
from clinic.kernel.transaction import whole
from clinic.medication.queries.orders import draft_of, live_order_of
from clinic.people.actions import join_care_team
from clinic.people.queries import patient as patient_by_id
from clinic.people.queries import physician
from clinic.people.rules import CareReason
from clinic.replacement.queries.ground import ground_for
from clinic.replacement.queries.places import options_for
from clinic.scheduling.actions import lock_course, move_with_course
from clinic.scheduling.queries import VisitRow, visit_row
from clinic.treatment.actions.changing import change_physician
from clinic.treatment.actions.texts import tell_changed
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries import plan_of_patient
from clinic.treatment.queries.courses import instant
from clinic.waitlist.actions.following import follow_new_physician
from clinic.worklist.actions import release_of
from clinic.worklist.rules import WorkKind

TO_WRITE_UP = timedelta(days=30)
"""So long the former physician still sees the record, to sign what is open."""


def is_due(session: Session, row: PhysicianTransfer, *, now: datetime) -> bool:
    """Tell whether the day of a hand-over has come where the patient is."""
    return row.takes_effect_on <= in_zone(now, patient_by_id(session, row.patient_id).zone).date()


def carry_out(session: Session, row: PhysicianTransfer, *, by: Actor, now: datetime, ring: KeyRing) -> None:
    """Give the patient to the new physician in one transaction; the caller holds both physicians and the patient.

    Visits go to the same time, else to the best one under every rule of the program; one text tells of all of them.
    What finds no place stays where it is and becomes a task, and where no visit is booked somebody calls. Signed orders
    stay as they are signed.
    """
    plan = plan_of_patient(session, row.patient_id)
    left: list[str] = []
    if plan is not None:
        reason = f"Handed over from {physician(session, row.from_physician_id).full_name}."
        _hand_plan_over(session, plan, row, reason=reason, by=by, now=now)
        left += _hand_visits_over(session, plan, row, by=by, now=now, ring=ring)
    left += _ask_for_order(session, row, by=by, now=now)
    both = {"from_id": row.from_physician_id, "to_id": row.to_physician_id}
    follow_new_physician(session, patient_id=row.patient_id, **both, by=by, now=now)
    _let_write_up(session, row, by=by, now=now)
    release_of(session, patient_id=row.patient_id, staff_id=_account(session, row.from_physician_id), by=by, now=now)
    row.state, row.done_at, row.left = TransferState.DONE, now, left
    save(session, row, "transfer.done", by=by, now=now)


def _hand_plan_over(
    session: Session, plan: TreatmentPlan, row: PhysicianTransfer, *, reason: str, by: Actor, now: datetime
) -> None:
    if plan.physician_id == row.to_physician_id:
        return
    change_physician(
        session,
        plan_id=plan.id,
        physician_id=row.to_physician_id,
        reason=reason,
        version=plan.version,
        by=by,
        now=now,
    )


def _hand_visits_over(
    session: Session, plan: TreatmentPlan, row: PhysicianTransfer, *, by: Actor, now: datetime, ring: KeyRing
) -> list[str]:
    """Return sentences about the visits that found no place."""
    visits = visits_with(session, row.patient_id, row.from_physician_id, on=row.takes_effect_on, now=now)
    both = {row.from_physician_id, row.to_physician_id}
    lock_course(session, physician_ids=both, patient_id=row.patient_id, appointment_ids=[visit.id for visit in visits])
    starts: list[datetime] = []
    left = []
    for visit in visits:
        moved_to = _moved(session, visit, row.to_physician_id, by=by, now=now, ring=ring)
        if moved_to is not None:
            starts += [visit.starts_at, moved_to]
            continue
        said = f"The visit on {_when(visit)} found no time with the new physician."
        ask_to_place(session, visit, reason=f"{said} Move it, or book another one.", by=by, now=now)
        left.append(said)
    if starts:
        tell_changed(session, plan, starts, by=by, now=now, ring=ring)
    elif not visits:
        ask_to_tell(session, row, receiver=physician(session, row.to_physician_id).full_name, by=by, now=now)
    return left


def _moved(
    session: Session, visit: VisitRow, to_id: UUID, *, by: Actor, now: datetime, ring: KeyRing
) -> datetime | None:
    """Move one visit to the best time of the new physician and return its start, or None where there is none."""
    ground = ground_for(session, [visit_row(session, visit.id)], now=now)
    found = options_for(ground, ground.cases[visit.id])
    places = [cast("tuple[UUID, int]", option.place.key) for option in found]
    for starts_at in [instant(at) for physician_id, at in places if physician_id == to_id]:
        try:
            with whole(session):
                move_with_course(
                    session,
                    appointment_id=visit.id,
                    physician_id=to_id,
                    starts_at=starts_at,
                    by=by,
                    now=now,
                    ring=ring,
                )
        except DomainError:
            continue
        return starts_at
    return None


def _ask_for_order(session: Session, row: PhysicianTransfer, *, by: Actor, now: datetime) -> list[str]:
    """Ask the new physician for an own order where one of the former counts or was begun."""
    order, draft = live_order_of(session, row.patient_id), draft_of(session, row.patient_id)
    theirs = [one for one in (order, draft) if one is not None and one.physician_id == row.from_physician_id]
    if not theirs:
        return []
    former = physician(session, row.from_physician_id).full_name
    said = f"The order that {former} signed stays as it is; what follows needs an order of the new physician."
    if order is None or order not in theirs:
        said = f"{former} began an order that is not signed. Cancel it, then write your own."
    open_about(
        session,
        row.patient_id,
        WorkKind.ORDER_OF_NEW_PHYSICIAN,
        key=f"order_of_new_physician:{row.id}",
        reason=said,
        by=by,
        now=now,
    )
    return [said]


def _let_write_up(session: Session, row: PhysicianTransfer, *, by: Actor, now: datetime) -> None:
    join_care_team(
        session,
        patient_id=row.patient_id,
        physician_id=row.from_physician_id,
        reason=CareReason.ASSIGNED,
        starts_at=row.had_since,
        ends_at=now + TO_WRITE_UP,
        subject_id=row.id,
        by=by,
        now=now,
    )


def _account(session: Session, physician_id: UUID) -> UUID | None:
    return physician(session, physician_id).staff_id


def _when(visit: VisitRow) -> str:
    day = day_label(visit.starts_at, visit.patient_zone, language="en")
    return f"{day}, {time_label(visit.starts_at, visit.patient_zone, language='en')}"
