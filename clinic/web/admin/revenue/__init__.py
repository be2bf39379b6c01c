"""The administrators' pages of income: a month in figures, its close, the check of the journal, and files."""

from clinic.web.admin.revenue import files, showing

__all__ = ["files", "showing"]
