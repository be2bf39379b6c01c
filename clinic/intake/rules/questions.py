"""What is asked, read from the package's data: sections of questions in two languages."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from clinic.intake.errors import NoIntake

Given = str | tuple[str, ...]
"""One answer: a value or a text, or the ticked values of a question with many."""

Answers = Mapping[str, Given]


class Kind(StrEnum):
    """How a question is answered."""

    CHOICE = "choice"
    MANY = "many"
    NUMBER = "number"
    LINE = "line"
    NOTE = "note"
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One answer to choose."""

    value: str
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question; with `only_if` it is asked only where another one was answered so.

    `least` and `most` are what a number can be at all; `alone` is a ticked value that stands by itself.
    """

    key: str
    kind: Kind
    text: Mapping[str, str]
    hint: Mapping[str, str] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    is_public: bool = False
    is_optional: bool = False
    only_if: tuple[str, str] | None = None
    least: int = 0
    most: int = 0
    alone: str | None = None

    def is_asked(self, given: Answers) -> bool:
        """Tell whether the other answers make this question one to answer."""
        return self.only_if is None or given.get(self.only_if[0]) == self.only_if[1]

    def told(self, given: Given, language: str, limits: Mapping[str, int]) -> str:
        """Return an answer in words."""
        values = given if isinstance(given, tuple) else (given,)
        words = {each.value: filled(each.words[language], limits) for each in self.options}
        return ", ".join(words.get(value, value) for value in values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Questions that stand together on one page and are saved together."""

    key: str
    title: Mapping[str, str]
    lead: Mapping[str, str]
    questions: tuple[Question, ...]

    @property
    def public(self) -> tuple[Question, ...]:
        """Return the questions that are asked before anybody is known."""
        return tuple(each for each in self.questions if each.is_public)

    def is_complete(self, given: Answers) -> bool:
        """Tell whether everything is answered that has to be."""
        return all(each.is_optional or not each.is_asked(given) or each.key in given for each in self.questions)


def sections() -> tuple[Section, ...]:
    """Return all sections in the order in which they are asked."""
    return tuple(_data()[1].values())


def before() -> tuple[Section, ...]:
    """Return what only strangers are asked; a patient's record says it."""
    return _data()[2]


def section(key: str) -> Section:
    """Return one section, or raise NoIntake."""
    found = _data()[1].get(key) or next((each for each in before() if each.key == key), None)
    if found is None:
        raise NoIntake("There is no such part of the intake. Go back to the list of parts.")
    return found


def version() -> int:
    """Return the number of the questions in use."""
    return _data()[0]


def filled(words: str, limits: Mapping[str, int]) -> str:
    """Return a question's words with the clinic's own numbers in their places."""
    for name, value in limits.items():
        words = words.replace(f"{{{name}}}", str(value))
    return words


@cache
def _data() -> tuple[int, Mapping[str, Section], tuple[Section, ...]]:
    read = json.loads((files("clinic.intake") / "data" / "questions.json").read_text(encoding="utf-8"))
    asked = {row["key"]: _section(row) for row in read["sections"]}
    return int(read["version"]), asked, tuple(_section(row) for row in read["before"])


def _section(row: Mapping[str, Any]) -> Section:
    questions = tuple(_question(each) for each in row["questions"])
    return Section(key=row["key"], title=row["title"], lead=row["lead"], questions=questions)


def _question(row: Mapping[str, Any]) -> Question:
    only_if = row.get("only_if")
    options = [
        Option(value=each["value"], words={"en": each["en"], "es": each["es"]}) for each in row.get("options", ())
    ]
    return Question(
        key=row["key"],
        kind=Kind(row["kind"]),
        text=row["text"],
        hint=row.get("hint", {}),
        options=tuple(options),
        is_public=row.get("is_public", False),
        is_optional=row.get("is_optional", False),
        only_if=(only_if["key"], only_if["is"]) if only_if else None,
        least=row.get("least", 0),
        most=row.get("most", 0),
        alone=row.get("alone"),
    )
