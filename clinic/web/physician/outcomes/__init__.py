"""The clinic's outcomes: rates month by month and phase by phase, in which nobody can be told apart."""

from clinic.web.physician.outcomes import asked, export, showing, tables

__all__ = ["asked", "export", "showing", "tables"]
