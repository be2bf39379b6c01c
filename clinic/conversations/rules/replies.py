"""What a person may write into a text: the same rules as for the clinic's own texts, in at most two segments."""

from collections.abc import Collection
from dataclasses import dataclass

from clinic.conversations.errors import ReplyRefused
from clinic.kernel.text import clean_line
from clinic.messaging.rules.lint import Size, faults_of_free_text, size_of_free_text
from clinic.messaging.rules.templates import Facts, textable

LONGEST_TYPED = 4000
"""As much as a secure message holds, so that what is too long for a text is measured and told, not cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """How words would arrive: the text, its size, and what is wrong with them."""

    body: str
    size: Size
    faults: tuple[str, ...]


def one_line(typed: str) -> str:
    """Return typed words as one line, since a text has one; raises UnseenCharacter."""
    return clean_line(" ".join(typed.split()), field="body")


def draft_of(typed: str, *, language: str, facts: Facts, names: Collection[str] = ()) -> Draft:
    """Return how words would arrive from this clinic; `names` are those of the patient, which no text says."""
    words = one_line(typed)
    return Draft(
        body=textable(f"{facts.clinic}: {words}"),
        size=size_of_free_text(words, language, facts),
        faults=tuple(faults_of_free_text(words, language, facts, names=names)),
    )


def checked(typed: str, *, language: str, facts: Facts, names: Collection[str] = ()) -> str:
    """Return the words of a reply as one line, or raise ReplyRefused with the first thing to put right."""
    words = one_line(typed)
    if not words:
        raise ReplyRefused("Write what the text should say.", field="body")
    found = faults_of_free_text(words, language, facts, names=names)
    if found:
        raise ReplyRefused(found[0], field="body")
    return words
