"""Verbs on plans, protocols and sessions; each writes its history and the audit trail."""

from clinic.treatment.actions.changing import PlanChanges, change_physician, change_plan, set_preferences
from clinic.treatment.actions.defaults import provide_defaults
from clinic.treatment.actions.fluids import restrict_fluids
from clinic.treatment.actions.locking import lock_plan
from clinic.treatment.actions.opening import open_plan
from clinic.treatment.actions.pausing import pause_check_ins, resume_check_ins
from clinic.treatment.actions.phases import end_plan_of_patient, enter_phase, hand_over_plans
from clinic.treatment.actions.protocols import (
    bring_back_protocol,
    move_plans_to,
    publish_protocol,
    retire_protocol,
)
from clinic.treatment.actions.sessions import follow_visit, make_record, record_outcome
from clinic.treatment.queries.plans import who_is_affected

__all__ = [
    "PlanChanges",
    "bring_back_protocol",
    "change_physician",
    "change_plan",
    "end_plan_of_patient",
    "enter_phase",
    "follow_visit",
    "hand_over_plans",
    "lock_plan",
    "make_record",
    "move_plans_to",
    "open_plan",
    "pause_check_ins",
    "provide_defaults",
    "publish_protocol",
    "record_outcome",
    "restrict_fluids",
    "resume_check_ins",
    "retire_protocol",
    "set_preferences",
    "who_is_affected",
]
