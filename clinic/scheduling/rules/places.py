"""Where a patient may be at a visit, and what follows from where that is."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from clinic.kernel.localtime import in_zone
from clinic.kernel.text import clean_line
from clinic.people.rules import STATES, county
from clinic.people.rules.counties import require_state
from clinic.scheduling.errors import LocationRefused
from clinic.scheduling.rules.slots import LicencePeriod

HOME, OTHER = "home", "other"
ABROAD = "XX"
LONGEST_PLACE = 200

_CODES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR "
    "PA PR RI SC SD TN TX UT VT VA VI WA WV WI WY"
)
_NAMES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|District of Columbia|Florida|Georgia|"
    "Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|"
    "Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|"
    "North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Puerto Rico|Rhode Island|South Carolina|South Dakota|Tennessee|"
    "Texas|Utah|Vermont|Virginia|Virgin Islands|Washington|West Virginia|Wisconsin|Wyoming"
)
PLACES: Mapping[str, str] = MappingProxyType(
    {**dict(zip(_CODES.split(), _NAMES.split("|"), strict=True)), ABROAD: "outside the United States"}
)
"""Every state and territory that somebody may be in, by its two letters, and abroad."""


class Standing(StrEnum):
    """What a stated place means for a visit."""

    FITS = "fits"
    NOT_SERVED = "not_served"
    NO_LICENCE = "no_licence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody says to be: at home, or in a state with its county where the clinic serves it.

    `words` are the street or house, for help that has to find it.
    """

    kind: str
    state: str
    county_fips: str | None = None
    words: str | None = None


def checked_place(said: Place) -> Place:
    """Return another place than home as it is kept, or raise LocationRefused, UnknownCounty or CountyOfAnotherState."""
    if said.state not in PLACES:
        raise LocationRefused("Choose the state.", field="state")
    words = clean_line(said.words or "", field="place") or None
    if words and len(words) > LONGEST_PLACE:
        raise LocationRefused(f"Write at most {LONGEST_PLACE} characters.", field="place")
    if said.state not in STATES:
        return Place(kind=OTHER, state=said.state, words=words)
    if not said.county_fips:
        raise LocationRefused("Choose the county.", field="county_fips")
    require_state(county(said.county_fips), said.state)
    return Place(kind=OTHER, state=said.state, county_fips=said.county_fips, words=words)


def standing_in(state: str, *, on: date, licences: Collection[LicencePeriod]) -> Standing:
    """Tell what it means for a visit on a day that its patient is in this state."""
    if state not in STATES:
        return Standing.NOT_SERVED
    is_licensed = any(
        one.state == state and one.valid_from <= on and (one.valid_until is None or on <= one.valid_until)
        for one in licences
    )
    return Standing.FITS if is_licensed else Standing.NO_LICENCE


def is_said_on_the_day(said_at: datetime, starts_at: datetime, *, zone: str) -> bool:
    """Tell whether a place was said on the day of the visit; one said earlier is asked about once more."""
    return in_zone(said_at, zone).date() >= in_zone(starts_at, zone).date()


def trouble_words(standing: Standing, *, state: str, physician: str) -> str:
    """Return for staff why the visit cannot take place there."""
    if standing is Standing.NOT_SERVED:
        return (
            f"The patient says to be {where(state)} at the visit. The clinic may only treat in Florida or New Jersey."
        )
    return (
        f"The patient says to be {where(state)} at the visit, where {physician} holds no license on that day. "
        "Another physician who does can take it."
    )


def where(state: str) -> str:
    """Return a state as a place in a sentence."""
    return PLACES[state] if state == ABROAD else f"in {PLACES[state]}"
