"""Refusals of scheduling, each with a sentence for the person who asked."""

from uuid import UUID

from clinic.kernel.errors import Conflict, DomainError, Invalid, NotFound

Alternatives = tuple[tuple[UUID, int, int], ...]
"""Slots as `(physician id, start, end)` in epoch seconds, the nearest to the wanted one first."""


class UnknownAppointment(NotFound):
    """There is no such visit, or not for the one who asks."""

    code = "unknown_appointment"


class UnknownVisitType(NotFound):
    """There is no such kind of visit, or it is not offered any more."""

    code = "unknown_visit_type"


class UnknownHours(NotFound):
    """There are no such weekly hours or exceptions to them."""

    code = "unknown_hours"


class UnknownPatient(NotFound):
    """There is no such patient."""

    code = "unknown_patient"


class UnknownPhysician(NotFound):
    """There is no such physician, or he or she does not see patients here any more."""

    code = "unknown_physician"


class PatientNotActive(Conflict):
    """The patient is not under the clinic's care any more."""

    code = "patient_not_active"


class NoSlot(DomainError):
    """The wanted time cannot be had; `alternatives` names up to three others, found in the same transaction."""

    def __init__(self, message: str, *, alternatives: Alternatives = (), field: str | None = None) -> None:
        """Keep the sentence and the times to offer instead."""
        super().__init__(message, field=field)
        self.alternatives = alternatives


class SlotTaken(NoSlot, Conflict):
    """Somebody else has the physician's time."""

    code = "slot_taken"


class PatientBusy(NoSlot, Conflict):
    """The patient has another visit at that time."""

    code = "patient_busy"


class HoldOver(NoSlot, Conflict):
    """The hold ran out or was given up before it became a visit."""

    code = "hold_over"


class NotOffered(NoSlot, Invalid):
    """A rule forbids the time; `reason` is the rule's `RemovalReason`."""

    code = "not_offered"

    def __init__(self, message: str, *, reason: str, alternatives: Alternatives = ()) -> None:
        """Keep the sentence, the rule and the times to offer instead."""
        super().__init__(message, alternatives=alternatives, field="starts_at")
        self.reason = reason


class StepNotAllowed(Conflict):
    """What the visit is now does not allow this step."""

    code = "step_not_allowed"


class TooEarly(StepNotAllowed):
    """A patient cannot have missed a visit that has not begun."""

    code = "too_early"


class TooManyDays(Invalid):
    """The days to search are in the wrong order or too many for one answer."""

    code = "too_many_days"


class HoursRefused(Invalid):
    """Weekly hours or an exception to them make no sense as typed."""

    code = "hours_refused"


class VisitTypeRefused(Invalid):
    """A kind of visit makes no sense as typed."""

    code = "visit_type_refused"
