"""When the physician has to see the patient, and the checks after the course: each limit on its day and the next."""

from dataclasses import replace

import pytest

from clinic.treatment.rules.drift import DriftStatus, drift_of, findings
from clinic.treatment.rules.phases import Phase
from tests.domains.treatment.drift_makers import at, day, facts
from tests.domains.treatment.planning_makers import PROTOCOL

S = DriftStatus


def review_of(known):
    return next((found for found in findings(known) if found.status is S.REVIEW_DUE), None)


@pytest.mark.parametrize(
    ("today", "reviews", "is_due"),
    [
        # Seen on Aug 1, so again by Oct 30; asked for from Oct 16.
        ("10-15", (), False),
        ("10-16", (), True),
        ("10-30", (), True),
        ("10-16", ("10-30",), False),
        ("10-01", ("10-31",), True),
        ("10-16", ("10-20", "10-31"), False),
    ],
)
def test_the_physician_sees_the_patient_every_ninety_days(today, reviews, is_due):
    known = facts(
        today=today,
        taken=(at("09-20"),),
        planned=(at("11-02"),),
        reviews_done=(at("08-01"),),
        reviews_booked=tuple(at(each) for each in reviews),
    )
    found = review_of(known)
    assert (found is not None) == is_due
    if found is not None:
        assert (found.window_until, found.due_on) == (day("10-30"), day("10-30"))


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        ({"today": "10-20"}, "The physician visit is due by Oct 30; nothing is booked."),
        ({"today": "10-30"}, "The physician visit is due by Oct 30; nothing is booked."),
        ({"today": "10-31"}, "The physician visit was due by Oct 30; nothing is booked."),
        (
            {"today": "10-20", "reviews_booked": (at("11-04"), at("11-24"))},
            "The physician visit is due by Oct 30; it is booked on Nov 4.",
        ),
    ],
)
def test_the_sentence_of_a_physician_visit_names_its_last_day(known, sentence):
    due = facts(taken=(at("09-20"),), planned=(at("11-02"),), reviews_done=(at("08-01"),), **known)
    assert review_of(due).sentence == sentence
    assert review_of(due).booked_on == (day("11-04") if "booked on" in sentence else None)


def test_without_any_visit_to_the_physician_the_days_count_from_the_beginning_of_the_plan():
    known = facts(today="11-02", started_at=at("08-18"), taken=(at("10-20"),), reviews_done=())
    assert review_of(known).due_on == day("11-16")


def test_six_visits_of_the_course_call_for_the_physician_whichever_comes_first():
    days = ("08-05", "08-12", "08-19", "08-26", "09-02", "09-09")
    five = facts(today="09-10", taken=tuple(at(each) for each in days[:5]), reviews_done=(at("08-01"),))
    assert review_of(five) is None
    six = replace(five, taken=tuple(at(each) for each in days))
    assert review_of(six).due_on == day("09-09")
    booked = replace(five, planned=(at("09-20"), at("10-20")))
    assert review_of(booked).due_on == day("09-20")
    seen_between = replace(six, reviews_done=(at("08-01"), at("08-06")))
    assert review_of(seen_between) is None
    assert review_of(replace(seen_between, now=at("10-21"))).due_on == day("11-04")
    seen_before_the_first = replace(six, reviews_done=(at("08-05", 9),))
    assert review_of(seen_before_the_first).due_on == day("09-09")


@pytest.mark.parametrize(
    ("today", "done", "booked", "is_due"),
    [
        # First visit on Nov 16: the physician looks on Nov 17 or 18.
        ("11-16", (), (), True),
        ("11-16", (), ("11-17",), False),
        ("11-16", (), ("11-18",), False),
        ("11-16", (), ("11-19",), True),
        ("11-16", (), ("11-16",), True),
        ("11-17", ("11-17",), (), False),
        ("11-17", ("11-16",), (), True),
        ("11-20", ("11-19",), (), False),
        # Soon is good enough once it is late; what is booked far later is the visit after the last one.
        ("11-20", (), ("11-27",), True),
        ("11-20", (), ("11-28",), True),
    ],
)
def test_the_physician_looks_after_the_first_visit_of_an_induction(today, done, booked, is_due):
    known = facts(
        Phase.INDUCTION,
        today=today,
        phase_since=at("11-14"),
        taken=(at("11-16"),),
        first_in_phase_at=at("11-16"),
        in_phase=1,
        reviews_done=(at("11-10"), *(at(each, 16) for each in done)),
        reviews_booked=tuple(at(each, 16) for each in booked),
    )
    found = review_of(known)
    assert (found is not None) == is_due
    if found is not None:
        assert (found.window_from, found.window_until) == (day("11-17"), day("11-18"))


@pytest.mark.parametrize("phase", [Phase.INDUCTION, Phase.MAINTENANCE, Phase.TAPER])
@pytest.mark.parametrize(
    ("done", "booked", "is_due"),
    [
        ("11-10", None, True),
        ("11-20", None, False),
        ("11-10", "11-27", False),
        ("11-10", "11-28", True),
    ],
)
def test_the_physician_looks_within_a_week_of_the_last_visit_of_an_induction(phase, done, booked, is_due):
    known = facts(
        phase,
        today="11-22",
        phase_since=at("10-25"),
        taken=(at("11-20"),),
        first_in_phase_at=at("10-27"),
        in_phase=6 if phase is Phase.INDUCTION else 0,
        induction_ended_at=at("11-20"),
        reviews_done=(at(done, 16),),
        reviews_booked=(at(booked),) if booked else (),
    )
    found = review_of(known)
    assert (found is not None) == is_due
    if found is not None:
        assert found.window_until == day("11-27")


