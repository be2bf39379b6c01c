"""What patients read about their forms: how each stands, and what is missing for a signature."""

from collections.abc import Mapping
from typing import NamedTuple

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from clinic.consents.rules.standing import FormStanding, FormStatus


class Look(NamedTuple):
    """How a form's state is shown."""

    look: str
    glyph: str
    words: str


_LOOKS: Mapping[FormStatus, tuple[str, str, LazyString]] = {
    FormStatus.CURRENT: ("confirmed", "\u2713", _l("Signed")),
    FormStatus.MISSING: ("unconfirmed", "?", _l("To sign")),
    FormStatus.OUTDATED: ("unconfirmed", "?", _l("New version to sign")),
    FormStatus.WITHDRAWN: ("done", "\u00d7", _l("Withdrawn")),
}
_NOT_NEEDED = ("held", "\u25cb", _l("Only if you like"))
FAULTS: Mapping[str, LazyString] = {
    "box_missing": _l("Read this and tick the box."),
    "recipient_missing": _l("Write who may see your record, and where that person works."),
    "name_missing": _l("Type your first and last name."),
    "name_differs": _l(
        "This is not quite the name that we have. If it is your full name, tick this box and sign again."
    ),
    "not_electronic": _l("Tick the box if you agree to sign here. Otherwise call us, and we send you paper."),
}
REPLACED = _l("This form has a new version. Please read it, then sign. Your name is still filled in.")


def look_of(form: FormStanding) -> Look:
    """Return look, glyph and words of how a form stands."""
    is_free = not form.is_required and form.status is FormStatus.MISSING
    look, glyph, words = _NOT_NEEDED if is_free else _LOOKS[form.status]
    return Look(look, glyph, str(words))
