"""Signs of harm at every edge: impaired, urinary, substances, memory, benefit, thoughts of death, rising scores."""

import pytest

from clinic.monitoring.rules.evidence import Evidence, RefillRequest, Supplied
from clinic.monitoring.rules.levels import Level
from tests.domains.monitoring.signal_makers import (
    NO_DATA,
    Given,
    answered,
    day,
    evidence,
    found,
    given,
    level,
    looked,
    same,
    scored,
    signal,
    told,
)

INFO, WATCH, REVIEW, HOLD, URGENT = Level


def bladder(total: list[Given] | None = None, **items: list[Given]) -> Evidence:
    answers = {("lurn_si10", item): given(*pairs) for item, pairs in items.items()}
    answers.setdefault(("lurn_si10", "q1"), given(*((days, 0) for days, _ in total or ())))
    return evidence(answers=answers, scores={("lurn_si10", "total"): given(*(total or ()))})


def alcohol(*pairs: Given, **amounts: float) -> Evidence:
    answers = {("audit_c", item): given((pairs[-1][0], value)) for item, value in amounts.items()}
    return evidence(scores={("audit_c", "total"): given(*pairs)}, answers=answers)


def new(item: str, *pairs: Given) -> Evidence:
    return answered("substances", {item: list(pairs)})


def benefit(*phq9: Given, pain: tuple[Given, ...] = (), phase: str | None = "maintenance", ago: int = 1) -> Evidence:
    request = RefillRequest(id=same(ago), on=day(ago), allowed_on=day(ago))
    return evidence(
        scores={("phq9", "total"): given(*phq9), ("peg", "mean"): given(*pain)},
        phase=phase,
        supplied=Supplied(refill_requests=(request,)),
    )


def phq9(*pairs: Given) -> Evidence:
    return scored("phq9", "total", *pairs)


