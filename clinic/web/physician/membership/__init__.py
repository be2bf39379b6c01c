"""The physician's part of memberships: whose waits, and one patient's with every decision that is medical."""

from clinic.web.physician.membership import deciding, queue, showing, stopping

__all__ = ["deciding", "queue", "showing", "stopping"]
