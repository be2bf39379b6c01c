"""The boxes of the pages about the own plan."""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l

from clinic.web.frame.forms import FormModel, IsoDate, Line, Tick, WholeNumber


class AgreeForm(FormModel):
    """A yes to automatic renewal, and the mark of the words that it was given to."""

    is_agreed: Tick
    words_mark: Line


class ChangeForm(AgreeForm):
    """A yes to another plan, and what was shown to be due today."""

    due_cents: WholeNumber


class PauseForm(FormModel):
    """The day on which a paused plan goes on."""

    resume_on: IsoDate

    words: ClassVar[Mapping[str, Any]] = {"resume_on": _l("Choose when your plan goes on.")}
