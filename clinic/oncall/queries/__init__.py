"""Reads of the rota, of staff's phones and of pages."""

from clinic.oncall.queries.pages import (
    Caller,
    NoticeRow,
    PageRow,
    caller_of,
    due_pages,
    notices_of,
    open_pages,
    page,
    recent_pages,
    what_was_done,
)
from clinic.oncall.queries.rota import (
    ContactRow,
    ShiftRow,
    administrators,
    contact,
    contacts,
    gaps,
    has_rota,
    shift,
    shifts_between,
    who_is_on_call,
)

__all__ = [
    "Caller",
    "ContactRow",
    "NoticeRow",
    "PageRow",
    "ShiftRow",
    "administrators",
    "caller_of",
    "contact",
    "contacts",
    "due_pages",
    "gaps",
    "has_rota",
    "notices_of",
    "open_pages",
    "page",
    "recent_pages",
    "shift",
    "shifts_between",
    "what_was_done",
    "who_is_on_call",
]
