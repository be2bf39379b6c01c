"""How refusals read to a patient, in both languages; the domains' own sentences are for the people at the clinic."""

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from clinic.kernel.errors import DomainError
from clinic.scheduling.rules.reasons import OFFERED_TO_PATIENTS
from clinic.scheduling.rules.states import CancelReason

_REFUSED: dict[str, LazyString] = {
    "slot_taken": _l("That time has just gone."),
    "patient_busy": _l("You have another visit at that time."),
    "not_offered": _l("That time can no longer be chosen."),
    "step_not_allowed": _l("Your visit has changed or begun, so this cannot be done here any more."),
    "changed_meanwhile": _l("Your visit was changed a moment ago. This is how it is now."),
    "course_refused": _l("One of these times was just taken, so nothing was booked. Choose again below, or call us."),
    "offer_closed": _l("This choice is over: the dates were chosen, changed or ran out. This is how it is now."),
    "slot_offer_over": _l("That time is gone by now. You keep your place on the list, and nothing else has changed."),
    "not_waiting": _l("You wait for this already, or your visit has changed. This is how it is now."),
    "waitlist_wish_refused": _l("Choose days and hours that can go together."),
    "not_covered": _l("Please call us about this time. You keep your place on the list."),
    "patient_not_active": _l("We cannot change this visit here. Please call us."),
}
_REASONS: dict[CancelReason, LazyString] = {
    CancelReason.PATIENT_CONFLICT: _l("I have something else at that time"),
    CancelReason.PATIENT_UNWELL: _l("I am not well"),
    CancelReason.PATIENT_ELSEWHERE: _l("I will be in another state"),
    CancelReason.PATIENT_COST: _l("Because of the cost"),
    CancelReason.PATIENT_NOT_INTERESTED: _l("I do not want the visit any more"),
}
_OTHERWISE = _l("We could not do that. Look at your visit below, or call us.")


def patient_reasons() -> list[tuple[str, str]]:
    """Return what a patient may choose from when canceling, as code and words in the language of the page."""
    return [(reason.value, str(_REASONS[reason])) for reason in OFFERED_TO_PATIENTS]


def told(refusal: DomainError) -> str:
    """Return what a patient reads about a refusal, in the language of the page."""
    return str(_REFUSED.get(refusal.code, _OTHERWISE))
