"""Where a patient is at a visit, on everybody's pages: the boxes, the words and the choices."""

from typing import ClassVar, Literal

from clinic.people.rules import STATES, counties, county
from clinic.scheduling.queries import StatedLocation, Whereabouts
from clinic.scheduling.rules.places import HOME, PLACES, Place, Standing, trouble_words, where
from clinic.web.frame.forms import FormModel, Line

CHOICES = tuple(sorted(PLACES.items(), key=lambda place: place[0] not in STATES))
"""Every place to choose from, the states of the clinic first."""


class PlaceForm(FormModel):
    """At home, or in another place with its state, and with its county where the clinic serves that state."""

    kind: Literal["home", "other"]
    state: Line | None = None
    county_fips: Line | None = None
    place: Line | None = None

    words: ClassVar[dict[str, str]] = {"kind": "Choose at home or another place."}

    def said(self) -> Place:
        """Return what was said for the domain."""
        return Place(kind=self.kind, state=self.state or "", county_fips=self.county_fips, words=self.place)


def county_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the counties of each state that the clinic serves."""
    return [(name, [(each.fips, each.name) for each in counties(state)]) for state, name in STATES.items()]


def place_words(said: StatedLocation) -> str:
    """Return a stated place for staff: "at home, Miami-Dade County, Florida", "in Georgia"."""
    if said.county_fips is None:
        return where(said.state)
    named = f"{county(said.county_fips).name} County, {STATES[said.state]}"
    return f"at home, {named}" if said.kind == HOME else f"in {named}"


def who_said(said: StatedLocation) -> str:
    """Return who said it, for staff."""
    return "the patient" if said.by == "patient" else said.by_name


def trouble(known: Whereabouts, *, physician_name: str) -> str | None:
    """Return for staff why the visit cannot take place where the patient is, or None."""
    if known.said is None or known.standing is None or known.standing is Standing.FITS:
        return None
    return trouble_words(known.standing, state=known.said.state, physician=physician_name)
