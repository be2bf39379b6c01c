"""What the domain of treatment plans refuses, named for what went wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clinic.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from clinic.scheduling.errors import Alternatives

if TYPE_CHECKING:
    from clinic.scheduling.queries import VisitRow


class NothingToLift(Conflict):
    """No long pause is in the way of the next session."""

    code = "nothing_to_lift"


class UnknownPlan(NotFound):
    """No such plan, or not one that the asking person may see."""

    code = "unknown_plan"

    def __init__(self, message: str = "There is no such plan. Open the patient's record again.") -> None:
        """Say the same sentence whether the plan is missing or somebody else's."""
        super().__init__(message)


class NoPlan(NotFound):
    """The patient has no plan that has not ended."""

    code = "no_plan"


class UnknownProtocol(NotFound):
    """No such protocol, or none that can be used."""

    code = "unknown_protocol"


class AlreadyHasPlan(Conflict):
    """The patient has a plan that has not ended."""

    code = "already_has_plan"


class PlanOver(Conflict):
    """The plan has ended, so nothing of it changes any more."""

    code = "plan_over"


class PhaseNotPossible(Conflict):
    """The phase does not follow the present one."""

    code = "phase_not_possible"


class VisitsRemain(Conflict):
    """Visits of the course are booked that the wanted phase has no use for."""

    code = "visits_remain"

    def __init__(self, message: str, *, visits: "Sequence[VisitRow]") -> None:
        """Keep the visits, the next one first."""
        super().__init__(message, field="cancel_visits")
        self.visits = tuple(visits)


class ProtocolNameTaken(Conflict):
    """Another protocol has this name."""

    code = "protocol_name_taken"


class LastProtocol(Conflict):
    """Without this protocol no plan could be opened any more."""

    code = "last_protocol"


class BothHavePlans(Conflict):
    """Two records cannot become one while each has a plan that goes on."""

    code = "both_have_plans"


class PhysicianNotActive(Invalid):
    """This physician sees nobody now, so no plan can be his or hers."""

    code = "physician_not_active"


class ProtocolRefused(Invalid):
    """A number of a protocol, or of a patient's own over it, cannot be right; `field` is its dotted name."""

    code = "protocol_refused"


class HoursNotRead(Invalid):
    """Hours of the week cannot be read as they are written."""

    code = "hours_not_read"


class PlanRefused(Invalid):
    """A detail of a plan cannot be accepted as it stands."""

    code = "plan_refused"


class ReasonTooShort(Invalid):
    """A change that others have to understand needs its reason."""

    code = "reason_too_short"


class NoSessionVisit(Invalid):
    """The visit is none of this plan's course."""

    code = "no_session_visit"


class ReviewSigned(Conflict):
    """Somebody signed this review already, or a visit has settled it."""

    code = "review_signed"


class OutcomeTooEarly(Conflict):
    """Nobody can say what became of a visit that has not begun."""

    code = "outcome_too_early"


class PlanningNotAllowed(Forbidden):
    """Only coordinators, administrators and the patient's physicians plan."""

    code = "planning_not_allowed"


class PhysicianDecides(Forbidden):
    """Only a physician of the patient's care team decides this."""

    code = "physician_decides"


class ProtocolsNotYours(Forbidden):
    """Only physicians and administrators write protocols."""

    code = "protocols_not_yours"


class UnknownLegalBasis(NotFound):
    """There is no such legal basis, or it was removed."""

    code = "unknown_legal_basis"


class LegalBasisRefused(Invalid):
    """What was said of a legal basis cannot be accepted as it stands."""

    code = "legal_basis_refused"


class LegalBasisOverlaps(Conflict):
    """Another basis says the same for some of the same days."""

    code = "legal_basis_overlaps"


class LegalBasesNotYours(Forbidden):
    """Only physicians and administrators write down what the law says."""

    code = "legal_bases_not_yours"


@dataclass(frozen=True, slots=True)
class CourseProblem:
    """Why one date of a course cannot be had: its index among the chosen ones, and up to three others that fit."""

    index: int
    sentence: str
    alternatives: Alternatives = ()


class CourseRefused(Conflict):
    """A course cannot be booked as chosen, so nothing of it was; `problems` says which dates and why."""

    code = "course_refused"

    def __init__(self, message: str, *, problems: "Sequence[CourseProblem]" = ()) -> None:
        """Keep the problems in the order of the dates."""
        super().__init__(message)
        self.problems = tuple(problems)


class NothingChosen(Invalid):
    """No date was chosen."""

    code = "nothing_chosen"


class ReflowRefused(Conflict):
    """The chosen changes alone would break a gap; `needs` are the keys of those that have to be accepted as well."""

    code = "reflow_refused"

    def __init__(self, message: str, *, needs: "Sequence[str]" = ()) -> None:
        """Keep the keys in time order."""
        super().__init__(message)
        self.needs = tuple(needs)


class UnknownOffer(NotFound):
    """There is no such offer, or not for the one who asks."""

    code = "unknown_offer"


class OfferRefused(Invalid):
    """The dates cannot be offered as they stand."""

    code = "offer_refused"


class OfferClosed(Conflict):
    """The offer was taken, withdrawn or ran out."""

    code = "offer_closed"


class WishRefused(Invalid):
    """What was wished for a course of dates cannot be read or never fits."""

    code = "wish_refused"


class UnknownNote(NotFound):
    """There is no such note, or not for the one who asks."""

    code = "unknown_note"


class NoteRefused(Invalid):
    """The words of a note are missing or too many."""

    code = "note_refused"


class NotYourNote(Forbidden):
    """Only who wrote a draft changes, signs or discards it."""

    code = "not_your_note"


class NoteSigned(Conflict):
    """The note is signed or was discarded, so it stays as it is."""

    code = "note_signed"


class IntakeNotAccepted(Conflict):
    """The clinic asks for an accepted intake before sessions begin, and there is none that counts."""

    code = "intake_not_accepted"


class NoteNotSigned(Conflict):
    """Only a signed note gets an addendum; a draft is simply changed."""

    code = "note_not_signed"


class NotWhatWasShown(Conflict):
    """What is to be signed is not what the page showed."""

    code = "not_what_was_shown"


class TaperRefused(Invalid):
    """A number or a day of a taper cannot be accepted as it stands."""

    code = "taper_refused"


class UnknownTaper(NotFound):
    """There is no such taper, or not for the one who asks."""

    code = "unknown_taper"


class TaperRuns(Conflict):
    """The plan has a taper that runs already."""

    code = "taper_runs"


class TaperOver(Conflict):
    """The taper was completed or stopped, so it stays as it is."""

    code = "taper_over"


class StepNotNext(Conflict):
    """Another step comes first, or steps are left."""

    code = "step_not_next"
