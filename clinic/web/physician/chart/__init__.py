"""One patient as the physician sees it: the timeline, all answers, a summary to print, asking for a check-in now."""

from clinic.web.physician.chart import answers, asking, showing, summary

__all__ = ["answers", "asking", "showing", "summary"]
