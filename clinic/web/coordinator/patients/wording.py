"""How the people domain's codes read on coordinators' pages."""

from datetime import date, datetime

from clinic.kernel.localtime import in_zone, zone_letters
from clinic.people.queries import Contact
from clinic.people.rules import STATES, County, Language, age_on, counties, county
from clinic.web.coordinator import blueprint

LANGUAGES = [(Language.ENGLISH.value, "English"), (Language.SPANISH.value, "Spanish")]
ZONES = [
    ("", "As the county says"),
    ("America/New_York", "Eastern time"),
    ("America/Chicago", "Central time"),
]
AGREEMENTS = {"phone": "Same phone", "legal_name": "Same legal name"}


@blueprint.app_template_filter("age_at")
def age_at(born: date, instant: datetime, zone: str) -> int:
    """Return the age in years on the day that it is in `zone`."""
    return age_on(born, in_zone(instant, zone).date())


@blueprint.app_template_filter("county_name")
def county_name(fips: str) -> str:
    """Return the county's name."""
    return county(fips).name


@blueprint.app_template_global("texting_alerts")
def texting_alerts(contact: Contact) -> list[tuple[str, str]]:
    """Return what the banner must warn of before somebody relies on a text."""
    if contact.opted_out_at is not None:
        return [("bad", "Asked for no texts")]
    return [] if contact.is_texting_allowed else [("warn", "Texts not agreed yet")]


def county_groups(at: datetime) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the counties of each state as options that say their zone."""
    return [(STATES[state], [(each.fips, _with_zone(each, at)) for each in counties(state)]) for state in STATES]


def _with_zone(place: County, at: datetime) -> str:
    letters = " or ".join(zone_letters(at, zone) for zone in place.zones)
    return f"{place.name} · {letters}, ask the patient" if place.is_split else f"{place.name} · {letters}"
