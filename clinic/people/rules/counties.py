"""The counties of the states that the clinic serves, and the time zones that each can have."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from clinic.people.errors import CountyOfAnotherState, UnknownCounty, ZoneAgainstCounty

STATES: Mapping[str, str] = MappingProxyType({"FL": "Florida", "NJ": "New Jersey"})
EASTERN = "America/New_York"
CENTRAL = "America/Chicago"
_ZONE_WORDS = {EASTERN: "Eastern time", CENTRAL: "Central time"}

# 49 CFR 71.5: in Gulf County the line follows the Intracoastal Waterway; Wewahitchka to the north is Central,
# Port St. Joe and the coast are Eastern.
_OTHER_ZONES = {"12045": (CENTRAL,)}
_ZIP_ZONES = {("12045", "32465"): CENTRAL, ("12045", "32456"): EASTERN, ("12045", "32457"): EASTERN}


@dataclass(frozen=True, slots=True, kw_only=True)
class County:
    """One county: FIPS code, its usual zone, and every zone that a part of it has."""

    state: str
    name: str
    fips: str
    zone: str
    zones: tuple[str, ...]
    note: str

    @property
    def is_split(self) -> bool:
        """Tell whether a zone line runs through the county, so that the patient has to be asked."""
        return len(self.zones) > 1


def counties(state: str | None = None) -> tuple[County, ...]:
    """Return the counties of one state, or of all, by name."""
    return tuple(county for county in _by_fips().values() if state in {None, county.state})


def county(fips: str, *, field: str | None = "county_fips") -> County:
    """Return the county with that FIPS code, or raise UnknownCounty."""
    found = _by_fips().get(fips)
    if found is None:
        raise UnknownCounty("Choose the county from the list.", field=field)
    return found


def require_state(found: County, state: str) -> None:
    """Raise CountyOfAnotherState unless the county lies in the state."""
    if found.state != state:
        raise CountyOfAnotherState(
            f"{found.name} County is in {STATES[found.state]}. Choose a county in {STATES.get(state, 'that state')}, "
            "or change the state.",
            field="county_fips",
        )


def zone_for(fips: str, postal_code: str) -> str:
    """Return the zone of an address: the county's, or where a line divides it what the ZIP code says."""
    return _ZIP_ZONES.get((fips, postal_code[:5])) or county(fips).zone


def require_zone(found: County, zone: str) -> str:
    """Return the zone if the county has it, or raise ZoneAgainstCounty naming those that it has."""
    if zone in found.zones:
        return zone
    possible = " or ".join(_ZONE_WORDS[each] for each in found.zones)
    raise ZoneAgainstCounty(
        f"{found.name} County is on {possible}. Choose that, or change the county.",
        field="zone",
    )


@cache
def _by_fips() -> Mapping[str, County]:
    text = (files("clinic.people") / "data" / "counties.csv").read_text(encoding="utf-8")
    return MappingProxyType({row["fips"]: _county(row) for row in csv.DictReader(text.splitlines())})


def _county(row: dict[str, str]) -> County:
    fips, zone = row["fips"], row["iana_timezone"]
    return County(
        state=row["state"],
        name=row["county"],
        fips=fips,
        zone=zone,
        zones=(zone, *_OTHER_ZONES.get(fips, ())),
        note=row["note"],
    )
