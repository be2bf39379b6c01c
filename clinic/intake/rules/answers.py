"""What an answer may be: offered, possible, and not the patient in the place of the support person."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from clinic.intake.errors import AnswerRefused
from clinic.intake.rules.questions import Answers, Given, Kind, Question, Section
from clinic.kernel.phone import NotATextablePhone, to_e164
from clinic.people.rules.names import key_of_name

READINGS = ("1", "2")
_MOST_DIGITS = 3
LEAST_PULSE_PRESSURE = 10
"""The upper number of a reading is at least so much over the lower one; less is a slip of the cuff or the hand."""


class Why(StrEnum):
    """Why an answer is refused; pages have a sentence for each in the reader's language."""

    MISSING = "missing"
    NOT_OFFERED = "not_offered"
    ALONE = "alone"
    IMPOSSIBLE = "impossible"
    WRONG_WAY_ROUND = "wrong_way_round"
    NOT_A_PHONE = "not_a_phone"
    OWN_PHONE = "own_phone"
    OWN_NAME = "own_name"


_SAID: Mapping[Why, str] = {
    Why.MISSING: "Answer this, then save.",
    Why.NOT_OFFERED: "Choose one of the answers.",
    Why.ALONE: "Choose either none of these, or what you take.",
    Why.IMPOSSIBLE: "A blood pressure cannot be like this. Read the cuff again, or measure once more.",
    Why.WRONG_WAY_ROUND: "A blood pressure cannot be like this: the upper number is the higher one. "
    "Read the cuff again, or measure once more.",
    Why.NOT_A_PHONE: "Enter a phone number of 10 digits.",
    Why.OWN_PHONE: "This is your own number. Enter your support person's.",
    Why.OWN_NAME: "This is your own name. Your support person has to be somebody else.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What is known of the patient that an answer must not repeat."""

    e164: str
    first_name: str
    last_name: str
    preferred_name: str | None = None


class Refused(AnswerRefused):
    """Answers that cannot be taken, with why at each question."""

    def __init__(self, problems: Mapping[str, Why]) -> None:
        """Keep every problem; the sentence is the first one's."""
        field = next(iter(problems))
        super().__init__(_SAID[problems[field]], field=field)
        self.problems = dict(problems)


def checked(section: Section, given: Answers, own: Own) -> dict[str, Given]:
    """Return the answers of a section that are asked, or raise Refused with everything that cannot be."""
    asked = [each for each in section.questions if each.is_asked(given)]
    problems = _problems(asked, given)
    problems = _impossible(given, but=problems) | problems
    if "support_phone" not in problems and (why := _phone_problem(given, own)):
        problems["support_phone"] = why
    if "support_name" not in problems and is_own_name(str(given.get("support_name", "")), own):
        problems["support_name"] = Why.OWN_NAME
    problems = {each.key: problems[each.key] for each in asked if each.key in problems}
    if problems:
        raise Refused(problems)
    return {each.key: _kept(each, given[each.key]) for each in asked if given.get(each.key)}


def checked_public(questions: Sequence[Question], given: Answers) -> dict[str, Given]:
    """Return the answers to questions that are asked of anybody, or raise Refused."""
    problems = _problems(questions, given)
    if problems:
        raise Refused(problems)
    return {each.key: _kept(each, given[each.key]) for each in questions}


def kept_public(section: Section, given: Answers) -> dict[str, Given]:
    """Return what was answered of a section before anybody was known."""
    return checked_public([each for each in section.public if given.get(each.key)], given)


def _problems(asked: Sequence[Question], given: Answers) -> dict[str, Why]:
    found = {each.key: _problem(each, given.get(each.key)) for each in asked}
    return {key: why for key, why in found.items() if why}


def _problem(question: Question, answer: Given | None) -> Why | None:
    if not answer:
        return None if question.is_optional else Why.MISSING
    ticked = answer if isinstance(answer, tuple) else (answer,)
    offered = {each.value for each in question.options}
    if (offered and not set(ticked) <= offered) or (question.kind is not Kind.MANY and isinstance(answer, tuple)):
        return Why.NOT_OFFERED
    if question.alone in ticked and len(ticked) > 1:
        return Why.ALONE
    if question.kind is Kind.NUMBER and not _is_within(question, str(answer)):
        return Why.IMPOSSIBLE
    return None


def _is_within(question: Question, answer: str) -> bool:
    is_number = answer.isascii() and answer.isdigit() and len(answer) <= _MOST_DIGITS
    return is_number and question.least <= int(answer) <= question.most


def _impossible(given: Answers, *, but: Collection[str]) -> dict[str, Why]:
    """Return readings whose lower number is not under the upper one; `but` are numbers that cannot be at all."""
    found = {}
    for number in READINGS:
        upper, lower = str(given.get(f"systolic_{number}", "")), str(given.get(f"diastolic_{number}", ""))
        is_read = {f"systolic_{number}", f"diastolic_{number}"}.isdisjoint(but) and all(
            each.isascii() and each.isdigit() and len(each) <= _MOST_DIGITS for each in (upper, lower)
        )
        if is_read and int(upper) - int(lower) < LEAST_PULSE_PRESSURE:
            found[f"systolic_{number}"] = Why.WRONG_WAY_ROUND
    return found


def _kept(question: Question, answer: Given) -> Given:
    if question.kind is Kind.MANY:
        return tuple(dict.fromkeys(answer)) if isinstance(answer, tuple) else (answer,)
    return to_e164(str(answer)) if question.kind is Kind.PHONE else answer


def _phone_problem(given: Answers, own: Own) -> Why | None:
    typed = given.get("support_phone")
    if not typed:
        return None
    try:
        return Why.OWN_PHONE if to_e164(str(typed)) == own.e164 else None
    except NotATextablePhone:
        return Why.NOT_A_PHONE


def is_own_name(typed: str, own: Own) -> bool:
    """Tell whether words are the patient's own name, whichever part comes first."""
    names = {key_of_name(first, own.last_name) for first in (own.first_name, own.preferred_name) if first}
    # Somebody may write the last name first; what is compared is only letters.
    return any(key_of_name(*pair) in names or key_of_name(*pair[::-1]) in names for pair in _splits(typed))


def _splits(typed: str) -> list[tuple[str, str]]:
    """Return every way to read words as a first and a last name."""
    words = typed.replace(",", " ").split()
    return [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
