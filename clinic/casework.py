"""What touches a patient in every domain at once: the care ends or begins again, two records become one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access import queries as links
from clinic.billing.actions.allowing import follow_taper
from clinic.billing.actions.leaving import end_membership, require_no_membership
from clinic.consents.actions.asking import stop_asking
from clinic.consents.actions.merging import hand_over_forms
from clinic.conversations import actions as conversations
from clinic.intake.actions.merging import hand_over_intake
from clinic.kernel import journal, outbox
from clinic.kernel.actor import Actor
from clinic.medication.actions.ending import end_supply
from clinic.medication.actions.merging import hand_over_supply
from clinic.messaging import actions as messaging
from clinic.messaging.queries import count_waiting
from clinic.monitoring import actions as monitoring
from clinic.monitoring.actions.flags import hand_over_flags
from clinic.people import actions as people
from clinic.people import queries
from clinic.people.errors import NotMergeable
from clinic.people.models import Patient
from clinic.people.rules import PatientStatus
from clinic.scheduling import actions as scheduling
from clinic.scheduling import queries as visits
from clinic.session_day.actions.supporting import hand_over_session_days
from clinic.treatment import actions as treatment
from clinic.treatment import queries as plans
from clinic.waitlist.actions.following import end_of_patient, hand_over_entries
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks

CONTACT_CHANGED = "patient.contact_changed"
_LEFT = "The patient is not under our care any more."


@dataclass(frozen=True, slots=True, kw_only=True)
class AtStake:
    """What a patient has going on: all of it stops when the care ends, and moves along when records are merged."""

    visits: tuple[visits.VisitRow, ...]
    past_visits: int
    texts: int
    links: int
    tasks: int
    has_plan: bool


def at_stake(session: Session, *, patient_id: UUID, now: datetime) -> AtStake:
    """Return what would stop or move."""
    return AtStake(
        visits=tuple(visits.upcoming_for_patient(session, patient_id=patient_id, now=now)),
        past_visits=len(visits.past_for_patient(session, patient_id=patient_id, now=now, limit=500)),
        texts=count_waiting(session, patient_id=patient_id),
        links=links.count_live_links(session, patient_id=patient_id, now=now),
        tasks=len(tasks.open_items_of_patient(session, patient_id=patient_id)),
        has_plan=plans.plan_of_patient(session, patient_id) is not None,
    )


def set_status(
    session: Session, *, patient_id: UUID, status: PatientStatus, reason: str, version: int, by: Actor, now: datetime
) -> Patient:
    """Change whether a patient is in our care; leaving it ends visits, plan, texts, links and tasks in one transaction.

    Nobody is told by text. Raises what `people.actions.change_status` raises.
    """
    patient = people.change_status(
        session, patient_id=patient_id, status=status, reason=reason, version=version, by=by, now=now
    )
    if status is not PatientStatus.ACTIVE:
        _stop_everything(session, patient, by=by, now=now)
    return patient


def _stop_everything(session: Session, patient: Patient, *, by: Actor, now: datetime) -> None:
    texts = count_waiting(session, patient_id=patient.id)
    waiting_ended = end_of_patient(session, patient_id=patient.id, by=by, now=now)
    visits_ended = scheduling.end_visits_of_patient(session, patient_id=patient.id, by=by, now=now)
    plans_ended = treatment.end_plan_of_patient(session, patient_id=patient.id, reason=_LEFT, by=by, now=now)
    check_ins = monitoring.cancel_check_ins(session, patient_id=patient.id, reason="care_ended", by=by, now=now)
    messaging.cancel_for_patient(session, patient_id=patient.id, reason="care_ended", now=now)
    ended = {
        "memberships": end_membership(session, patient_id=patient.id, reason=_LEFT, by=by, now=now),
        "waiting": waiting_ended,
        "visits": visits_ended,
        "plans": plans_ended,
        "check_ins": check_ins,
        "texts": texts,
        "forms": stop_asking(session, patient.id, by=by, now=now),
        "links": access.revoke_links_of_patient(session, patient_id=patient.id, now=now),
        "tasks": worklist.close_of_patient(session, patient_id=patient.id, by=by, now=now),
        "supply": end_supply(session, patient_id=patient.id, reason=_LEFT, by=by, now=now),
    }
    _note(session, "patient.care_stopped", patient.id, now=now, counts=ended)


def merge(
    session: Session,
    *,
    loser_id: UUID,
    survivor_id: UUID,
    loser_version: int,
    survivor_version: int,
    by: Actor,
    now: datetime,
) -> Patient:
    """Make one record of two and return the one that lives on, which keeps its own facts.

    Visits, plans, care team, texts, links and tasks move along; the other record is never booked or texted again and
    leads here. Raises ChangedMeanwhile, NotMergeable, VisitsOverlap, BothHavePlans, and WrongState for a membership of
    the other record; there is no way back.
    """
    locked = {each: queries.lock_patient(session, each) for each in sorted({loser_id, survivor_id})}
    loser, survivor = locked[loser_id], locked[survivor_id]
    _require_mergeable(loser, survivor)
    require_no_membership(session, loser.id)
    loser.require_version(loser_version)
    survivor.require_version(survivor_version)
    moved = _hand_over(session, loser, survivor, by=by, now=now)
    people.merge_records(session, loser=loser, survivor=survivor, by=by, now=now)
    plan = plans.plan_of_patient(session, survivor.id)
    if plan is not None:
        follow_taper(session, subject_id=plan.id, by=by, now=now)
    scheduling.follow_patient(session, patient_id=survivor.id, by=by, now=now)
    messaging.move_to_number(session, patient_id=survivor.id, phone_id=survivor.phone_id, now=now)
    outbox.publish(session, CONTACT_CHANGED, subject_id=survivor.id, now=now)  # What was held may leave now.
    _note(session, "patient.records_joined", survivor.id, loser.id, now=now, counts=moved)
    return survivor


def _require_mergeable(loser: Patient, survivor: Patient) -> None:
    if loser.id == survivor.id:
        raise NotMergeable("These are the same record. Choose another.", field="survivor")
    for record in (loser, survivor):
        if record.status in {PatientStatus.MERGED, PatientStatus.DECEASED}:
            raise NotMergeable(f"Record {record.record_number} is {record.status}, so it cannot be merged.")
    if survivor.status != PatientStatus.ACTIVE:
        raise NotMergeable(
            f"Record {survivor.record_number} is {survivor.status}. Bring it back first, or keep the other record."
        )


def _hand_over(session: Session, loser: Patient, survivor: Patient, *, by: Actor, now: datetime) -> dict[str, int]:
    pair = {"from_id": loser.id, "to_id": survivor.id}
    return {
        "plans": treatment.hand_over_plans(session, **pair, by=by, now=now),
        "waiting": hand_over_entries(session, **pair, by=by, now=now),
        "visits": scheduling.hand_over_visits(session, **pair, by=by, now=now),
        "check_ins": monitoring.hand_over_check_ins(session, **pair, by=by, now=now),
        "texts": messaging.hand_over_texts(session, **pair, now=now),
        "links": access.hand_over_links(session, **pair),
        "messages": conversations.hand_over_messages(session, **pair, by=by, now=now),
        "flags": hand_over_flags(session, **pair),
        "forms": hand_over_forms(session, **pair, by=by, now=now),
        "supply": hand_over_supply(session, **pair, by=by, now=now),
        "intake": hand_over_intake(session, **pair, by=by, now=now),
        "session_days": hand_over_session_days(session, **pair),
        "tasks": worklist.hand_over_items(session, **pair),
    }


def _note(session: Session, action: str, *patient_ids: UUID, now: datetime, counts: dict[str, int]) -> None:
    """Write down how much stopped or moved; what it was stands in the entries of each domain."""
    journal.note(
        session,
        action,
        subject_kind="patient",
        subject_id=patient_ids[0],
        at=now,
        patient_ids=patient_ids,
        counts=counts,
    )
