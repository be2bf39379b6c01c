"""What became of one session: its visit says so, unless a person knows better."""

from enum import StrEnum

from clinic.scheduling.rules.states import OCCUPYING, AppointmentState


class SessionState(StrEnum):
    """Whether a session is still to come, took place or did not."""

    PLANNED = "planned"
    TAKEN = "taken"
    SKIPPED = "skipped"


class Outcome(StrEnum):
    """What a physician wrote down against what the visit says."""

    TAKEN = "taken"
    SKIPPED = "skipped"


def state_of(appointment_state: str, outcome: str | None) -> SessionState:
    """Return the state of the session of a visit; an outcome that somebody wrote down comes first."""
    if outcome is not None:
        return SessionState(outcome)
    state = AppointmentState(appointment_state)
    if state in OCCUPYING:
        return SessionState.PLANNED
    return SessionState.TAKEN if state is AppointmentState.COMPLETED else SessionState.SKIPPED