@pytest.mark.parametrize("phase", [Phase.EVALUATION, Phase.AFTERCARE, Phase.ENDED])
def test_beside_the_course_no_routine_visit_is_asked_for(phase):
    assert review_of(facts(phase, today="2027-05-01", taken=(at("08-01"),), reviews_done=(at("08-01"),))) is None


def test_how_early_a_physician_visit_is_asked_for_is_the_clinics_choice():
    known = facts(today="10-16", taken=(at("09-20"),), planned=(at("11-02"),), reviews_done=(at("08-01"),))
    assert review_of(replace(known, review_lead_days=13)) is None
    assert review_of(replace(known, review_lead_days=14)) is not None


AFTER = {"taken": (at("08-03"),), "reviews_done": (at("07-20"),)}
"""The checks are from Aug 17, Aug 31 and Oct 26, each within seven days."""


@pytest.mark.parametrize(
    ("today", "known", "status", "window_from"),
    [
        ("08-03", {}, S.AFTERCARE_DUE, "08-17"),
        ("08-30", {}, S.AFTERCARE_DUE, "08-17"),
        ("08-31", {}, S.AFTERCARE_DUE, "08-31"),
        ("08-20", {"reviews_done": (at("08-17"),)}, S.AFTERCARE_DUE, "08-31"),
        ("08-16", {"reviews_done": (at("08-16"),)}, S.AFTERCARE_DUE, "08-17"),
        ("08-05", {"reviews_booked": (at("08-17"),)}, S.BOOKED, "08-17"),
        ("08-05", {"reviews_booked": (at("08-24"),)}, S.BOOKED, "08-17"),
        ("08-05", {"reviews_booked": (at("08-25"),)}, S.AFTERCARE_DUE, "08-17"),
        ("08-05", {"reviews_booked": (at("08-31"),)}, S.AFTERCARE_DUE, "08-17"),
        ("09-02", {"reviews_done": (at("08-17"), at("09-01"))}, S.LATER, "10-26"),
        ("10-11", {"reviews_done": (at("09-01"),)}, S.LATER, "10-26"),
        ("10-12", {"reviews_done": (at("09-01"),)}, S.AFTERCARE_DUE, "10-26"),
        ("10-12", {"reviews_booked": (at("10-28"),)}, S.AFTERCARE_DUE, "08-31"),
        ("10-12", {"reviews_done": (at("09-01"),), "reviews_booked": (at("10-28"),)}, S.ENDING, "10-26"),
        ("2027-01-12", {}, S.AFTERCARE_DUE, "10-26"),
        ("11-12", {"reviews_done": (at("11-10"),)}, S.ENDING, None),
    ],
)
def test_the_checks_after_the_course_are_asked_for_one_after_the_other(today, known, status, window_from):
    found = drift_of(facts(Phase.AFTERCARE, today=today, **(AFTER | known)))
    assert (found.status, found.window_from) == (status, day(window_from) if window_from else None)


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        ({"today": "08-05"}, "Check 1 of 3 between Aug 17 and Aug 24; nothing is booked."),
        (
            {"today": "08-05", "reviews_booked": (at("08-25"), at("08-28"))},
            "Check 1 of 3 between Aug 17 and Aug 24; it is booked on Aug 25, after that.",
        ),
        (
            {"today": "08-05", "reviews_booked": (at("08-20"), at("08-28"))},
            "Check 1 of 3 between Aug 17 and Aug 24; it is booked on Aug 20.",
        ),
        # From the day of the second check on, a visit is that one.
        (
            {"today": "08-05", "reviews_booked": (at("08-31"),)},
            "Check 1 of 3 between Aug 17 and Aug 24; nothing is booked.",
        ),
        (
            {"today": "11-12", "reviews_done": (at("11-10"),)},
            "All checks have taken place. The physician can end the plan.",
        ),
    ],
)
def test_the_sentence_of_a_check_says_which_one_it_is(known, sentence):
    assert drift_of(facts(Phase.AFTERCARE, **(AFTER | known))).sentence == sentence


def test_a_check_tells_on_which_day_it_is_booked():
    for days, first in ((("08-20", "08-28"), "08-20"), (("08-25", "08-28"), "08-25")):
        known = facts(Phase.AFTERCARE, today="08-05", **(AFTER | {"reviews_booked": tuple(map(at, days))}))
        assert drift_of(known).booked_on == day(first)


def test_checks_of_a_plan_without_any_visit_count_from_the_day_of_its_phase():
    found = drift_of(facts(Phase.AFTERCARE, today="06-02", phase_since=at("06-01")))
    assert found.window_from == day("06-15")


def test_a_window_of_one_day_is_named_by_it():
    protocol = replace(PROTOCOL, aftercare=replace(PROTOCOL.aftercare, leeway_days=0))
    found = drift_of(facts(Phase.AFTERCARE, today="08-05", protocol=protocol, **AFTER))
    assert found.sentence == "Check 1 of 3 on Aug 17; nothing is booked."
