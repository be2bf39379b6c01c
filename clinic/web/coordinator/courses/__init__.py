"""The coordinators' pages of courses: the planner, proposed changes, the patient's wishes, and who drifts."""

from clinic.web.coordinator.courses import board, board_file, booking, changing, offering, opening, planner, wishes

__all__ = ["board", "board_file", "booking", "changing", "offering", "opening", "planner", "wishes"]
