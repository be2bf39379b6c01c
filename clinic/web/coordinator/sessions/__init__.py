"""Today's sessions at home as they go on, and who is with each patient."""

from clinic.web.coordinator.sessions import board, naming

__all__ = ["board", "naming"]
