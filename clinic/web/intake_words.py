"""How intakes read on staff pages: where one stands, and what was decided."""

from collections.abc import Mapping

from clinic.intake.rules.eligibility import Outcome
from clinic.intake.rules.states import Decision, IntakeState

LOOKS: Mapping[IntakeState, tuple[str, str, str]] = {
    IntakeState.OPEN: ("With the patient", "neutral", "○"),
    IntakeState.WAITING: ("Waits for a physician", "warn", "○"),
    IntakeState.NEEDS_MORE: ("The physician needs more", "warn", "!"),
    IntakeState.ACCEPTED: ("Accepted", "good", "✓"),
    IntakeState.DECLINED: ("Declined", "bad", "\u00d7"),
}
"""Word, tone and glyph of each state in which an intake is shown."""

NEXT: Mapping[IntakeState, str] = {
    IntakeState.OPEN: "The patient answers the parts. Offer help if it takes long.",
    IntakeState.WAITING: "A physician of the care team decides. Nothing for the desk to do.",
    IntakeState.NEEDS_MORE: "The patient looks at some parts again and sends. A task says if you are to call.",
    IntakeState.ACCEPTED: "The physician accepted it.",
    IntakeState.DECLINED: "The physician declined it and tells the patient why.",
}
"""What a coordinator reads about each state; what was answered stays with the physician."""

OUTCOMES: Mapping[Outcome, tuple[str, str, str]] = {
    Outcome.STOP: ("Stop", "bad", "!"),
    Outcome.REVIEW: ("Look at", "warn", "○"),
    Outcome.OK: ("Note", "neutral", "i"),
}
"""Word, tone and glyph of what a reason leads to."""

DECIDED: Mapping[Decision, str] = {
    Decision.ACCEPT: "Accepted",
    Decision.DECLINE: "Declined",
    Decision.NEEDS_MORE: "Needs more",
}