CASES = [
    ("D21", evidence(), NO_DATA),
    ("D21", found("impaired_at_visit", 2), HOLD),
    ("D22", evidence(), NO_DATA),
    ("D22", answered("bladder_extra", {"blood": [(2, 0)]}), None),
    ("D22", answered("bladder_extra", {"blood": [(2, 1)]}), HOLD),
    ("D22", answered("bladder_extra", {"blood": [(40, 1), (2, 0)]}), None),
    *(("D22", bladder(**{item: [(2, 1)]}), None) for item in ("q1", "q5")),
    *(("D22", bladder(**{item: [(2, 2)]}), REVIEW) for item in ("q1", "q5")),
    *(("D22", bladder(**{item: [(2, 3)]}), None) for item in ("q9", "q10")),
    *(("D22", bladder(**{item: [(60, 1), (2, 2)]}), REVIEW) for item in ("q9", "q10")),
    *(("D22", bladder(**{item: [(60, 2), (2, 2)]}), None) for item in ("q9", "q10")),
    *(("D22", bladder(**{item: [(60, 0), (2, 1)]}), None) for item in ("q9", "q10")),
    ("D22", bladder([(60, 3), (2, 7)]), None),
    ("D22", bladder([(60, 3), (2, 8)]), REVIEW),
    ("D22", bladder(q1=[(30, 2), (2, 2)]), HOLD),
    ("D22", bladder(q1=[(60, 2), (30, 1), (2, 2)]), REVIEW),
    ("D22", bladder(q1=[(60, 2), (30, 2), (2, 1)]), None),
    ("D23", evidence(), NO_DATA),
    ("D23", alcohol((2, 2)), None),
    ("D23", alcohol((2, 3)), REVIEW),
    ("D23", alcohol((400, 0), (2, 1)), None),
    ("D23", alcohol((400, 0), (2, 2)), REVIEW),
    ("D23", alcohol((800, 0), (400, 1), (2, 2)), None),
    ("D23", scored("drug_use", "times", (2, 0)), None),
    ("D23", scored("drug_use", "times", (2, 1)), REVIEW),
    ("D23", answered("drug_use", {"times": [(2, 1)]}), REVIEW),
    ("D23", new("cannabis", (2, 1)), NO_DATA),
    *(("D23", new(item, (2, 0)), None) for item in ("benzodiazepines", "opioids", "kratom")),
    *(("D23", new(item, (40, 0), (2, 1)), REVIEW) for item in ("benzodiazepines", "opioids", "kratom")),
    ("D24", evidence(), NO_DATA),
    ("D24", answered("side_effects_between", {"memory": [(2, 1)]}), None),
    ("D24", answered("side_effects_between", {"memory": [(2, 2)]}), WATCH),
    ("D24", answered("side_effects_between", {"memory": [(32, 2), (2, 2)]}), REVIEW),
    ("D24", answered("side_effects_between", {"memory": [(62, 2), (32, 1), (2, 3)]}), WATCH),
    ("D24", found("cognitive_complaint", 2), None),
    ("D24", found("cognitive_complaint", 2, severity="1"), None),
    ("D24", found("cognitive_complaint", 2, severity="2"), WATCH),
    ("D25", phq9((60, 20), (2, 20)), NO_DATA),
    ("D25", benefit(), NO_DATA),
    ("D25", benefit((60, 20), (2, 16)), None),
    ("D25", benefit((60, 20), (2, 17)), REVIEW),
    ("D25", benefit((60, 20), (2, 22)), REVIEW),
    ("D25", benefit((60, 20), (2, 17), phase="taper"), REVIEW),
    ("D25", benefit((60, 20), (2, 17), phase="aftercare"), REVIEW),
    ("D25", benefit((60, 20), (2, 17), phase="induction"), None),
    ("D25", benefit((60, 20), (2, 17), phase=None), None),
    ("D25", benefit((60, 20)), None),
    ("D25", benefit((60, 20), (2, 17), ago=3), None),
    ("D25", benefit((60, 20), (2, 17), ago=2), REVIEW),
    ("D25", benefit((3, 20), (2, 17), ago=5), None),
    ("D25", benefit((60, 0), (2, 0)), None),
    ("D25", benefit((60, 20), (2, 10), pain=((60, 6), (2, 6))), None),
    ("D25", benefit((60, 9), (2, 2), pain=((60, 6), (2, 6))), REVIEW),
    ("D25", benefit((60, 10), (2, 2), pain=((60, 6), (2, 6))), None),
    ("D25", benefit(pain=((60, 6), (2, 5))), REVIEW),
    ("D26", evidence(), NO_DATA),
    ("D26", found("asks_to_stop", 2), INFO),
    ("D27", evidence(), NO_DATA),
    *(
        ("D27", answered(instrument, {item: [(2, value)]}), expected)
        for instrument, item in (("phq9", "q9"), ("pre_session", "thoughts"))
        for value, expected in ((0, None), (1, HOLD), (2, URGENT), (3, URGENT))
    ),
    *(
        ("D27", scored("c_ssrs", "risk", (2, value)), expected)
        for value, expected in ((0, None), (1, None), (2, HOLD), (3, URGENT))
    ),
    ("D27", answered("phq9", {"q9": [(20, 3), (2, 0)]}), None),
    *(
        ("D27", answered("c_ssrs", {item: [(2, 1)] for item in yes.split()}), expected)
        for yes, expected in (
            ("q1 q2", NO_DATA),
            ("q2 q3", HOLD),
            ("q3", NO_DATA),
            ("q6", HOLD),
            ("q6_recent", NO_DATA),
            ("q6 q6_recent", URGENT),
            ("q2 q4", URGENT),
            ("q2 q5", URGENT),
            ("q5", NO_DATA),
        )
    ),
    ("D27", answered("c_ssrs", {"q2": [(2, 1)], "q3": [(2, 0)], "q4": [(2, 0)]}), NO_DATA),
    ("D27", answered("c_ssrs", {"q6": [(2, 1)]}, scores={("c_ssrs", "risk"): given((5, 3))}), HOLD),
    ("D27", answered("c_ssrs", {"q6": [(2, 1)]}, scores={("c_ssrs", "risk"): given((2, 3))}), URGENT),
    ("D27", answered("c_ssrs", {"q2": [(2, 1)]}, scores={("c_ssrs", "risk"): given((5, 3))}), URGENT),
    ("S04", evidence(), NO_DATA),
    ("S04", phq9((60, 10), (2, 14)), None),
    ("S04", phq9((60, 10), (2, 15)), REVIEW),
    ("S04", phq9((60, 14), (30, 8), (2, 12)), None),
    ("S04", phq9((60, 14), (30, 8), (2, 13)), REVIEW),
    ("S04", phq9((60, 8), (30, 11), (2, 13)), REVIEW),
    ("S04", phq9((2, 27)), None),
]


