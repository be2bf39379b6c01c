"""The boxes of questions: a form made from the data, the answers in it, and why some cannot be taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from pydantic import create_model

from clinic.intake.rules.answers import Refused, Why
from clinic.intake.rules.questions import Answers, Given, Kind, Question, filled
from clinic.web.frame.form_state import FormErrors, FormState
from clinic.web.frame.forms import FormModel, Line, Many, Note

_BOX: Mapping[Kind, tuple[Any, Any]] = {
    Kind.CHOICE: (Line | None, None),
    Kind.MANY: (Many[Line], ()),
    Kind.NUMBER: (Line | None, None),
    Kind.LINE: (Line | None, None),
    Kind.NOTE: (Note | None, None),
    Kind.PHONE: (Line | None, None),
}
REFUSED: Mapping[Why, LazyString] = {
    Why.MISSING: _l("Answer this, then save."),
    Why.NOT_OFFERED: _l("Choose one of the answers."),
    Why.ALONE: _l("Choose either none of these, or what you take."),
    Why.IMPOSSIBLE: _l("A blood pressure cannot be like this. Read the cuff again, or measure once more."),
    Why.WRONG_WAY_ROUND: _l(
        "A blood pressure cannot be like this: the upper number is the higher one. Read the cuff again, or measure "
        "once more."
    ),
    Why.NOT_A_PHONE: _l("Enter a phone number of 10 digits."),
    Why.OWN_PHONE: _l("This is your own number. Enter your support person\u2019s."),
    Why.OWN_NAME: _l("This is your own name. Your support person has to be somebody else."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One question in the reader's language, as templates take it."""

    key: str
    kind: Kind
    text: str
    hint: str
    options: tuple[tuple[str, str], ...]
    is_optional: bool


def form_of(questions: Sequence[Question], *, base: type[FormModel] = FormModel) -> type[FormModel]:
    """Return the form with a box for each question; what has to be answered, the intake's own rules say."""
    boxes = {each.key: _BOX[each.kind] for each in questions}
    return create_model("QuestionsForm", __base__=base, __module__=__name__, __doc__="Answers.", **boxes)  # type: ignore[call-overload,no-any-return] # pydantic's own way to name fields


def given_in(form: FormModel, questions: Sequence[Question]) -> dict[str, Given]:
    """Return what was answered."""
    typed = {each.key: getattr(form, each.key) for each in questions}
    return {key: value for key, value in typed.items() if value}


def asked(questions: Sequence[Question], *, language: str, limits: Mapping[str, int]) -> list[Asked]:
    """Return questions in the reader's words, with the clinic's own numbers in them."""
    return [
        Asked(
            key=each.key,
            kind=each.kind,
            text=filled(each.text[language], limits),
            hint=each.hint.get(language, ""),
            options=tuple((one.value, filled(one.words[language], limits)) for one in each.options),
            is_optional=each.is_optional or each.only_if is not None,
        )
        for each in questions
    ]


def refused(form: FormModel, refusal: Refused) -> FormErrors:
    """Return the form as it was sent, with a sentence at each answer that cannot be taken."""
    first = form.refused(refusal)
    said = {key: str(REFUSED[why]) for key, why in refusal.problems.items()}
    return FormErrors(values=first.values, errors=said, status=first.status)


def shown(given: Answers) -> FormState:
    """Return a form that shows answers given before."""
    return FormState(values=dict(given))
