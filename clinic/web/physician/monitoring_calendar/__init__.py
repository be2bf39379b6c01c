"""The pages of the monitoring calendar: its rows by phase, and changing a row or the hours."""

from clinic.web.physician.monitoring_calendar import listing, row, times

__all__ = ["listing", "row", "times"]
