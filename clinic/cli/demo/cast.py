"""Invented people: names, places and numbers reserved for fiction."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from random import Random

from clinic.people.rules import NewPatient

_FIRST = (
    "Alicia Andre Beatriz Caleb Camila Carmen Darnell Diego Elena Esther Farah Felix Gloria Hector Imani "
    "Isaac Janelle Jorge Keisha Kofi Lena Luis Malik Marisol Mei Miguel Nadia Nora Omar Paloma Priscilla "
    "Quentin Rafael Renee Rosa Samir Sofia Tamika Theo Uma Victor Wanda Ximena Yusuf Zoe"
)
_LAST = (
    "Abbott Acosta Alvarez Baptiste Barnes Bello Castillo Chen Cruz Daniels Delgado Diallo Ellis Ferrer "
    "Flores Garcia Gibson Haddad Hart Ibarra Jensen Joseph Kaplan Kim Lopez Marin Mercer Nguyen Novak "
    "Ocampo Ortiz Pereira Quinn Ramos Rivera Santos Shah Silva Torres Underwood Vargas Walsh Xu Yates "
    "Zamora"
)
_SPANISH_SHARE = 0.2
_SHORT_NAME_SHARE = 0.4
_STREETS = ("Palm", "Magnolia", "Heron", "Cypress", "Orchard", "Harbor", "Juniper", "Willow", "Laurel", "Meadow")


@dataclass(frozen=True, slots=True)
class Place:
    """A county with one of its towns; area code for the phone."""

    state: str
    fips: str
    city: str
    postal_code: str
    area_code: str


PLACES = (
    Place("FL", "12086", "Miami", "33130", "305"),
    Place("FL", "12011", "Fort Lauderdale", "33301", "954"),
    Place("FL", "12099", "West Palm Beach", "33401", "561"),
    Place("FL", "12095", "Orlando", "32801", "407"),
    Place("FL", "12057", "Tampa", "33602", "813"),
    Place("FL", "12103", "St. Petersburg", "33701", "727"),
    Place("FL", "12031", "Jacksonville", "32202", "904"),
    Place("FL", "12073", "Tallahassee", "32301", "850"),
    Place("FL", "12033", "Pensacola", "32501", "850"),
    Place("FL", "12005", "Panama City", "32401", "850"),
    Place("FL", "12131", "Santa Rosa Beach", "32459", "850"),
    Place("FL", "12045", "Port St. Joe", "32456", "850"),
    Place("FL", "12045", "Wewahitchka", "32465", "850"),
    Place("FL", "12087", "Key West", "33040", "305"),
    Place("NJ", "34013", "Newark", "07102", "973"),
    Place("NJ", "34017", "Jersey City", "07302", "201"),
    Place("NJ", "34023", "New Brunswick", "08901", "732"),
    Place("NJ", "34021", "Trenton", "08608", "609"),
    Place("NJ", "34007", "Camden", "08102", "856"),
    Place("NJ", "34025", "Freehold", "07728", "732"),
)

WITHOUT_TEXTS = 18
"""The place in the list of the one patient who has not agreed to texts."""

BROKEN_PHONE = 16
"""The place of the patient whose number does not exist at the stand-in, so that a task shows up on Today."""

_NO_SUCH_NUMBER = "81"
_SPEAK_SPANISH = frozenset({0, 1, 5, 13})
_FIRST_NUMBER = 10
_LONG_NAME = 6


def patients(chance: Random, count: int) -> list[NewPatient]:
    """Return that many different people; the first twenty live in twenty different places."""
    names = chance.sample([(first, last) for first in _FIRST.split() for last in _LAST.split()], count)
    used: Counter[str] = Counter()
    return [_patient(chance, index, (name, used)) for index, name in enumerate(names)]


def _patient(chance: Random, index: int, known: tuple[tuple[str, str], Counter[str]]) -> NewPatient:
    (first, last), used = known
    place = PLACES[index] if index < len(PLACES) else chance.choice(PLACES)
    used[place.area_code] += 1
    is_spanish = chance.random() < _SPANISH_SHARE or index in _SPEAK_SPANISH
    return NewPatient(
        legal_first_name=first,
        legal_last_name=last,
        preferred_name=first[:3] if len(first) > _LONG_NAME and chance.random() < _SHORT_NAME_SHARE else None,
        birth_date=date(chance.randint(1955, 2003), chance.randint(1, 12), chance.randint(1, 28)),
        phone=_number(place.area_code, index, used[place.area_code]),
        email=f"{first}.{last}@example.org".lower(),
        address_line=f"{chance.randint(10, 999)} {chance.choice(_STREETS)} Way",
        city=place.city,
        state=place.state,
        postal_code=place.postal_code,
        county_fips=place.fips,
        language="es" if is_spanish else "en",
    )


def _number(area_code: str, index: int, position: int) -> str:
    """Return the area's next number among those reserved for fiction that are ordinary phones."""
    last_two = _NO_SUCH_NUMBER if index == BROKEN_PHONE else f"{_FIRST_NUMBER + position:02d}"
    return f"+1{area_code}55501{last_two}"
