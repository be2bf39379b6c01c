"""How what concerns support persons reads, in the language of the page."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from clinic.kernel.errors import DomainError, Invalid
from clinic.session_day.rules.persons import Relation
from clinic.session_day.rules.watching import Missing

_RELATIONS: Mapping[Relation, LazyString] = {
    Relation.PARTNER: _l("Partner"),
    Relation.FAMILY: _l("Family"),
    Relation.FRIEND: _l("Friend"),
    Relation.OTHER: _l("Somebody else"),
}
_REFUSED: Mapping[str, LazyString] = {
    "own_phone": _l("This is your own number. Enter your support person\u2019s."),
    "own_name": _l("This is your own name. Your support person has to be somebody else."),
    "no_name": _l("Enter the name of your support person."),
    "too_many": _l("You named several people already. Please call us, and we write down who will be with you."),
    "not_agreed": _l("Ask your support person first whether we may text them, then tick the box."),
}
MISSING: Mapping[Missing, LazyString] = {
    Missing.TIME: _l("It is too early to stop."),
    Missing.WELL: _l("The last check was not good. Check again."),
    Missing.PRESSURE: _l("The last blood pressure is missing."),
    Missing.PRESSURE_HIGH: _l("The blood pressure is still high. Let them rest, and measure again in 15 minutes."),
    Missing.STEADY: _l("Awake, walking steadily, without nausea: not all of it yet."),
}


def relations() -> list[tuple[str, str]]:
    """Return what a support person may be to the patient, as code and words."""
    return [(one.value, str(words)) for one, words in _RELATIONS.items()]


def naming_refused(refusal: DomainError) -> DomainError:
    """Return why somebody cannot be the support person, at its box."""
    words = _REFUSED.get(getattr(refusal, "reason", ""))
    if words is not None:
        return Invalid(str(words), field=refusal.field)
    return Invalid(_("That cannot be changed here any more. Please call us."))
