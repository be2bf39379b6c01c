"""Signs of losing touch and from outside at every edge: check-ins, the monitoring program, concerns, tests."""

import pytest

from clinic.monitoring.rules.evidence import CheckInFact, Evidence, ProgramCheck, ProgramFacts
from clinic.monitoring.rules.levels import Level
from tests.domains.monitoring.signal_makers import (
    NO_DATA,
    asked,
    day,
    evidence,
    found,
    level,
    looked,
    same,
    signal,
    supplied,
    told,
)

INFO, WATCH, REVIEW, HOLD = Level.INFO, Level.WATCH, Level.REVIEW, Level.HOLD


def checks(*states: tuple[int, str]) -> Evidence:
    return evidence(check_ins=asked(*states))


def program(prescribers: int = 0, pharmacies: int = 0, *, ketamine: bool = False, explained: bool = False) -> Evidence:
    check = ProgramCheck(
        id=same(2),
        on=day(2),
        prescribers=prescribers,
        pharmacies=pharmacies,
        has_other_ketamine=ketamine,
        is_explained=explained,
    )
    return supplied(pdmp=ProgramFacts(checks=(check,)))


CASES = [
    ("D16", evidence(), NO_DATA),
    ("D16", checks((3, "planned")), NO_DATA),
    ("D16", checks((3, "canceled")), NO_DATA),
    ("D16", evidence(check_ins=asked((3, "missed"), is_required=False)), NO_DATA),
    ("D16", checks((3, "done")), None),
    ("D16", checks((0, "open")), None),
    ("D16", checks((1, "open")), INFO),
    ("D16", checks((3, "missed")), INFO),
    ("D16", checks((14, "missed")), INFO),
    ("D16", checks((15, "missed")), HOLD),
    ("D16", checks((5, "missed"), (3, "open")), WATCH),
    ("D16", checks((7, "missed"), (5, "missed"), (3, "missed")), HOLD),
    ("D16", checks((7, "missed"), (5, "done"), (3, "missed")), INFO),
    ("D16", checks((7, "missed"), (5, "canceled"), (3, "missed")), WATCH),
    ("D16", checks((7, "missed"), (3, "done")), None),
    ("D16", checks((7, "missed"), (0, "open")), INFO),
    ("D17", evidence(), NO_DATA),
    ("D17", supplied(pdmp=ProgramFacts()), None),
    ("D17", program(), None),
    ("D17", program(1), WATCH),
    ("D17", program(1, explained=True), None),
    ("D17", program(2), REVIEW),
    ("D17", program(2, explained=True), REVIEW),
    ("D17", program(0, 2), None),
    ("D17", program(0, 3), HOLD),
    ("D17", program(ketamine=True), HOLD),
    ("D17", found("pdmp_other_prescribers", 2), None),
    ("D17", found("pdmp_other_prescribers", 2, prescribers=1), WATCH),
    ("D17", found("pdmp_other_prescribers", 2, prescribers=1, explained=True), None),
    ("D17", found("pdmp_other_prescribers", 2, ketamine=True), HOLD),
    ("D17", found("pdmp_other_prescribers", 2, pharmacies=3), HOLD),
    ("D18", evidence(), NO_DATA),
    ("D18", supplied(pdmp=ProgramFacts()), None),
    ("D18", supplied(pdmp=ProgramFacts(due_on=day(0))), None),
    ("D18", supplied(pdmp=ProgramFacts(due_on=day(1))), HOLD),
    ("D18", supplied(pdmp=ProgramFacts(due_on=day(300))), HOLD),
    ("D19", evidence(), NO_DATA),
    ("D19", found("concern_by_other", 2), REVIEW),
    ("D20", evidence(), NO_DATA),
    ("D20", found("test_unexpected", 2), REVIEW),
]


@pytest.mark.parametrize(("rule", "seen", "expected"), CASES)
def test_each_edge_has_its_level(rule: str, seen: Evidence, expected: object):
    assert level(rule, seen) == expected


def test_check_ins_without_an_answer_are_told_since_when():
    assert told(signal("D16", checks((5, "missed"), (3, "open")))) == (
        "2 required check-ins in a row without an answer since Nov 18.",
        [("Required check-in", "no answer", day(5)), ("Required check-in", "no answer", day(3))],
        {"overdue_days": 1, "watch_count": 2, "hold_count": 3, "hold_days": 14},
    )
    assert signal("D16", checks((20, "missed"))).sentence == (
        "A required check-in without an answer since Nov 3, 20 days long."
    )


def test_a_long_silence_is_another_fact_than_a_short_one():
    seen = checks((14, "missed"))
    assert signal("D16", seen).facts_key != signal("D16", seen, hold_days=13).facts_key


def test_a_silence_that_ended_late_was_as_long_as_it_was():
    late = CheckInFact(due_on=day(5), state="done", is_required=True, done_on=day(1))
    seen = evidence(check_ins=(*asked((20, "missed")), late))
    raised = [each for each in looked("D16", seen).signals if each.rule_id == "D16"]
    assert [(each.level, each.is_current, each.on) for each in raised] == [(HOLD, False, day(20))]
    assert "19 days long" in raised[0].sentence


def test_the_monitoring_program_is_told_with_what_it_showed():
    assert told(signal("D17", program(2, 1, ketamine=True))) == (
        (
            "On Nov 21 the monitoring program showed 2 other prescribers, 1 pharmacy and another prescription of "
            "ketamine or esketamine besides ours, not explained yet."
        ),
        [
            ("Other prescribers", "2", day(2)),
            ("Pharmacies", "1", day(2)),
            ("Other ketamine", "yes", day(2)),
            ("Explained", "no", day(2)),
        ],
        {"watch_prescribers": 1, "review_prescribers": 2, "hold_pharmacies": 3},
    )
    assert told(signal("D17", program(2, 3, explained=True)))[:2] == (
        "On Nov 21 the monitoring program showed 2 other prescribers and 3 pharmacies besides ours, explained.",
        [
            ("Other prescribers", "2", day(2)),
            ("Pharmacies", "3", day(2)),
            ("Other ketamine", "no", day(2)),
            ("Explained", "yes", day(2)),
        ],
    )


def test_a_look_that_is_due_says_that_it_is_the_clinics_duty():
    assert told(signal("D18", supplied(pdmp=ProgramFacts(due_on=day(1))))) == (
        (
            "The clinic's look into the monitoring program was due on Nov 22 and is not done; "
            "this says nothing about the patient."
        ),
        [("Look into the monitoring program due", "not done", day(1))],
        {"grace_days": 0},
    )


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("support_person", "the support person"),
        ("sitter", "the sitter"),
        ("family", "the family"),
        ("therapist", "a therapist"),
        ("clinician", "another clinician"),
        ("other", "somebody close"),
    ],
)
def test_a_concern_is_told_with_whose_it_is(who: str, words: str):
    assert told(signal("D19", found("concern_by_other", 2, who=who))) == (
        f"On Nov 21 {words} told us of a concern.",
        [("Concern of", words, day(2))],
        {},
    )


@pytest.mark.parametrize(
    ("test", "value", "words"),
    [
        ("urine", "urine", "urine test"),
        ("oral_fluid", "oral-fluid", "oral-fluid test"),
        ("blood", "blood", "blood test"),
        ("other", "not named", "test"),
    ],
)
def test_an_unexpected_test_reminds_that_it_needs_confirmation(test: str, value: str, words: str):
    assert told(signal("D20", found("test_unexpected", 2, test=test))) == (
        f"The {words} of Nov 21 did not show what was expected; a screening test needs confirmation.",
        [("Test", value, day(2))],
        {},
    )
