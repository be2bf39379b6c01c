"""Verbs on hours, holds and visits; each writes history, the audit trail and the texts it causes."""

from clinic.scheduling.actions.attending import arrive, complete, confirm, mark_no_show, undo_arrive
from clinic.scheduling.actions.booking import book, book_now
from clinic.scheduling.actions.canceling import cancel
from clinic.scheduling.actions.following import follow_patient
from clinic.scheduling.actions.holding import HOLD_FOR, expire_holds, hold, release_hold
from clinic.scheduling.actions.hours import add_hours, add_override, end_hours, remove_override
from clinic.scheduling.actions.linking import send_new_link
from clinic.scheduling.actions.moving import move
from clinic.scheduling.actions.replies import Reply, ReplyOutcome, confirm_from_reply, move_from_reply
from clinic.scheduling.actions.visit_types import NewVisitType, save_visit_type

__all__ = [
    "HOLD_FOR",
    "NewVisitType",
    "Reply",
    "ReplyOutcome",
    "add_hours",
    "add_override",
    "arrive",
    "book",
    "book_now",
    "cancel",
    "complete",
    "confirm",
    "confirm_from_reply",
    "end_hours",
    "expire_holds",
    "follow_patient",
    "hold",
    "mark_no_show",
    "move",
    "move_from_reply",
    "release_hold",
    "remove_override",
    "save_visit_type",
    "send_new_link",
    "undo_arrive",
]
