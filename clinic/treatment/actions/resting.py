"""Keeping what a long pause of a course asks for where sessions are booked, and lifting it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.consents.actions.asking import want_signatures
from clinic.kernel.actor import Actor
from clinic.kernel.localtime import in_zone
from clinic.people.models import CarePause
from clinic.people.queries.pauses import care_pause
from clinic.treatment.actions.ledger import note_plan, write_pairs
from clinic.treatment.actions.locking import lock_plan, require_live, require_physician
from clinic.treatment.errors import NothingToLift
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries.caring import is_of_pain
from clinic.treatment.queries.drift import DriftRow
from clinic.treatment.rules.drift.reviews import Restart
from clinic.treatment.rules.plans import written_reason


def keep_pause(session: Session, plan: TreatmentPlan, line: DriftRow | None, *, now: datetime) -> None:
    """Write from when on the patient has no session before a physician's visit; the caller holds the plan.

    `line` is the plan's line of the board, None for one that has ended.

    Once that visit is booked or was, after a pause that was too long, the forms are to be signed anew: the patient is
    asked once.
    """
    row = care_pause(session, plan.patient_id)
    found = line.restart if line else None
    if line is None or found is None:
        if row is not None:
            row.closed_after = None
            session.flush()
        return
    row = row or CarePause(patient_id=plan.patient_id, forms_since=None, lifted_at=None, lifted_by=None)
    if row.last_on != found.last_on:
        row.lifted_at = row.lifted_by = None
    row.last_on, row.after_days, row.closed_after = found.last_on, found.after_days, found.closed_after
    row.seen_at, row.is_of_pain = found.seen_at, is_of_pain(plan)
    session.add(row)
    session.flush()
    if _asks_anew(row, found, zone=line.zone, now=now):
        row.forms_since = now
        session.flush()
        want_signatures(session, plan.patient_id, now=now)
        note_plan(session, plan, "plan.forms_anew", now=now)


def is_kept(row: CarePause | None, found: Restart | None) -> bool:
    """Tell whether what is written is what is so, without a lock."""
    if row is None or found is None:
        return found is None and (row is None or row.closed_after is None)
    kept = (row.last_on, row.after_days, row.closed_after, row.seen_at)
    return kept == (found.last_on, found.after_days, found.closed_after, found.seen_at)


def lift_pause(
    session: Session, *, plan_id: UUID, reason: str, version: int, by: Actor, now: datetime
) -> TreatmentPlan:
    """Let a course go on after a long pause although something lacks; a physician of the patient says why.

    It holds until the next session. Raises PhysicianDecides, NothingToLift, ReasonTooShort, PlanOver, ChangedMeanwhile.
    """
    plan = lock_plan(session, plan_id, version=version)
    require_physician(session, by=by, patient_id=plan.patient_id, now=now)
    require_live(plan)
    row = care_pause(session, plan.patient_id)
    if row is None or row.closed_after is None or row.lifted_at is not None:
        raise NothingToLift("Nothing is in the way of the next session any more. Open the page again.")
    why = written_reason(reason)
    row.lifted_at, row.lifted_by = now, by.name
    pairs: dict[str, list[object]] = {"pause_lifted": [None, f"{row.last_on:%Y-%m-%d}"]}
    write_pairs(session, plan, pairs, reason=why, by=by, now=now)
    session.flush()
    return plan


def _asks_anew(row: CarePause, found: Restart, *, zone: str, now: datetime) -> bool:
    today = in_zone(now, zone).date()
    has_begun = today > found.closed_after and (found.is_visit_booked or found.seen_at is not None)
    is_asked = row.forms_since is not None and in_zone(row.forms_since, zone).date() > found.closed_after
    return has_begun and not is_asked
