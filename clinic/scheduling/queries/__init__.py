"""Reads of the calendar: hours, free times, visits."""

from clinic.scheduling.queries.hours import hours, hours_of, overrides_of, visit_type, visit_types
from clinic.scheduling.queries.slots import (
    FoundSlots,
    OfferedSlot,
    PhysicianCounts,
    alternatives,
    find_slots,
    named,
)
from clinic.scheduling.queries.stranded import visits_outside_hours
from clinic.scheduling.queries.visits import (
    VisitRow,
    appointment,
    appointment_of_patient,
    counts_by_state,
    day_list,
    history_of,
    holds,
    next_for_patient,
    overdue,
    past_for_patient,
    unconfirmed,
    upcoming_for_patient,
    upcoming_of_physician,
    visit_row,
)

__all__ = [
    "FoundSlots",
    "OfferedSlot",
    "PhysicianCounts",
    "VisitRow",
    "alternatives",
    "appointment",
    "appointment_of_patient",
    "counts_by_state",
    "day_list",
    "find_slots",
    "history_of",
    "holds",
    "hours",
    "hours_of",
    "named",
    "next_for_patient",
    "overdue",
    "overrides_of",
    "past_for_patient",
    "unconfirmed",
    "upcoming_for_patient",
    "upcoming_of_physician",
    "visit_row",
    "visit_type",
    "visit_types",
    "visits_outside_hours",
]
