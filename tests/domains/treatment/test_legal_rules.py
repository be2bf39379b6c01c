"""What a visit stands on in the law: each day at its edge, each level, each state, with and without an exam."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from clinic.treatment.errors import LegalBasisOverlaps, LegalBasisRefused
from clinic.treatment.rules.legal import (
    Basis,
    LegalVisit,
    Level,
    NewBasis,
    beyond,
    checked_basis,
    days_left,
    ending_words,
    ends_alone,
    require_no_double,
    standing,
)

A_DAY = timedelta(days=1)
END = date(2026, 12, 31)
WAY_OUT = "An in-person exam or a new rule is needed."


def basis(number, **changes):
    known = {
        "id": UUID(int=number),
        "name": f"Basis {number}",
        "level": Level.FEDERAL,
        "state": None,
        "schedule": "III",
        "valid_from": date(2026, 1, 1),
        "valid_until": END,
        "needs_in_person_exam": False,
        "source": "A citation",
        "note": "",
        "version": 1,
    }
    return Basis(**(known | changes))


EXTENSION = basis(1)
EXAMINED = basis(2, valid_from=date(2009, 4, 13), valid_until=None, needs_in_person_exam=True)
FLORIDA = basis(3, level=Level.STATE, state="FL", valid_from=date(2022, 7, 1), valid_until=None)
JERSEY = basis(4, level=Level.STATE, state="NJ", valid_from=date(2017, 7, 21), valid_until=date(2027, 6, 30))
ALL = (EXTENSION, EXAMINED, FLORIDA, JERSEY)


@pytest.mark.parametrize(
    ("state", "day", "exam_on", "stands_on"),
    [
        ("FL", date(2025, 12, 31), None, None),
        ("FL", date(2026, 1, 1), None, (EXTENSION, FLORIDA)),
        ("FL", END, None, (EXTENSION, FLORIDA)),
        ("FL", END + A_DAY, None, None),
        ("FL", END + A_DAY, END + A_DAY, (EXAMINED, FLORIDA)),
        ("FL", END + A_DAY, END + 2 * A_DAY, None),
        ("NJ", date(2027, 6, 30), END, (EXAMINED, JERSEY)),
        ("NJ", date(2027, 7, 1), END, None),
        ("FL", date(2022, 6, 30), date(2020, 1, 1), None),
        ("FL", date(2022, 7, 1), date(2020, 1, 1), (EXAMINED, FLORIDA)),
        ("CT", END, None, None),
    ],
)
def test_a_visit_stands_when_federal_and_state_law_both_allow_it(state, day, exam_on, stands_on):
    found = standing(ALL, state=state, day=day, exam_on=exam_on)
    assert (found and (found.federal, found.state)) == stands_on


def test_a_visit_stands_on_the_basis_that_lasts_longest():
    found = standing(ALL, state="FL", day=END, exam_on=END)
    assert found.federal is EXAMINED
    longer = replace(EXTENSION, id=UUID(int=9), valid_until=date(2027, 6, 30))
    assert standing((*ALL, longer), state="FL", day=END, exam_on=None).federal is longer


def test_a_basis_of_another_schedule_or_another_state_carries_nothing():
    other = (replace(EXTENSION, schedule="II"), FLORIDA)
    assert standing(other, state="FL", day=END, exam_on=None) is None
    elsewhere = (replace(EXTENSION, state="NJ"), FLORIDA)
    assert standing(elsewhere, state="FL", day=END, exam_on=None) is None


def test_planning_past_the_end_says_what_is_missing_and_the_way_out():
    after = [LegalVisit("FL", END + A_DAY)]
    assert beyond(ALL, after, exam_on=None) == (
        f"From Jan 1, 2027 no federal rule covers this visit by telemedicine. {WAY_OUT}",
    )
    assert beyond(ALL, [LegalVisit("FL", END)], exam_on=None) == ()
    assert beyond(ALL, after, exam_on=END) == ()


def test_several_visits_past_one_end_share_a_sentence_and_each_end_has_its_own():
    visits = [
        LegalVisit("NJ", date(2027, 8, 1)),
        LegalVisit("FL", date(2026, 12, 1)),
        LegalVisit("FL", date(2027, 2, 1)),
        LegalVisit("FL", date(2027, 1, 1)),
    ]
    assert beyond(ALL, visits, exam_on=None) == (
        f"From Jan 1, 2027 no federal rule covers 2 of these visits by telemedicine. {WAY_OUT}",
        f"From Jan 1, 2027 no federal rule covers this visit by telemedicine. {WAY_OUT}",
    )
    assert beyond(ALL, [LegalVisit("NJ", date(2027, 8, 1))], exam_on=END) == (
        f"From Jul 1, 2027 no rule of New Jersey covers this visit by telemedicine. {WAY_OUT}",
    )


def test_without_any_rule_before_it_no_day_is_named():
    assert beyond((FLORIDA,), [LegalVisit("FL", END)], exam_on=None) == (
        "No federal rule covers this visit by telemedicine. An in-person exam or a new rule is needed.",
    )
    # One that needs an exam ended long ago: it never carried this patient.
    ended = replace(EXAMINED, valid_until=date(2026, 6, 30))
    assert beyond((ended, FLORIDA), [LegalVisit("FL", END)], exam_on=None)[0].startswith("No federal rule")
    assert beyond((ended, FLORIDA), [LegalVisit("FL", END)], exam_on=date(2026, 1, 1))[0].startswith(
        "From Jul 1, 2026 no federal rule"
    )
    # One that begins again after the visit is no help, and its end is not the one that counts.
    later = replace(EXTENSION, valid_from=date(2028, 1, 1), valid_until=date(2028, 12, 31))
    sentence = beyond((EXTENSION, later, FLORIDA), [LegalVisit("FL", date(2027, 5, 1))], exam_on=None)[0]
    assert sentence.startswith("From Jan 1, 2027 ")


def test_the_day_that_is_named_follows_the_last_rule_that_ended():
    earlier = replace(EXTENSION, id=UUID(int=9), valid_from=date(2025, 1, 1), valid_until=date(2025, 12, 31))
    sentence = beyond((earlier, EXTENSION, FLORIDA), [LegalVisit("FL", date(2027, 5, 1))], exam_on=None)[0]
    assert sentence.startswith("From Jan 1, 2027 ")


@pytest.mark.parametrize(
    ("bases", "asked", "is_alone"),
    [
        (ALL, EXTENSION, True),
        ((*ALL, replace(EXTENSION, id=UUID(int=9), valid_from=END + A_DAY, valid_until=None)), EXTENSION, False),
        ((*ALL, replace(EXTENSION, id=UUID(int=9), valid_from=END + 2 * A_DAY, valid_until=None)), EXTENSION, True),
        (
            (*ALL, replace(EXTENSION, id=UUID(int=9), state="FL", valid_from=END + A_DAY, valid_until=None)),
            EXTENSION,
            True,
        ),
        (ALL, EXAMINED, False),
        (ALL, JERSEY, True),
        (ALL, FLORIDA, False),
        (ALL, replace(EXTENSION, schedule="II"), False),
        (ALL, replace(EXTENSION, needs_in_person_exam=True), False),
    ],
)
def test_an_end_is_told_of_when_nothing_follows_for_patients_without_an_exam(bases, asked, is_alone):
    assert ends_alone(bases, asked) is is_alone


@pytest.mark.parametrize(("today", "left"), [(END - 59 * A_DAY, 60), (END, 1), (END + A_DAY, 0), (END + 9 * A_DAY, 0)])
def test_the_days_left_count_today_and_the_last_day(today, left):
    assert days_left(EXTENSION, today) == left
    assert days_left(FLORIDA, today) is None


@pytest.mark.parametrize(
    ("visits", "patients", "whom"),
    [
        (0, 0, "No booked visit comes after that yet."),
        (1, 1, "1 booked visit of 1 patient comes after that."),
        (3, 2, "3 booked visits of 2 patients come after that."),
    ],
)
def test_the_words_of_an_end_say_whom_it_concerns(visits, patients, whom):
    assert ending_words(EXTENSION, visits=visits, patients=patients) == (
        f"\u201cBasis 1\u201d ends on Dec 31, 2026 and nothing follows. {whom} "
        "An in-person exam or a new rule is needed."
    )


GOOD = NewBasis(
    name="  Fifth   extension ",
    level="federal",
    state=None,
    schedule="III",
    valid_from=date(2027, 1, 1),
    valid_until=date(2027, 12, 31),
    needs_in_person_exam=False,
    source=" 91 FR 1 ",
)


def test_words_are_trimmed_and_an_empty_state_is_none():
    found = checked_basis(replace(GOOD, state=""))
    assert (found.name, found.source, found.state) == ("Fifth extension", "91 FR 1", None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "n" * 81}, "name"),
        ({"level": "county"}, "level"),
        ({"state": "CT"}, "state"),
        ({"level": "state"}, "state"),
        ({"schedule": "VI"}, "schedule"),
        ({"valid_from": date(1969, 12, 31)}, "valid_from"),
        ({"valid_from": date(2101, 1, 1), "valid_until": None}, "valid_from"),
        ({"valid_until": date(2026, 12, 31)}, "valid_until"),
        ({"valid_until": date(2101, 1, 1)}, "valid_until"),
        ({"source": ""}, "source"),
        ({"source": "s" * 301}, "source"),
        ({"note": "n" * 501}, "note"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(change, field):
    with pytest.raises(LegalBasisRefused) as refused:
        checked_basis(replace(GOOD, **change))
    assert refused.value.field == field


@pytest.mark.parametrize(
    "change",
    [
        {"name": "n" * 80},
        {"name": "n"},
        {"source": "s"},
        {"valid_from": date(2100, 12, 31), "valid_until": None},
        {"level": "state", "state": "NJ"},
        {"state": "FL"},
        {"valid_until": date(2027, 1, 1)},
        {"valid_from": date(1970, 1, 1), "valid_until": date(2100, 12, 31)},
        {"valid_until": None},
        {"source": "s" * 300},
        {"note": "n" * 500},
    ],
)
def test_what_can_be_is_taken(change):
    assert checked_basis(replace(GOOD, **change))


@pytest.mark.parametrize(
    ("change", "is_double"),
    [
        ({}, False),
        ({"valid_from": END}, True),
        ({"valid_from": date(2025, 1, 1), "valid_until": date(2025, 12, 31)}, False),
        ({"valid_from": date(2025, 1, 1), "valid_until": date(2026, 1, 1)}, True),
        ({"valid_from": date(2025, 1, 1), "valid_until": None}, True),
        ({"valid_from": END, "schedule": "IV"}, False),
        ({"valid_from": END, "state": "FL"}, False),
        ({"valid_from": END, "level": "state", "state": "FL"}, True),
        ({"valid_from": END, "needs_in_person_exam": True}, True),
        ({"valid_from": date(2000, 1, 1), "valid_until": date(2009, 4, 12), "needs_in_person_exam": True}, False),
    ],
)
def test_two_that_say_the_same_for_the_same_days_are_refused(change, is_double):
    wanted = replace(GOOD, **change)
    if not is_double:
        require_no_double(wanted, ALL)
        return
    with pytest.raises(LegalBasisOverlaps) as refused:
        require_no_double(wanted, ALL)
    assert refused.value.field == "valid_from"
