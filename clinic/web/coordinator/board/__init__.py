"""The coordinators' board: day and week by columns, the list, moving and booking in place."""

from clinic.web.coordinator.board import booking, day, exporting, listing, moving, week

__all__ = ["booking", "day", "exporting", "listing", "moving", "week"]
