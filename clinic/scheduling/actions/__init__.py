"""Verbs on hours, holds and visits; each writes history, the audit trail and the texts it causes."""

from clinic.scheduling.actions.answering import Answered, close_stale_questions, take_answer
from clinic.scheduling.actions.attending import arrive, complete, confirm, mark_no_show, undo_arrive, undo_no_show
from clinic.scheduling.actions.booking import book, book_now
from clinic.scheduling.actions.canceling import cancel, waive_late_cancel
from clinic.scheduling.actions.caps import change_cap, remove_cap, set_cap
from clinic.scheduling.actions.closures import (
    add_closure,
    change_closure,
    remove_closure,
    take_holidays,
    take_no_holidays,
    watch_holidays,
)
from clinic.scheduling.actions.ending import end_visits_of_patient, hand_over_visits
from clinic.scheduling.actions.exceptions import add_override, remove_override
from clinic.scheduling.actions.following import follow_patient, plan_texts_again
from clinic.scheduling.actions.holding import HOLD_FOR, expire_holds, hold, release_hold
from clinic.scheduling.actions.hours import add_hours, add_hours_on, change_hours, end_hours
from clinic.scheduling.actions.joining import set_join_url
from clinic.scheduling.actions.linking import send_new_link
from clinic.scheduling.actions.locating import say_location
from clinic.scheduling.actions.moving import move
from clinic.scheduling.actions.overbooking import overbook_now
from clinic.scheduling.actions.replies import Reply, ReplyOutcome, confirm_from_reply, move_from_reply
from clinic.scheduling.actions.stranding import (
    OUTSIDE_HOURS,
    UNLICENSED,
    Preview,
    Trouble,
    WouldStrand,
    apply,
    preview,
    settle_stranded,
)
from clinic.scheduling.actions.undoing import undo_move
from clinic.scheduling.actions.visit_types import NewVisitType, save_visit_type
from clinic.scheduling.actions.with_course import (
    book_with_course,
    cancel_with_course,
    give_up_times,
    lock_course,
    move_with_course,
)

__all__ = [
    "HOLD_FOR",
    "OUTSIDE_HOURS",
    "UNLICENSED",
    "Answered",
    "NewVisitType",
    "Preview",
    "Reply",
    "ReplyOutcome",
    "Trouble",
    "WouldStrand",
    "add_closure",
    "add_hours",
    "add_hours_on",
    "add_override",
    "apply",
    "arrive",
    "book",
    "book_now",
    "book_with_course",
    "cancel",
    "cancel_with_course",
    "change_cap",
    "change_closure",
    "change_hours",
    "close_stale_questions",
    "complete",
    "confirm",
    "confirm_from_reply",
    "end_hours",
    "end_visits_of_patient",
    "expire_holds",
    "follow_patient",
    "give_up_times",
    "hand_over_visits",
    "hold",
    "lock_course",
    "mark_no_show",
    "move",
    "move_from_reply",
    "move_with_course",
    "overbook_now",
    "plan_texts_again",
    "preview",
    "release_hold",
    "remove_cap",
    "remove_closure",
    "remove_override",
    "save_visit_type",
    "say_location",
    "send_new_link",
    "set_cap",
    "set_join_url",
    "settle_stranded",
    "take_answer",
    "take_holidays",
    "take_no_holidays",
    "undo_arrive",
    "undo_move",
    "undo_no_show",
    "waive_late_cancel",
    "watch_holidays",
]
