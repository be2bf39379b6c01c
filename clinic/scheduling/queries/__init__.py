"""Reads of the calendar: hours, free times, visits."""

from clinic.scheduling.queries.caps import cap, caps_of
from clinic.scheduling.queries.changes import changes_of, last_changes
from clinic.scheduling.queries.closures import HolidayRow, closure, closures, holidays_decided, holidays_of
from clinic.scheduling.queries.course import CapRoom, CourseSlots, course_slots
from clinic.scheduling.queries.hours import hours, hours_of, overrides_of, visit_type, visit_types
from clinic.scheduling.queries.joining import JoinLink, join_link, join_links
from clinic.scheduling.queries.lateness import late_cancel_from, no_show_from
from clinic.scheduling.queries.locations import (
    StatedLocation,
    Whereabouts,
    stated_location,
    stated_locations,
    whereabouts,
    whereabouts_of,
)
from clinic.scheduling.queries.overbooking import OverbookPreview, overbook_preview
from clinic.scheduling.queries.overlaps import overlapping_visits
from clinic.scheduling.queries.preparing import PreparationTimes, preparation_times
from clinic.scheduling.queries.pulse import pulse
from clinic.scheduling.queries.slots import (
    FoundSlots,
    OfferedSlot,
    PhysicianCounts,
    alternatives,
    find_slots,
    named,
    why_removed,
)
from clinic.scheduling.queries.stranded import StrandedVisit, stranded_visits, visits_outside_hours
from clinic.scheduling.queries.telling import physician_at_first, waiting_news
from clinic.scheduling.queries.undoing import UndoableMove, may_undo_no_show, undoable_move
from clinic.scheduling.queries.visits import (
    VisitRow,
    appointment,
    appointment_of_patient,
    board_rows,
    counts_by_state,
    day_list,
    history_of,
    holds,
    next_for_patient,
    note_of,
    past_for_patient,
    unconfirmed,
    upcoming_for_patient,
    upcoming_of_physician,
    visit_row,
)

__all__ = [
    "CapRoom",
    "CourseSlots",
    "FoundSlots",
    "HolidayRow",
    "JoinLink",
    "OfferedSlot",
    "OverbookPreview",
    "PhysicianCounts",
    "PreparationTimes",
    "StatedLocation",
    "StrandedVisit",
    "UndoableMove",
    "VisitRow",
    "Whereabouts",
    "alternatives",
    "appointment",
    "appointment_of_patient",
    "board_rows",
    "cap",
    "caps_of",
    "changes_of",
    "closure",
    "closures",
    "counts_by_state",
    "course_slots",
    "day_list",
    "find_slots",
    "history_of",
    "holds",
    "holidays_decided",
    "holidays_of",
    "hours",
    "hours_of",
    "join_link",
    "join_links",
    "last_changes",
    "late_cancel_from",
    "may_undo_no_show",
    "named",
    "next_for_patient",
    "no_show_from",
    "note_of",
    "overbook_preview",
    "overlapping_visits",
    "overrides_of",
    "past_for_patient",
    "physician_at_first",
    "preparation_times",
    "pulse",
    "stated_location",
    "stated_locations",
    "stranded_visits",
    "unconfirmed",
    "undoable_move",
    "upcoming_for_patient",
    "upcoming_of_physician",
    "visit_row",
    "visit_type",
    "visit_types",
    "visits_outside_hours",
    "waiting_news",
    "whereabouts",
    "whereabouts_of",
    "why_removed",
]
