"""What makes a patient's details acceptable, and the words by which a patient is found."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from clinic.kernel.phone import to_e164
from clinic.kernel.text import clean_line, search_key
from clinic.people.errors import UnknownLanguage, UnknownState
from clinic.people.rules.ages import require_birth_date
from clinic.people.rules.contact import city_name, email_address, postal_code, street_line
from clinic.people.rules.counties import STATES, county, require_state, require_zone, zone_for
from clinic.people.rules.names import person_name, without_punctuation

_MOST_WORDS = 8
_LONGEST_SEARCH = 100
_PHONE_DIGITS = 10


class PatientStatus(StrEnum):
    """Whether the clinic cares for the person now."""

    ACTIVE = "active"
    DISCHARGED = "discharged"
    DECEASED = "deceased"
    MERGED = "merged"


class Language(StrEnum):
    """A language in which the clinic writes."""

    ENGLISH = "en"
    SPANISH = "es"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPatient:
    """What somebody typed about a patient; `zone` None means "as the county says"."""

    legal_first_name: str
    legal_last_name: str
    birth_date: date
    phone: str
    address_line: str
    city: str
    state: str
    postal_code: str
    county_fips: str
    preferred_name: str | None = None
    email: str | None = None
    zone: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientFacts:
    """The same, cleaned and found sound; `e164` is the phone's row, everything else a column of the patient."""

    legal_first_name: str
    legal_last_name: str
    preferred_name: str | None
    birth_date: date
    e164: str
    email: str | None
    address_line: str
    city: str
    state: str
    postal_code: str
    county_fips: str
    zone: str
    is_zone_confirmed: bool
    language: str


def checked_patient(new: NewPatient, *, now: datetime) -> PatientFacts:
    """Return sound facts, or raise the first of the people domain's refusals, with the field that it is about."""
    _require_state(new.state)
    place = county(new.county_fips)
    require_state(place, new.state)
    code = postal_code(new.postal_code, new.state)
    zone = require_zone(place, new.zone or zone_for(place.fips, code))
    return PatientFacts(
        legal_first_name=person_name(new.legal_first_name, field="legal_first_name"),
        legal_last_name=person_name(new.legal_last_name, field="legal_last_name"),
        preferred_name=person_name(new.preferred_name, field="preferred_name") if new.preferred_name else None,
        birth_date=require_birth_date(new.birth_date, now=now, zone=zone),
        e164=to_e164(new.phone),
        email=email_address(new.email) if new.email else None,
        address_line=street_line(new.address_line),
        city=city_name(new.city),
        state=new.state,
        postal_code=code,
        county_fips=place.fips,
        zone=zone,
        is_zone_confirmed=new.zone is not None or not place.is_split,
        language=_language(new.language),
    )


def search_text(facts: PatientFacts, record_number: str) -> str:
    """Return the patient's search key; it begins with the last name, so that sorting by it sorts by name."""
    names = (facts.legal_last_name, facts.legal_first_name, facts.preferred_name)
    bare = (without_punctuation(name) for name in names if name)
    digits = facts.e164.removeprefix("+1")
    return search_key(*names, *bare, digits, record_number, record_number.replace("-", ""))


def search_words(text: str) -> list[str]:
    """Return the words of a search, at most eight: every one has to be found in a patient's search key.

    A text without letters is read as digits of a phone number, whatever stands between them.
    """
    line = search_key(clean_line(text, field="q")[:_LONGEST_SEARCH].replace("\u2019", "'"))
    if not any(symbol.isalpha() for symbol in line):
        return _digit_groups(line)[:_MOST_WORDS]
    words = (word.strip(',;:()[]"') for word in line.split())
    return [word for word in words if word][:_MOST_WORDS]


def _digit_groups(line: str) -> list[str]:
    groups = re.findall(r"\d+", line, re.ASCII)
    if sum(map(len, groups)) == _PHONE_DIGITS + 1 and groups[0].startswith("1"):
        groups[0] = groups[0][1:]
    return [group for group in groups if group]


def _require_state(state: str) -> None:
    if state not in STATES:
        raise UnknownState("The clinic serves Florida and New Jersey. Choose one of them.", field="state")


def _language(code: str) -> str:
    if code not in set(Language):
        raise UnknownLanguage("Choose English or Spanish.", field="language")
    return code
