"""Writes down every change of a plan: a history row with sealed values, a new version, an audit entry without them."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.journal import note
from clinic.kernel.outbox import publish
from clinic.treatment.models import PlanChange, PlanPhase, TreatmentPlan
from clinic.treatment.rules.phases import Phase

PHASE_CHANGED = "plan.phase_changed"
"""The fact that a plan entered a phase, a first one too."""

SHOWN_IN_AUDIT = frozenset(
    {
        *("physician_id", "protocol_version_id", "prior_sessions", "prior_session_on", "paused_until"),
        *("patient_hours", "support_hours", "are_patient_hours_strict"),
    }
)
"""Fields whose values say nothing about a patient's health; of all others only the names leave the plan."""


def write_phase(
    session: Session, plan: TreatmentPlan, phase: Phase, *, reason: str | None, by: Actor, now: datetime
) -> None:
    """Let the plan enter a phase and keep why; a plan without a phase is a new one."""
    before = Phase(plan.phase) if plan.phase else None
    plan.phase, plan.phase_since = phase, now
    plan.touch(by=by, now=now)
    session.add(plan)
    session.flush()
    row = PlanPhase(id=new_id(), plan_id=plan.id, from_phase=before, to_phase=phase, at=now)
    row.reason = reason
    row.actor_id, row.actor_name = by.id, by.name
    session.add(row)
    session.flush()
    action = "plan.phase_entered" if before else "plan.opened"
    note_plan(session, plan, action, now=now, before=before, after=phase)
    publish(session, PHASE_CHANGED, subject_id=plan.id, now=now)


def write_change(
    session: Session,
    plan: TreatmentPlan,
    before: Mapping[str, object],
    *,
    reason: str | None,
    by: Actor,
    now: datetime,
) -> None:
    """Keep what the fields in `before` were and are now; the row was already changed."""
    pairs = {field: [_plain(old), _plain(getattr(plan, field))] for field, old in before.items()}
    write_pairs(session, plan, pairs, reason=reason, by=by, now=now)


def write_pairs(
    session: Session,
    plan: TreatmentPlan,
    pairs: Mapping[str, list[object]],
    *,
    reason: str | None,
    by: Actor,
    now: datetime,
) -> None:
    """Keep what fields were before and after, also of the patient where a physician of the plan decides them."""
    plan.touch(by=by, now=now)
    row = PlanChange(id=new_id(), plan_id=plan.id, fields=sorted(pairs), at=now)
    row.details, row.reason = json.dumps(pairs), reason
    row.actor_id, row.actor_name = by.id, by.name
    session.add(row)
    session.flush()
    shown = {field: pair for field, pair in pairs.items() if field in SHOWN_IN_AUDIT}
    note_plan(session, plan, "plan.changed", now=now, fields=sorted(pairs), changes=shown)


def put(plan: TreatmentPlan, wanted: Mapping[str, Any]) -> dict[str, object]:
    """Give the plan these values and return what was before of those that differ."""
    before = {field: getattr(plan, field) for field, value in wanted.items() if getattr(plan, field) != value}
    for field in before:
        setattr(plan, field, wanted[field])
    return before


def note_plan(session: Session, plan: TreatmentPlan, action: str, *, now: datetime, **details: object) -> None:
    """Write an audit entry about a plan."""
    note(
        session,
        action,
        subject_kind="treatment_plan",
        subject_id=plan.id,
        at=now,
        patient_ids=(plan.patient_id,),
        **details,
    )


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