@pytest.mark.parametrize(("rule", "seen", "expected"), CASES)
def test_each_edge_has_its_level(rule: str, seen: Evidence, expected: object):
    assert level(rule, seen) == expected


def test_an_impaired_visit_and_a_wish_to_stop_are_told_plainly():
    assert told(signal("D21", found("impaired_at_visit", 2))) == (
        "A physician saw signs of intoxication or impairment on Nov 21.",
        [("Seen intoxicated or impaired", "yes", day(2))],
        {},
    )
    assert told(signal("D26", found("asks_to_stop", 2))) == (
        "Asked on Nov 21 to stop or to taper; a taper plan can begin.",
        [("Asked to stop or to taper", "yes", day(2))],
        {},
    )


def test_blood_in_the_urine_is_told_by_itself():
    assert told(signal("D22", answered("bladder_extra", {"blood": [(2, 1)]}))) == (
        "Blood in the urine reported on Nov 21.",
        [("Blood in the urine", "yes", day(2))],
        {},
    )


def test_urinary_signs_are_told_against_the_first_answers():
    seen = bladder(
        [(60, 3), (2, 9)], q1=[(60, 0), (2, 2)], q5=[(60, 0), (2, 3)], q9=[(60, 1), (2, 2)], q10=[(60, 0), (2, 3)]
    )
    assert told(signal("D22", seen)) == (
        (
            "Bladder questions of Nov 21: urgency 2 of 4, pain as the bladder fills 3 of 4, visits by day 2 of 3 "
            "after 1 on Sep 24, visits at night 3 of 3 after 0 on Sep 24 and total 9 of 38 after 3 on Sep 24."
        ),
        [
            ("Urgency, of 4", "2", day(2)),
            ("Pain as the bladder fills, of 4", "3", day(2)),
            ("Visits by day, of 3", "2", day(2)),
            ("Visits at night, of 3", "3", day(2)),
            ("Total, of 38", "9", day(2)),
        ],
        {"item_at": 2, "visits_at": 2, "visits_rise": 1, "total_rise": 5, "hold_in_row": 2},
    )


def test_urinary_signs_in_a_row_are_told_together():
    seen = bladder(q1=[(90, 2), (60, 1), (30, 2), (2, 3)])
    assert told(signal("D22", seen))[:2] == (
        "Bladder questions of Nov 21: urgency 3 of 4, the 2nd check in a row.",
        [("Urgency, of 4", "2", day(30)), ("Urgency, of 4", "3", day(2))],
    )
    third = signal("D22", bladder(q1=[(50, 2), (20, 2), (2, 2)]), hold_in_row=4)
    assert third.level is REVIEW
    assert third.sentence == "Bladder questions of Nov 21: urgency 2 of 4, the 3rd check in a row."
    assert [each.on for each in third.inputs] == [day(2)]


def test_alcohol_is_told_with_what_the_points_come_from():
    assert told(signal("D23", alcohol((300, 1), (2, 3), q2=0, q3=0))) == (
        "AUDIT-C 3 of 12 on Nov 21, 1 on Jan 27 (all points from how often, none from how much).",
        [("AUDIT-C before, of 12", "1", day(300)), ("AUDIT-C, of 12", "3", day(2))],
        {"audit_at": 3, "audit_rise": 2},
    )
    assert told(signal("D23", alcohol((2, 4), q2=1, q3=0))) == (
        "AUDIT-C 4 of 12 on Nov 21.",
        [("AUDIT-C, of 12", "4", day(2))],
        {"audit_at": 3, "audit_rise": 2},
    )
    assert signal("D23", alcohol((2, 4), q2=0)).sentence == "AUDIT-C 4 of 12 on Nov 21."


def test_substances_are_told_as_reported():
    assert told(signal("D23", scored("drug_use", "times", (2, 2)))) == (
        (
            "Reported on Nov 21 use of an illegal drug, or of a medicine for other than medical reasons, 2 times "
            "in the past year."
        ),
        [("Times in the past year", "2", day(2))],
        {"drug_times": 1},
    )
    words = {"benzodiazepines": "a benzodiazepine", "opioids": "an opioid", "kratom": "kratom"}
    for item, name in words.items():
        assert told(signal("D23", new(item, (40, 0), (2, 1)))) == (
            f"Use of {name} is reported since Nov 21, and was not before.",
            [(f"Newly reported: {name}", "yes", day(2))],
            {},
        )


