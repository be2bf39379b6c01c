"""Verbs of being on call: phones, shifts, pages and their steps."""

from clinic.oncall.actions.contacts import save_phone
from clinic.oncall.actions.gaps import watch_rota
from clinic.oncall.actions.outcomes import write_down
from clinic.oncall.actions.pages import (
    Holder,
    acknowledge,
    open_page,
    page_for_danger,
    page_for_message,
    page_for_paused_lanes,
)
from clinic.oncall.actions.shifts import add_shift, remove_shift
from clinic.oncall.actions.stepping import step_page

__all__ = [
    "Holder",
    "acknowledge",
    "add_shift",
    "open_page",
    "page_for_danger",
    "page_for_message",
    "page_for_paused_lanes",
    "remove_shift",
    "save_phone",
    "step_page",
    "watch_rota",
    "write_down",
]
