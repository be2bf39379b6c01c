"""The public questions page by page: who is asked what, and which page follows."""

from collections.abc import Mapping

from clinic.intake.rules.questions import Answers, Question, section
from clinic.people.rules.counties import STATES, county

YOU, COUNTY, GULF = "you", "county", "gulf"
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    YOU: ("you",),
    COUNTY: (),
    GULF: (),
    "reasons": ("reasons",),
    "tried": ("tried",),
    "heart": ("heart",),
    "mind": ("mind",),
    "body": ("body",),
    "medicines": ("medicines",),
    "substances": ("substances",),
    "home": ("support", "readings", "home"),
}
PAGES = tuple(_SECTIONS)
"""The pages in their order, which are also the ends of their addresses."""


def questions_on(page: str) -> list[tuple[str, Question]]:
    """Return the questions of a page, each with its section."""
    return [(key, each) for key in _SECTIONS[page] for each in section(key).public]


def pages_for(answers: Mapping[str, Answers], county_fips: str | None) -> list[str]:
    """Return the pages that somebody with these answers is asked.

    Who is too young or lives elsewhere is asked nothing more; a divided county asks for its side.
    """
    you = answers.get(YOU, {})
    if you and (you.get("adult") == "no" or you.get("state") not in STATES):
        return [YOU]
    is_split = county_fips is not None and county(county_fips).is_split
    return [page for page in PAGES if page != GULF or is_split]


def page_after(page: str, answers: Mapping[str, Answers], county_fips: str | None) -> str | None:
    """Return the page that follows, or None when everything was asked."""
    asked = pages_for(answers, county_fips)
    return next((each for each in asked[asked.index(page) + 1 :]), None)


def page_before(page: str, answers: Mapping[str, Answers], county_fips: str | None) -> str | None:
    """Return the page before, or None on the first."""
    asked = pages_for(answers, county_fips)
    at = asked.index(page)
    return asked[at - 1] if at else None
