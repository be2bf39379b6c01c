"""How the checklist reads to a patient, in the language of the page."""

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from clinic.kernel.errors import DomainError, Invalid
from clinic.session_day.errors import ReadingRefused
from clinic.session_day.rules.checklist import Reason
from clinic.session_day.rules.pressure import limits_of

TITLES: Mapping[str, LazyString] = {
    "you": _l("How you feel"),
    "body": _l("Your health today"),
    "food": _l("Food and water"),
    "taken": _l("What you took"),
    "around": _l("Where you are, and who is with you"),
    "readings": _l("Blood pressure and pulse"),
}
_REASONS: Mapping[str, LazyString] = {
    Reason.PRESSURE_DANGER: _l("Your blood pressure is far too high today."),
    Reason.PRESSURE_STOPS: _l("Your blood pressure is too high today."),
    Reason.PRESSURE_HIGH: _l("Your blood pressure stayed a little too high."),
    Reason.PULSE: _l("Your pulse is outside the usual range."),
    Reason.OXYGEN: _l("Your oxygen reading is low."),
    Reason.THOUGHTS: _l("We want to talk with you about the thoughts that you told us of."),
    Reason.PERCEPTION: _l("We want to talk with you about what you see or hear."),
    Reason.RACING: _l("We want to talk with you about your thoughts and your sleep."),
    Reason.ALCOHOL: _l("Alcohol or cannabis within the last 48 hours."),
    Reason.SEDATIVES: _l("Something you took that does not go together with today."),
    Reason.ILL: _l("You are not well, or something is new."),
    Reason.PREGNANT: _l("The question about pregnancy."),
    Reason.BLADDER: _l("Blood in your urine, or new bladder pain."),
    Reason.FOOD: _l("It is too soon after your last meal."),
    Reason.PLACE: _l("Your place is not ready yet."),
    Reason.DRIVING: _l("Driving, machines and important papers have to wait until tomorrow."),
    Reason.ALONE: _l("Your support person is not with you yet."),
    Reason.UNITS: _l("The number of units is not what your order says."),
}


def reason_words(reasons: Iterable[str]) -> list[str]:
    """Return why a checklist did not pass, one sentence a reason."""
    return [str(_REASONS[reason]) for reason in reasons if reason in _REASONS]


def reading_refused(refusal: DomainError) -> DomainError:
    """Return a refused reading in the words of the page, at its box."""
    if isinstance(refusal, ReadingRefused):
        return Invalid(_reading_words(refusal), field=refusal.field)
    return Invalid(_("That reading came too early, or none is needed any more. This is how it stands now."))


def _reading_words(refusal: ReadingRefused) -> str:
    if refusal.reason == "upside_down":
        return _("A blood pressure cannot be like this: the upper number is the larger one. Read the cuff again.")
    least, most = limits_of(refusal.field or "systolic")
    return _("Enter a number from %(least)s to %(most)s.", least=least, most=most)
