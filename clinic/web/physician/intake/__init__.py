"""The physician's part of the intake: whose waits, and everything that decides about one on one page."""

from clinic.web.physician.intake import deciding, queue, showing

__all__ = ["deciding", "queue", "showing"]
