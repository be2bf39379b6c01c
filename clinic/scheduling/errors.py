"""Refusals of scheduling, each with a sentence for the person who asked."""

from uuid import UUID

from clinic.kernel.errors import ChangedMeanwhile, Conflict, DomainError, Forbidden, Invalid, NotFound
from clinic.scheduling.rules.changes import VisitChange

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


class UnknownClosure(NotFound):
    """There is no such closure of the clinic, or it was removed."""

    code = "unknown_closure"


class UnknownCap(NotFound):
    """There is no such cap on visits, or it was removed."""

    code = "unknown_cap"


class UnknownPatient(NotFound):
    """There is no such patient."""

    code = "unknown_patient"


class UnknownPhysician(NotFound):
    """There is no such physician, or he or she does not see patients here any more."""

    code = "unknown_physician"


class PatientNotActive(Conflict):
    """The patient is not under the clinic's care any more."""

    code = "patient_not_active"


class NotCovered(Conflict):
    """The patient's membership lets no further session begin; what is booked stays."""

    code = "not_covered"


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


class VisitChanged(ChangedMeanwhile):
    """Somebody changed the visit after the asking person saw it; `changes` says what, oldest first."""

    def __init__(self, message: str, *, changes: tuple[VisitChange, ...]) -> None:
        """Keep the sentence and the changes, of which the last gives who and when."""
        last = changes[-1] if changes else None
        super().__init__(message, who=last.who if last else None, at=last.at if last else None)
        self.changes = changes


class UndoNotPossible(Conflict):
    """The last move cannot be taken back any more."""

    code = "undo_not_possible"


class OverbookNotAllowed(Forbidden):
    """Only staff put a visit over another one."""

    code = "overbook_not_allowed"


class OverbookChanged(Conflict):
    """What an overbooking would sit on is not what the asking person was shown."""

    code = "overbook_changed"


class ReasonTooShort(Invalid):
    """A reason that reports and colleagues rely on was not really given."""

    code = "reason_too_short"


class JoinUrlRefused(Invalid):
    """A video address that nobody could open safely."""

    code = "join_url_refused"


class LocationRefused(Invalid):
    """A stated place makes no sense as typed."""

    code = "location_refused"


class VisitsOverlap(Conflict):
    """Two records that are to become one have visits at the same time."""

    code = "visits_overlap"


class StepNotAllowed(Conflict):
    """What the visit is now does not allow this step."""

    code = "step_not_allowed"


class TooEarly(StepNotAllowed):
    """A patient cannot have come to, or missed, a visit that is still ahead."""

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


class ClosureRefused(Invalid):
    """A closure of the clinic makes no sense as typed."""

    code = "closure_refused"


class CapRefused(Invalid):
    """A cap on visits makes no sense as typed, or there is one like it."""

    code = "cap_refused"
