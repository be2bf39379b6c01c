"""Verbs of monitoring."""

from clinic.monitoring.actions.calendars import clear_calendar, keep_calendar
from clinic.monitoring.actions.check_ins import ask_again, ask_now, cancel_check_ins, hand_over_check_ins

__all__ = ["ask_again", "ask_now", "cancel_check_ins", "clear_calendar", "hand_over_check_ins", "keep_calendar"]
