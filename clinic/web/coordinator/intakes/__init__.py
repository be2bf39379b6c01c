"""The desk's part of the intake: the board of those under way, and a patient's own with its link."""

from clinic.web.coordinator.intakes import board, steps

__all__ = ["board", "steps"]
