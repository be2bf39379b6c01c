"""Changing a plan: what coordinators arrange and what physicians decide, one person at a time."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TypedDict, Unpack
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.localtime import in_zone
from clinic.people.queries import patient as patient_by_id
from clinic.treatment.actions.assigning import give_place, lock_active_physician
from clinic.treatment.actions.ledger import put, write_change
from clinic.treatment.actions.locking import lock_plan, require_live, require_physician, require_planner
from clinic.treatment.actions.watching import watch_course
from clinic.treatment.actions.wording import (
    checked_day,
    checked_indication,
    checked_name,
    checked_phone,
    checked_place,
    checked_prior,
    usable_version,
)
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries.protocols import protocol_version
from clinic.treatment.rules.adjustments import checked_adjustments
from clinic.treatment.rules.hours import hours_of, listing_of
from clinic.treatment.rules.plans import written_reason
from clinic.treatment.rules.reading import protocol_of


class PlanChanges(TypedDict, total=False):
    """What a physician may change of a plan; what is left out stays."""

    physician_id: UUID
    protocol_version_id: UUID
    indication: str | None
    adjustments: Mapping[str, object]
    prior_sessions: int
    prior_session_on: date | None
    in_person_exam_on: date | None


def set_preferences(
    session: Session,
    *,
    plan_id: UUID,
    patient_hours: object,
    are_patient_hours_strict: bool,
    support_name: str | None,
    support_phone: str | None,
    support_hours: object,
    place: str | None,
    version: int,
    by: Actor,
    now: datetime,
) -> TreatmentPlan:
    """Keep when and where the patient can be visited and who is there to help; the same again changes nothing.

    Raises HoursNotRead, PlanRefused, NotATextablePhone, PlanOver, PlanningNotAllowed and ChangedMeanwhile.
    """
    plan = lock_plan(session, plan_id, version=version)
    require_planner(session, by=by, patient_id=plan.patient_id, now=now)
    require_live(plan)
    wanted = {
        "patient_hours": listing_of(hours_of(patient_hours, field="patient_hours")),
        "are_patient_hours_strict": are_patient_hours_strict,
        "support_hours": listing_of(hours_of(support_hours, field="support_hours")),
        "support_name": checked_name(support_name),
        "support_phone": checked_phone(support_phone),
        "place": checked_place(place),
    }
    before = put(plan, wanted)
    if before:
        write_change(session, plan, before, reason=None, by=by, now=now)
        watch_course(session, plan=plan, by=by, now=now)
    return plan


def change_physician(
    session: Session, *, plan_id: UUID, physician_id: UUID, reason: str, version: int, by: Actor, now: datetime
) -> TreatmentPlan:
    """Give the plan to another physician, whose place in the care team it becomes.

    Raises PhysicianNotActive, ReasonTooShort, PlanOver, PlanningNotAllowed and ChangedMeanwhile.
    """
    lock_active_physician(session, physician_id)
    plan = lock_plan(session, plan_id, version=version)
    require_planner(session, by=by, patient_id=plan.patient_id, now=now)
    return _change(session, plan, {"physician_id": physician_id}, reason=reason, by=by, now=now)


def change_plan(
    session: Session,
    *,
    plan_id: UUID,
    reason: str,
    version: int,
    by: Actor,
    now: datetime,
    **changes: Unpack[PlanChanges],
) -> TreatmentPlan:
    """Change what only a physician of the care team decides; what is left out stays as it is.

    Raises PhysicianDecides, ReasonTooShort, PlanOver, ChangedMeanwhile, PhysicianNotActive, UnknownProtocol,
    PlanRefused and, for numbers that make no sense together, ProtocolRefused.
    """
    if "physician_id" in changes:
        lock_active_physician(session, changes["physician_id"])
    plan = lock_plan(session, plan_id, version=version)
    require_physician(session, by=by, patient_id=plan.patient_id, now=now)
    today = in_zone(now, patient_by_id(session, plan.patient_id).zone).date()
    wanted = _checked(session, plan, changes, today=today)
    return _change(session, plan, wanted, reason=reason, by=by, now=now)


def _change(
    session: Session, plan: TreatmentPlan, wanted: Mapping[str, object], *, reason: str, by: Actor, now: datetime
) -> TreatmentPlan:
    require_live(plan)
    why = written_reason(reason)
    before = put(plan, wanted)
    if not before:
        return plan
    write_change(session, plan, before, reason=why, by=by, now=now)
    if "physician_id" in before:
        give_place(session, plan, by=by, now=now)
    watch_course(session, plan=plan, by=by, now=now)
    return plan


def _checked(session: Session, plan: TreatmentPlan, changes: PlanChanges, *, today: date) -> dict[str, object]:
    wanted: dict[str, object] = dict(changes)
    if "indication" in changes:
        wanted["indication"] = checked_indication(changes["indication"])
    if "in_person_exam_on" in changes:
        day = changes["in_person_exam_on"]
        wanted["in_person_exam_on"] = checked_day(day, today=today, field="in_person_exam_on")
    if "prior_sessions" in changes or "prior_session_on" in changes:
        count = changes.get("prior_sessions", plan.prior_sessions)
        last_on = changes.get("prior_session_on", plan.prior_session_on)
        wanted["prior_sessions"], wanted["prior_session_on"] = checked_prior(count, last_on, today=today)
    if "protocol_version_id" in changes or "adjustments" in changes:
        wanted["adjustments"] = _own_numbers(session, plan, changes)
    return wanted


def _own_numbers(session: Session, plan: TreatmentPlan, changes: PlanChanges) -> dict[str, int | list[int]]:
    """Return the patient's own numbers over the version that the plan will have."""
    wanted = changes.get("protocol_version_id", plan.protocol_version_id)
    is_same = wanted == plan.protocol_version_id
    version = protocol_version(session, wanted) if is_same else usable_version(session, wanted)
    return checked_adjustments(protocol_of(version.definition), changes.get("adjustments", plan.adjustments))
