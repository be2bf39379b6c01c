"""Reports: what became of visits, in figures, drawings and files."""

from clinic.web.coordinator.reports import asked, export, visits

__all__ = ["asked", "export", "visits"]
