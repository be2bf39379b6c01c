"""Refusals of the intake."""

from clinic.kernel.errors import ChangedMeanwhile, Conflict, Forbidden, Invalid, NotFound


class NoIntake(NotFound):
    """The patient has no intake, or it is not for the one who asks."""

    code = "no_intake"


class AnswerRefused(Invalid):
    """An answer cannot be taken as it stands; the sentence comes in the reader's language."""

    code = "answer_refused"


class SectionsMissing(Invalid):
    """The intake cannot be sent while sections are open."""

    code = "sections_missing"


class NotWaiting(Conflict):
    """There is nothing to decide: the intake is not sent, or it was decided already."""

    code = "intake_not_waiting"


class DecisionRefused(Invalid):
    """A decision cannot be taken as it stands."""

    code = "decision_refused"


class EvidenceChanged(ChangedMeanwhile):
    """What the page showed is not what is there now."""

    code = "evidence_changed"


class PhysicianDecidesIntake(Forbidden):
    """Only a physician of the care team decides about an intake."""

    code = "physician_decides_intake"


class TooManySignUps(Conflict):
    """Many people came from one network within a short time."""

    code = "too_many_sign_ups"


class StaleAnswers(Conflict):
    """The hidden answers of the public questions cannot be read any more."""

    code = "stale_answers"
