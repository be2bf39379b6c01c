"""The invented people of a simulation: patients with numbers reserved for fiction, physicians with staggered weeks."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, time
from math import ceil
from random import Random

from clinic.cli.demo import cast
from clinic.cli.demo.staff import Doctor, Person
from clinic.kernel.actor import Role
from clinic.medication.rules.registering import NewRegistration
from clinic.people.rules import NewPatient
from clinic.simulation.behavior import Behavior

MOST_PATIENTS, MOST_PHYSICIANS = 2_000, 20

_AREAS = (
    "305",
    "321",
    "352",
    "386",
    "407",
    "561",
    "727",
    "754",
    "772",
    "786",
    "813",
    "850",
    "863",
    "904",
    "941",
    "954",
    "201",
    "551",
    "609",
    "732",
    "848",
    "856",
    "862",
    "908",
    "973",
    "212",
    "315",
    "332",
    "347",
    "516",
    "518",
    "585",
    "607",
    "631",
    "646",
    "716",
    "718",
    "845",
    "914",
    "917",
)
_ORDINARY, _FIRST = 70, 10
_EVERY = 50
"""One patient in so many has a number that does not exist."""

_NO_SUCH_NUMBER = "81"
_FAMILY = (
    "Adler",
    "Brandt",
    "Cole",
    "Dorsey",
    "Engel",
    "Foster",
    "Grant",
    "Holt",
    "Irving",
    "Jansen",
    "Keller",
    "Lund",
    "Marsh",
    "Nolan",
    "Osborn",
    "Price",
    "Quick",
    "Reed",
    "Stone",
    "Tate",
)
_GIVEN = ("Ada", "Ben", "Cora", "Dan", "Eve", "Finn", "Gail", "Hugh", "Ivy", "Jon")
_MORNING, _AFTERNOON = (time(9), time(12)), (time(13), time(18))
_LICENSED = 3_000
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def patients(chance: Random, count: int) -> list[NewPatient]:
    """Return that many different people, each with a phone of their own."""
    found = cast.patients(chance, count)
    return [replace(new, phone=_phone(place)) for place, new in enumerate(found)]


def physicians(count: int) -> tuple[Doctor, ...]:
    """Return physicians licensed in both states who work four days of five, 32 hours a week, from 9 to 6."""
    return tuple(_physician(place) for place in range(count))


def coordinators(count: int, behavior: Behavior) -> tuple[Person, ...]:
    """Return the coordinators of a clinic with so many patients, two at least."""
    number = max(2, ceil(count / behavior.patients_a_coordinator))
    return tuple(
        Person(Role.COORDINATOR, f"{_GIVEN[place % len(_GIVEN)]} Desk", f"desk{place}@example.org")
        for place in range(number)
    )


def registrations(place: int, *, addresses: Mapping[str, str], since: date, until: date) -> Iterator[NewRegistration]:
    """Yield what a physician needs to prescribe in both states."""
    letter = _LETTERS[place % len(_LETTERS)]
    held = (("dea", "FL", _dea(f"B{letter}", 2 * place)), ("dea", "NJ", _dea(f"B{letter}", 2 * place + 1)))
    for kind, state, number in (*held, ("cds", "NJ", f"D0555{place:04d}")):
        yield NewRegistration(
            kind=kind, state=state, number=number, address=addresses[state], valid_from=since, valid_until=until
        )


def _physician(place: int) -> Doctor:
    off = place % 5
    days = tuple(day for day in range(5) if day != off)
    name = f"{_GIVEN[place % len(_GIVEN)]} {_FAMILY[place]}"
    person = Person(Role.PHYSICIAN, name, f"physician{place}@example.org")
    licences = (("FL", _LICENSED), ("NJ", _LICENSED))
    hours = ((days, *_MORNING), (days, *_AFTERNOON))
    return Doctor(person, "MD", "America/New_York", licences, hours)


def _phone(place: int) -> str:
    if place % _EVERY == _EVERY - 1:
        return f"+1{_AREAS[place // _EVERY]}55501{_NO_SUCH_NUMBER}"
    return f"+1{_AREAS[place // _ORDINARY]}55501{_FIRST + place % _ORDINARY:02d}"


def _dea(letters: str, number: int) -> str:
    """Return a registration number whose check digit is right."""
    digits = f"555{number:03d}"
    check = sum(int(digit) for digit in digits[::2]) + 2 * sum(int(digit) for digit in digits[1::2])
    return f"{letters}{digits}{check % 10}"
