"""What monitoring refuses, in words that say what to do next."""

from decimal import Decimal

from clinic.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class BrokenInstrument(Exception):
    """A definition of an instrument cannot be used; the message names its place and what is wrong there."""


class UnknownInstrument(NotFound):
    """No instrument has this key, not in this version, or its text has not been put in."""

    code = "unknown_instrument"


class UnknownAssessment(NotFound):
    """No such finished assessment, or not one of this patient's."""

    code = "unknown_assessment"


class AnswerRefused(Invalid):
    """An answer that its question cannot take; `reason` is a code for words in other languages."""

    code = "answer_refused"

    def __init__(
        self,
        message: str,
        *,
        field: str,
        reason: str,
        least: Decimal | None = None,
        most: Decimal | None = None,
    ) -> None:
        """Keep the sentence, the key of the item, the reason's code and the limits, where it is about limits."""
        super().__init__(message, field=field)
        self.reason = reason
        self.least = least
        self.most = most


class SupplementRefused(Invalid):
    """A supplied translation or definition cannot be used as it stands."""

    code = "supplement_refused"


class InstrumentsNotYours(Forbidden):
    """Only administrators put in definitions and translations."""

    code = "instruments_not_yours"


class CheckInClosed(Conflict):
    """The check-in takes no answers: it was sent, ran out, was called off or has not opened yet."""

    code = "check_in_closed"


class NotAsked(Conflict):
    """The answer belongs to a question that this check-in does not ask."""

    code = "not_asked"


class AnswersMissing(Conflict):
    """Questions have no answer, and nobody said that they are to be left out."""

    code = "answers_missing"


class UnknownFlag(NotFound):
    """No such flag, or not one of a patient of the asking physician."""

    code = "unknown_flag"

    def __init__(self, message: str = "There is no such flag. Open the list and choose one.") -> None:
        """Say the same sentence whether the flag is missing or somebody else's patient's."""
        super().__init__(message)


class FlagClosed(Conflict):
    """The flag was settled meanwhile or waits for nobody any more."""

    code = "flag_closed"


class DecisionRefused(Invalid):
    """A decision about a flag cannot be kept as it stands."""

    code = "decision_refused"


class PhysicianNeeded(Forbidden):
    """Only a physician of the patient, or the one who took the call about it, decides this."""

    code = "physician_needed"


class UnknownFinding(NotFound):
    """No such finding, or not one of this patient's."""

    code = "unknown_finding"


class FindingRefused(Invalid):
    """A finding cannot be kept as it stands."""

    code = "finding_refused"


class FindingTakenBack(Conflict):
    """The finding was taken back already."""

    code = "finding_taken_back"


class ViewRefused(Invalid):
    """A view of the panel cannot be kept like this."""

    code = "view_refused"


class UnknownPanelView(NotFound):
    """No such view of the panel, or somebody else's."""

    code = "unknown_panel_view"


class CalendarRefused(Invalid):
    """The calendar contradicts itself or holds something that cannot be; `field` is the row or the setting."""

    code = "calendar_refused"


class UnknownCheckIn(NotFound):
    """There is no such check-in."""

    code = "unknown_check_in"


class NothingToAsk(Conflict):
    """There is nothing that could be asked again."""

    code = "nothing_to_ask"


class SignalPolicyRefused(Invalid):
    """The rules cannot be changed like this: something is unknown, out of its limits, or contradicts itself."""

    code = "signal_policy_refused"


class UnknownRule(NotFound):
    """No signal rule has this id."""

    code = "unknown_rule"


class UnknownPolicyVersion(NotFound):
    """The rules, or the calendar, have no version of this number."""

    code = "unknown_policy_version"


class PhysiciansDecide(Forbidden):
    """Only physicians change what monitoring looks for and when it asks."""

    code = "physicians_decide"
