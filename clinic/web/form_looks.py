"""How staff see where a form of a patient stands."""

from collections.abc import Mapping

from clinic.consents.rules.standing import FormStanding, FormStatus

Look = tuple[str, str, str]
"""Words, tone and glyph of a chip."""

_LOOKS: Mapping[FormStatus, Look] = {
    FormStatus.CURRENT: ("Signed", "good", "\u2713"),
    FormStatus.MISSING: ("Not signed", "warn", "?"),
    FormStatus.OUTDATED: ("Newer version to sign", "warn", "!"),
    FormStatus.WITHDRAWN: ("Withdrawn", "bad", "\u00d7"),
}
_OPTIONAL: Look = ("Not given, optional", "neutral", "\u25cb")


def look_of(form: FormStanding) -> Look:
    """Return words, tone and glyph of how a form stands."""
    is_free = not form.is_required and form.status is FormStatus.MISSING
    return _OPTIONAL if is_free else _LOOKS[form.status]
