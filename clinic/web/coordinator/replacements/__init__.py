"""Pages of physicians who are out, for coordinators and for the physician whose time it is."""

from clinic.web.coordinator.replacements import approving, listing, opening, rows

__all__ = ["approving", "listing", "opening", "rows"]