def test_use_that_goes_on_is_news_once():
    seen = new("kratom", (25, 0), (20, 1), (2, 1))
    assert [(each.on, each.is_current) for each in looked("D23", seen).signals] == [(day(20), True)]


def test_memory_trouble_is_told_with_how_often():
    assert told(signal("D24", answered("side_effects_between", {"memory": [(32, 2), (2, 3)]}))) == (
        "Memory or attention trouble 3 of 3 reported on Nov 21, on 2 checks in a row.",
        [("Memory or attention trouble, of 3", "2", day(32)), ("Memory or attention trouble, of 3", "3", day(2))],
        {"severity_at": 2, "review_in_row": 2},
    )
    assert told(signal("D24", answered("side_effects_between", {"memory": [(2, 2)]})))[:2] == (
        "Memory or attention trouble 2 of 3 reported on Nov 21.",
        [("Memory or attention trouble, of 3", "2", day(2))],
    )
    for severity, words in (("1", "mild"), ("2", "moderate"), ("3", "severe")):
        assert told(signal("D24", found("cognitive_complaint", 2, severity=severity), severity_at=1)) == (
            f"A physician recorded {words} memory or attention trouble on Nov 21.",
            [("Memory or attention trouble", words, day(2))],
            {"severity_at": 1},
        )


def test_little_benefit_asks_whether_going_on_is_justified():
    assert told(signal("D25", benefit((90, 20), (5, 17)))) == (
        (
            "PHQ-9 17 on Nov 18, 15 % better than 20 at the start, and a refill was asked for on Nov 22: "
            "is going on justified?"
        ),
        [("PHQ-9 at the start", "20", day(90)), ("PHQ-9", "17", day(5)), ("Refill asked for", "yes", day(1))],
        {"least_benefit": 20},
    )
    assert signal("D25", benefit(pain=((90, 6.3), (5, 6.3)))).sentence == (
        "PEG 6.3 on Nov 18, no better than 6.3 at the start, and a refill was asked for on Nov 22: "
        "is going on justified?"
    )


def test_thoughts_of_death_are_told_with_where_they_were_given():
    assert told(signal("D27", answered("phq9", {"q9": [(2, 1)]}))) == (
        "Thoughts of death or self-harm: 1 of 3 in PHQ-9 item 9 on Nov 21.",
        [("PHQ-9 item 9, of 3", "1", day(2))],
        {"hold_at": 1, "urgent_at": 2},
    )
    assert told(signal("D27", answered("pre_session", {"thoughts": [(2, 2)]})))[:2] == (
        "Thoughts of death or self-harm: 2 of 3 in the question before the session on Nov 21.",
        [("The question before the session, of 3", "2", day(2))],
    )
    for value, words in ((2, "moderate"), (3, "high")):
        assert told(signal("D27", scored("c_ssrs", "risk", (2, value)))) == (
            f"C-SSRS screener of Nov 21: {words} risk.",
            [("C-SSRS screener", f"{words} risk", day(2))],
            {},
        )


def test_a_rising_score_is_told_against_the_lower_of_first_and_before():
    assert told(signal("S04", phq9((60, 14), (30, 8), (2, 13)))) == (
        "PHQ-9 13 of 27 on Nov 21, 5 more than the time before (Oct 24).",
        [("PHQ-9 the time before, of 27", "8", day(30)), ("PHQ-9, of 27", "13", day(2))],
        {"rise": 5},
    )
    assert told(signal("S04", phq9((60, 8), (30, 11), (2, 13))))[:2] == (
        "PHQ-9 13 of 27 on Nov 21, 5 more than at the start (Sep 24).",
        [("PHQ-9 at the start, of 27", "8", day(60)), ("PHQ-9, of 27", "13", day(2))],
    )


def test_alcohol_or_drugs_that_grow_are_news():
    audits = looked("D23", alcohol((25, 3), (2, 4))).signals
    assert [(each.on, each.is_current) for each in audits] == [(day(2), True), (day(25), False)]
    times = looked("D23", scored("drug_use", "times", (25, 1), (2, 3))).signals
    assert [(each.on, each.is_current) for each in times] == [(day(2), True), (day(25), False)]
