"""Counties, zones, birth dates and the whole of a patient's details, case by case."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from clinic.people import rules
from clinic.people.errors import (
    BornInTheFuture,
    BornTooLongAgo,
    CountyOfAnotherState,
    UnderAge,
    UnknownCounty,
    UnknownLanguage,
    UnknownState,
    ZoneAgainstCounty,
)
from tests.domains.people.samples import DANA

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
EASTERN, CENTRAL = "America/New_York", "America/Chicago"
CENTRAL_COUNTIES = {"Bay", "Calhoun", "Escambia", "Holmes", "Jackson", "Okaloosa", "Santa Rosa", "Walton", "Washington"}
GULF = replace(DANA, city="Port St. Joe", postal_code="32456", county_fips="12045")


def test_all_counties_of_both_states_are_known():
    assert len(rules.counties("FL")) == 67
    assert len(rules.counties("NJ")) == 21
    assert len({county.fips for county in rules.counties()}) == 88


def test_nine_counties_of_the_panhandle_are_on_central_time():
    assert {county.name for county in rules.counties() if county.zone == CENTRAL} == CENTRAL_COUNTIES


def test_only_gulf_county_is_split():
    assert [county.name for county in rules.counties() if county.is_split] == ["Gulf"]


@pytest.mark.parametrize(
    ("fips", "code", "zone"),
    [
        ("12045", "32465", CENTRAL),
        ("12045", "32465-1234", CENTRAL),
        ("12045", "32456", EASTERN),
        ("12045", "32457", EASTERN),
        ("12045", "32400", EASTERN),
        ("12005", "32410", CENTRAL),
        ("12033", "32465", CENTRAL),
        ("12086", "33101", EASTERN),
        ("34017", "07030", EASTERN),
    ],
)
def test_the_zone_comes_from_the_county_and_in_gulf_from_the_zip_code(fips, code, zone):
    assert rules.zone_for(fips, code) == zone


@pytest.mark.parametrize("fips", ["", "12025", "99999", "12086 ", "Gulf"])
def test_a_county_that_is_none_is_refused(fips):
    with pytest.raises(UnknownCounty):
        rules.county(fips)


def test_a_patient_in_gulf_is_to_be_asked_until_somebody_chose_the_zone():
    assumed = rules.checked_patient(GULF, now=NOW)
    chosen = rules.checked_patient(replace(GULF, zone=CENTRAL), now=NOW)
    assert (assumed.zone, assumed.is_zone_confirmed) == (EASTERN, False)
    assert (chosen.zone, chosen.is_zone_confirmed) == (CENTRAL, True)


def test_the_zone_of_an_undivided_county_needs_no_asking():
    assert rules.checked_patient(DANA, now=NOW).is_zone_confirmed


@pytest.mark.parametrize(
    ("county", "zone", "said"),
    [
        ("12086", CENTRAL, "Miami-Dade County is on Eastern time"),
        ("12045", "America/Denver", "Eastern time or Central time"),
    ],
)
def test_a_zone_that_the_county_does_not_have_is_refused_with_those_it_has(county, zone, said):
    with pytest.raises(ZoneAgainstCounty, match=said) as caught:
        rules.checked_patient(replace(DANA, county_fips=county, zone=zone), now=NOW)
    assert caught.value.field == "zone"


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"state": "NY"}, UnknownState, "state"),
        ({"county_fips": "34017"}, CountyOfAnotherState, "county_fips"),
        ({"county_fips": "12000"}, UnknownCounty, "county_fips"),
        ({"language": "fr"}, UnknownLanguage, "language"),
    ],
)
def test_details_that_contradict_each_other_name_the_field(changes, refusal, field):
    with pytest.raises(refusal) as caught:
        rules.checked_patient(replace(DANA, **changes), now=NOW)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2000, 6, 15), date(2026, 6, 14), 25),
        (date(2000, 6, 15), date(2026, 6, 15), 26),
        (date(2008, 2, 29), date(2026, 2, 28), 17),
        (date(2008, 2, 29), date(2026, 3, 1), 18),
        (date(1926, 11, 23), date(2026, 11, 23), 100),
    ],
)
def test_age_counts_completed_years(born, day, age):
    assert rules.age_on(born, day) == age


@pytest.mark.parametrize(
    ("born", "refusal"),
    [
        (date(2026, 11, 24), BornInTheFuture),
        (date(2027, 1, 1), BornInTheFuture),
        (date(2026, 11, 23), UnderAge),
        (date(2008, 11, 24), UnderAge),
        (date(1899, 12, 31), BornTooLongAgo),
    ],
)
def test_a_birth_date_that_no_adult_has_is_refused(born, refusal):
    with pytest.raises(refusal) as caught:
        rules.require_birth_date(born, now=NOW, zone=EASTERN)
    assert caught.value.field == "birth_date"


@pytest.mark.parametrize("born", [date(2008, 11, 23), date(1900, 1, 1)])
def test_the_first_and_the_last_birth_date_of_an_adult_are_taken(born):
    assert rules.require_birth_date(born, now=NOW, zone=EASTERN) == born


def test_the_refusal_says_when_the_person_turns_18():
    with pytest.raises(UnderAge, match="March 1, 2030"):
        rules.require_birth_date(date(2012, 2, 29), now=NOW, zone=EASTERN)


def test_a_person_is_18_by_the_calendar_of_their_own_zone():
    just_after_midnight_in_new_york = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
    born = date(2008, 11, 23)
    assert rules.require_birth_date(born, now=just_after_midnight_in_new_york, zone=EASTERN) == born
    with pytest.raises(UnderAge):
        rules.require_birth_date(born, now=just_after_midnight_in_new_york, zone=CENTRAL)


def test_each_language_has_its_own_wording_with_the_clinics_name():
    english, spanish = rules.current_wording("en"), rules.current_wording("es")
    assert english.version != spanish.version
    for wording in (english, spanish):
        said = wording.for_clinic("Demo Home Clinic")
        assert "Demo Home Clinic" in said
        assert "{" not in said
        assert "STOP" in said
        assert "HELP" in said
        assert rules.wording(wording.version) == wording
