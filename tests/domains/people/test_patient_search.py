"""Finding patients while somebody types."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from clinic.people import actions, queries
from clinic.people.queries import PatientSort
from tests.domains.people.samples import DANA

PEOPLE = [
    ("Daniela", "O'Neill", "Dana", "+13055550123", date(1984, 3, 12), "12086"),
    ("José", "Peña", None, "+13055550124", date(1990, 1, 2), "12033"),
    ("Dana", "Reyes", None, "+12015550125", date(1975, 7, 4), "34017"),
    ("Reynaldo", "Jordan", None, "+12015550126", date(2000, 12, 31), "34017"),
    ("Mary-Jane", "Young", None, "+13055550127", date(1999, 9, 9), "12086"),
]


@pytest.fixture
def clinic(session, coordinator, now):
    for n, (first, last, preferred, phone, born, county) in enumerate(PEOPLE):
        is_nj = county.startswith("34")
        new = replace(
            DANA,
            legal_first_name=first,
            legal_last_name=last,
            preferred_name=preferred,
            phone=phone,
            birth_date=born,
            county_fips=county,
            state="NJ" if is_nj else "FL",
            postal_code="07030" if is_nj else "33101",
        )
        actions.add_patient(session, new=new, consent=None, by=coordinator, now=now + timedelta(minutes=n))
    return session


def found(session, text, **kwargs):
    return [row.legal_first_name for row in queries.search(session, text=text, **kwargs)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("oneill", ["Daniela"]),
        ("O\u2019NEILL", ["Daniela"]),
        ("pena", ["José"]),
        ("PEÑA jose", ["José"]),
        ("dana", ["Daniela", "Dana"]),
        ("dana reyes", ["Dana"]),
        ("Reyes, Dana", ["Dana"]),
        ("rey", ["Reynaldo", "Dana"]),
        ("(305) 555-0124", ["José"]),
        ("0125", ["Dana"]),
        ("+1 201-555-0126", ["Reynaldo"]),
        ("maryjane", ["Mary-Jane"]),
        ("dana nobody", []),
        ("%", []),
        ("_", []),
        ("\\", []),
        ("' or 1=1 --", []),
        ("", []),
    ],
)
def test_every_typed_word_is_found_without_case_and_accents(clinic, text, names):
    assert found(clinic, text) == names


def test_words_that_begin_a_name_come_before_words_inside_one(clinic):
    assert found(clinic, "jo") == ["Reynaldo", "José"]
    # No record number has this letter, so none is found by chance.
    assert found(clinic, "o") == ["Daniela", "Reynaldo", "José", "Mary-Jane"]


def test_a_record_number_finds_its_patient_with_or_without_the_dash(clinic):
    row = queries.search(clinic, text="pena")[0]
    assert [each.id for each in queries.search(clinic, text=row.record_number.lower())] == [row.id]
    assert [each.id for each in queries.search(clinic, text=row.record_number.replace("-", ""))] == [row.id]


def test_a_search_stops_at_its_limit(clinic):
    assert len(found(clinic, "5550", limit=3)) == 3
    assert queries.count_patients(clinic, text="5550") == 5


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        (PatientSort.NAME, "Reynaldo"),
        (PatientSort.NEWEST, "Mary-Jane"),
        (PatientSort.BIRTH_DATE, "Dana"),
        (PatientSort.STATE, "José"),
    ],
)
def test_the_list_reads_in_the_order_asked_for(clinic, sort, first):
    assert queries.page_of_patients(clinic, sort=sort)[0].legal_first_name == first


def test_pages_follow_each_other_without_gap_or_repeat(clinic):
    pages = [queries.page_of_patients(clinic, limit=2, offset=offset) for offset in (0, 2, 4)]
    names = [row.legal_first_name for page in pages for row in page]
    assert sorted(names) == sorted(person[0] for person in PEOPLE)
    assert queries.count_patients(clinic) == 5


def test_a_row_shows_the_formal_name_with_the_preferred_one(clinic):
    assert queries.search(clinic, text="oneill")[0].name == "O'Neill, Daniela (Dana)"


def test_rows_can_be_had_by_id_for_other_lists(clinic):
    row = queries.search(clinic, text="pena")[0]
    assert queries.rows_of(clinic, [row.id]) == {row.id: row}
    assert queries.rows_of(clinic, []) == {}
