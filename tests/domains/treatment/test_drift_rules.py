"""Where the next date belongs, and what is said of it: each limit on its day and on the day after."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.treatment.rules.drift import (
    CALM,
    NEEDS_ATTENTION,
    RANK,
    STATUS_WORDS,
    DriftStatus,
    Finding,
    drift_of,
    findings,
    next_step,
    next_window,
    worst_first,
)
from clinic.treatment.rules.phases import Phase
from tests.domains.treatment.drift_makers import at, day, facts
from tests.domains.treatment.planning_makers import PROTOCOL

S = DriftStatus


@pytest.mark.parametrize(
    ("phase", "known", "opens", "closes"),
    [
        (Phase.MAINTENANCE, {"taken": (at("11-01"),)}, "11-29", "12-31"),
        (Phase.MAINTENANCE, {"taken": (at("09-01"), at("11-01"))}, "11-29", "12-31"),
        (Phase.MAINTENANCE, {"prior_session_on": day("11-01")}, "11-29", "12-31"),
        (Phase.MAINTENANCE, {"prior_session_on": day("10-01"), "taken": (at("11-01"),)}, "11-29", "12-31"),
        (Phase.MAINTENANCE, {"phase_since": at("11-01")}, "11-01", "12-31"),
        # Three days after the last one, and ten at most.
        (Phase.INDUCTION, {"taken": (at("11-10"),), "first_in_phase_at": at("11-10"), "in_phase": 1}, "11-13", "11-20"),
        # Two in seven days are enough: the third waits until a week after the first.
        (
            Phase.INDUCTION,
            {"taken": (at("11-10"), at("11-13")), "first_in_phase_at": at("11-10"), "in_phase": 2},
            "11-17",
            "11-23",
        ),
        # Twenty-eight days from the first one come before ten days from the last one.
        (
            Phase.INDUCTION,
            {"taken": (at("11-01"), at("11-22")), "first_in_phase_at": at("11-01"), "in_phase": 5},
            "11-25",
            "11-29",
        ),
        (Phase.INDUCTION, {"phase_since": at("11-20")}, "11-20", "11-30"),
        (Phase.INDUCTION, {"phase_since": at("11-20"), "taken": (at("11-19"),)}, "11-22", "11-30"),
        (Phase.INDUCTION, {"phase_since": at("11-20"), "taken": (at("11-01"),)}, "11-20", "11-30"),
        (Phase.INDUCTION, {"phase_since": at("11-20"), "prior_session_on": day("11-19")}, "11-22", "11-30"),
        # A complete induction that nobody moved on goes by the gaps of what usually follows.
        (Phase.INDUCTION, {"taken": (at("11-01"),), "first_in_phase_at": at("10-10"), "in_phase": 6}, "11-29", "12-31"),
        (Phase.TAPER, {"taken": (at("11-01"),), "in_phase": 0}, "12-01", "12-08"),
        (Phase.TAPER, {"taken": (at("11-01"),), "in_phase": 1}, "12-16", "12-23"),
        (Phase.TAPER, {"taken": (at("11-01"),), "in_phase": 3}, "2027-01-30", "2027-02-06"),
        (Phase.TAPER, {"phase_since": at("11-01")}, "12-01", "12-08"),
    ],
)
def test_the_next_date_is_counted_from_the_last_actual_one(phase, known, opens, closes):
    window = next_window(facts(phase, **known))
    assert (window.opens, window.closes) == (day(opens), day(closes))


def test_after_the_last_gap_of_the_taper_and_beside_the_course_there_is_no_next_date():
    assert next_window(facts(Phase.TAPER, taken=(at("11-01"),), in_phase=4)) is None
    assert next_window(facts(Phase.EVALUATION)) is None
    assert next_window(facts(Phase.AFTERCARE, taken=(at("11-01"),))) is None


@pytest.mark.parametrize(
    ("today", "booked", "status"),
    [
        # Last visit on Nov 1: the window is Nov 29 to Dec 31, and somebody is asked from 14 days before.
        ("11-14", None, S.LATER),
        ("11-15", None, S.UPCOMING_UNBOOKED),
        ("11-28", None, S.UPCOMING_UNBOOKED),
        ("11-29", None, S.IN_WINDOW),
        ("12-31", None, S.IN_WINDOW),
        ("2027-01-01", None, S.OVERDUE),
        ("11-14", "11-29", S.BOOKED),
        ("11-14", "12-31", S.BOOKED),
        ("11-14", "2027-01-01", S.OVERDUE),
        ("12-20", "12-24", S.BOOKED),
    ],
)
def test_a_touch_up_is_later_upcoming_in_its_window_overdue_or_booked(today, booked, status):
    planned = (at(booked),) if booked else ()
    assert drift_of(facts(today=today, taken=(at("11-01"),), planned=planned)).status is status


def test_the_lead_time_is_the_clinics_choice():
    late = facts(today="11-15", taken=(at("11-01"),))
    assert drift_of(replace(late, lead_days=13)).status is S.LATER
    assert drift_of(replace(late, lead_days=14)).status is S.UPCOMING_UNBOOKED


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        ({"today": "12-20"}, "Next visit between Nov 29 and Dec 31; nothing is booked."),
        ({"today": "2027-01-10"}, "The next visit was due by Dec 31; nothing is booked."),
        (
            {"today": "12-20", "planned": (at("2027-01-10"),)},
            "Next visit between Nov 29 and Dec 31; it is booked on Jan 10, after that.",
        ),
        (
            {"today": "12-20", "planned": (at("12-28"),)},
            "Next visit between Nov 29 and Dec 31; it is booked on Dec 28.",
        ),
    ],
)
def test_the_sentence_names_the_window_and_what_is_booked(known, sentence):
    assert drift_of(facts(taken=(at("11-01"),), **known)).sentence == sentence


def test_a_far_day_is_named_with_its_year():
    found = drift_of(facts(today="11-02", phase=Phase.TAPER, taken=(at("2027-09-01"),), in_phase=0))
    assert found.sentence == "Next visit between Oct 1, 2027 and Oct 8, 2027; nothing is booked."
    half_a_year = drift_of(facts(today="06-04", phase=Phase.TAPER, taken=(at("11-01"),), in_phase=0))
    assert half_a_year.sentence == "Next visit between Dec 1 and Dec 8, 2026; nothing is booked."


@pytest.mark.parametrize(
    ("today", "status"),
    [("12-21", S.BOOKED), ("12-22", S.UPCOMING_UNBOOKED)],
)
def test_the_date_after_those_booked_is_asked_for_in_time(today, status):
    # Booked on Dec 8, so the one after belongs between Jan 5 and Feb 6.
    found = drift_of(facts(today=today, taken=(at("11-01"),), planned=(at("12-01"), at("12-08"))))
    assert found.status is status
    assert found.booked_on == day("12-01")
    if status is S.UPCOMING_UNBOOKED:
        assert found.due_on == day("2027-01-05")
        assert found.sentence == (
            "Booked until Dec 8. The visit after that belongs between Jan 5 and Feb 6; it is not booked."
        )


TWO_TAKEN = {
    "taken": (at("11-16"), at("11-19")),
    "in_phase": 2,
    "first_in_phase_at": at("11-16"),
    "phase_since": at("11-14"),
    "reviews_done": (at("11-17"),),
}


def test_an_induction_that_is_booked_in_part_wants_its_next_date():
    partly = facts(Phase.INDUCTION, planned=(at("11-24"),), **TWO_TAKEN)
    assert drift_of(partly).status is S.UPCOMING_UNBOOKED
    assert drift_of(partly).window_from == day("11-27")
    whole = replace(partly, planned=tuple(at(each) for each in ("11-24", "11-27", "12-01", "12-04")))
    assert drift_of(whole).status is S.BOOKED
    from_the_start = replace(
        whole, taken=(), in_phase=0, first_in_phase_at=None, planned=(at("11-16"), at("11-23"), at("12-01"))
    )
    # Ten days after the last one would be Dec 11, and twenty-eight after the first one Dec 14.
    early = replace(from_the_start, now=at("11-15"), lead_days=60)
    assert drift_of(early).window_until == day("12-11")
    longer = replace(early, planned=(*early.planned, at("12-09")))
    assert drift_of(longer).window_until == day("12-14")
    # What follows a complete induction is the physician's to decide, however early people are asked.
    assert drift_of(replace(whole, lead_days=60)).status is S.BOOKED


@pytest.mark.parametrize(
    ("in_phase", "planned", "status"),
    [
        (2, ("01-05",), S.BOOKED),
        (3, ("02-05",), S.ENDING),
        (2, ("01-05", "04-05"), S.ENDING),
        (4, (), S.ENDING),
        (3, (), S.LATER),
    ],
)
def test_the_taper_ends_with_its_last_gap(in_phase, planned, status):
    known = facts(
        Phase.TAPER,
        today="11-12",
        taken=(at("11-08"),),
        in_phase=in_phase,
        planned=tuple(at(f"2027-{each}") for each in planned),
    )
    assert drift_of(known).status is status


@pytest.mark.parametrize(
    ("today", "known", "status"),
    [
        # More than 90 days after Aug 1 begin on Oct 31.
        ("10-30", {}, S.OVERDUE),
        ("10-31", {}, S.RESTART_NEEDS_VISIT),
        ("10-31", {"reviews_done": (at("10-30"),)}, S.RESTART_NEEDS_VISIT),
        ("11-05", {"reviews_done": (at("10-31"),)}, S.OVERDUE),
        # A date that is booked so far ahead needs the physician first, too.
        ("10-20", {"planned": (at("10-30"),)}, S.OVERDUE),
        ("10-20", {"planned": (at("10-31"),)}, S.RESTART_NEEDS_VISIT),
        ("10-20", {"planned": (at("11-20"),), "reviews_booked": (at("10-30"),)}, S.RESTART_NEEDS_VISIT),
        ("10-20", {"planned": (at("11-20"),), "reviews_booked": (at("10-31"),)}, S.BOOKED),
        ("10-20", {"planned": (at("11-20"),), "reviews_booked": (at("11-20", 8),)}, S.BOOKED),
        ("10-20", {"planned": (at("11-20"),), "reviews_booked": (at("11-21"),)}, S.RESTART_NEEDS_VISIT),
        ("11-20", {"reviews_booked": (at("11-25"),)}, S.BOOKED),
    ],
)
def test_after_too_long_a_pause_the_physician_comes_first(today, known, status):
    known = {"reviews_done": (at("09-20"),)} | known
    assert drift_of(facts(today=today, taken=(at("08-01"),), **known)).status is status


def test_the_sentence_of_a_pause_says_who_comes_first():
    paused = facts(today="11-20", taken=(at("08-01"),), reviews_done=(at("09-20"),))
    assert drift_of(paused).sentence == (
        "More than 90 days between visits. The physician has to see the patient before the next one."
    )
    seen_soon = replace(paused, reviews_booked=(at("11-25"), at("12-20")))
    assert drift_of(seen_soon).booked_on == day("11-25")
    assert drift_of(seen_soon).sentence == (
        "More than 90 days between visits. The physician visit on Nov 25 comes first."
    )


def test_the_long_gaps_of_a_taper_are_no_pause():
    tapering = facts(Phase.TAPER, taken=(at("08-01"),), in_phase=3, today="11-06", reviews_done=(at("10-01"),))
    assert drift_of(tapering).status is S.IN_WINDOW
    assert drift_of(replace(tapering, now=at("11-07"))).status is S.RESTART_NEEDS_VISIT


def test_a_visit_without_an_outcome_is_asked_for_before_dates_are_judged():
    found = drift_of(facts(today="12-20", taken=(at("08-01"),), unsettled_at=at("12-10")))
    assert (found.status, found.due_on) == (S.OUTCOME_MISSING, day("12-10"))
    assert found.sentence == "The visit on Dec 10 has no outcome yet. Enter it, then the next dates can be judged."


def test_a_plan_whose_physician_has_left_or_whose_dates_no_longer_fit_says_so_first():
    known = facts(today="12-20", taken=(at("11-01"),), is_physician_active=False, problems=("Too close.", "Another."))
    assert [found.status for found in findings(known)] == [S.PHYSICIAN_GONE, S.COURSE_BROKEN, S.IN_WINDOW]
    assert findings(known)[1].sentence == "Too close."
    assert drift_of(replace(known, is_physician_active=True)).status is S.COURSE_BROKEN
    assert [found.due_on for found in findings(known)] == [day("12-20"), day("12-20"), day("12-31")]
    booked = replace(known, planned=(at("12-28"), at("2027-02-01")))
    assert findings(booked)[1].due_on == day("12-28")
    assert drift_of(replace(known, is_physician_active=True, problems=())).status is S.IN_WINDOW


@pytest.mark.parametrize(
    ("known", "status", "sentence"),
    [
        ({"reviews_done": ()}, S.EVALUATION_WAITING, "The evaluation is open and no consultation is booked."),
        (
            {"reviews_done": (at("08-23"),)},
            S.EVALUATION_WAITING,
            "The evaluation is open and no consultation is booked.",
        ),
        (
            {"reviews_done": (at("08-24"), at("08-25"))},
            S.EVALUATION_WAITING,
            "Seen on Aug 25. The physician decides what comes next.",
        ),
        (
            {"reviews_done": (at("08-24"),)},
            S.EVALUATION_WAITING,
            "Seen on Aug 24. The physician decides what comes next.",
        ),
        (
            {"reviews_done": (), "reviews_booked": (at("11-30"), at("12-07"))},
            S.BOOKED,
            "The consultation is booked on Nov 30.",
        ),
    ],
)
def test_an_open_evaluation_waits_for_its_consultation_or_for_the_physician(known, status, sentence):
    found = drift_of(facts(Phase.EVALUATION, **known))
    assert (found.status, found.sentence) == (status, sentence)
    assert (found.due_on is not None) == ("no consultation" in sentence)


def test_a_plan_that_has_ended_asks_for_nothing():
    ended = facts(Phase.ENDED, taken=(at("08-01"),), is_physician_active=False, problems=("Too close.",))
    assert [found.status for found in findings(ended)] == [S.ENDING]


def test_the_worst_comes_first_and_among_the_same_what_is_due_first():
    def told(status, due_on=None):
        return Finding(status=status, sentence="", due_on=due_on)

    undated, late, early = told(S.OVERDUE), told(S.OVERDUE, day("12-02")), told(S.OVERDUE, day("12-01"))
    gone = told(S.PHYSICIAN_GONE, day("12-24"))
    assert sorted([undated, late, gone, early], key=worst_first) == [gone, early, late, undated]


def test_every_status_has_its_word_and_its_rank_and_is_calm_or_not():
    assert set(STATUS_WORDS) == set(RANK) == set(S)
    assert set(S) == CALM | NEEDS_ATTENTION
    assert not CALM & NEEDS_ATTENTION
    assert sorted(S, key=RANK.__getitem__) == list(S)


@pytest.mark.parametrize(
    ("known", "words", "is_overdue"),
    [
        ({"is_physician_active": False}, "Choose another physician", True),
        ({"problems": ("Too close.",)}, "Dates no longer fit", True),
        ({"today": "12-20"}, "Book the next dates by Dec 31", False),
        ({"today": "12-31"}, "Book the next dates by Dec 31", False),
        ({"today": "11-20"}, "Book the next dates by Nov 29", False),
        ({"today": "2027-01-01"}, "Next visit was due by Dec 31", True),
        ({"today": "11-05"}, "Next visit from Nov 29", False),
        ({"today": "11-20", "planned": (at("12-01"),)}, "Next visit Tue, Dec 1, 10:00 AM ET", False),
        (
            {"today": "12-20", "planned": (at("2027-01-10"), at("2027-02-20"))},
            "Next visit Sun, Jan 10, 10:00 AM ET, later than planned",
            True,
        ),
        (
            {"today": "11-20", "planned": (at("12-01"),), "reviews_booked": (at("11-24"),)},
            "Next visit Tue, Nov 24, 10:00 AM ET",
            False,
        ),
        ({"today": "2027-02-20", "reviews_done": (at("11-05"),)}, "Physician visit due", True),
        ({"unsettled_at": at("11-20")}, "Enter the outcome of the last visit", True),
        ({"phase": Phase.EVALUATION, "reviews_done": ()}, "Book the consultation", True),
        ({"phase": Phase.EVALUATION, "reviews_done": (at("11-10"),)}, "The physician decides what comes next", False),
        ({"phase": Phase.TAPER, "in_phase": 4, "today": "11-20"}, "The physician decides what comes next", False),
        ({"phase": Phase.ENDED}, "The plan has ended", False),
        ({"phase": Phase.AFTERCARE, "today": "11-14"}, "Book the next check by Nov 22", False),
        ({"today": "11-20", "planned": (at("12-01"),), "reviews_done": (at("08-22"),)}, "Physician visit due", False),
        ({"today": "11-21", "planned": (at("12-01"),), "reviews_done": (at("08-22"),)}, "Physician visit due", True),
    ],
)
def test_the_header_says_the_next_step(known, words, is_overdue):
    found = next_step(facts(**({"taken": (at("11-01"),)} | known)))
    assert (found.words, found.is_overdue) == (words, is_overdue)


def test_the_header_names_the_next_visit_also_where_more_dates_are_to_be_booked():
    partly = facts(Phase.INDUCTION, planned=(at("11-24"),), **TWO_TAKEN)
    words = "Next visit Tue, Nov 24, 10:00 AM ET; book more dates by Nov 27"
    assert (next_step(partly).words, next_step(partly).is_overdue) == (words, False)
    seen_before = replace(partly, reviews_booked=(at("11-23"),))
    assert next_step(seen_before).words == "Next visit Mon, Nov 23, 10:00 AM ET; book more dates by Nov 27"
    assert next_step(replace(partly, planned=())).words == "Book the next dates by Nov 23"


def test_a_check_that_is_booked_too_late_is_not_to_be_booked_again():
    late = facts(Phase.AFTERCARE, today="11-14", taken=(at("11-01"),), reviews_done=(), reviews_booked=(at("11-25"),))
    assert next_step(late).words == "Next check Nov 25, later than planned"


def test_nothing_that_is_said_is_clinical():
    told = [
        finding.sentence
        for phase in Phase
        for today in ("11-03", "11-20", "12-20", "2027-02-20")
        for finding in findings(facts(phase, today=today, taken=(at("11-01"),), reviews_done=()))
    ]
    for word in ("session", "treatment", "dose", "ketamine", "induction", "taper"):
        assert not any(word in sentence.lower() for sentence in told), word


def test_days_are_the_patients_own_across_zones_and_clock_changes():
    # 23:30 in New York on Oct 31 is 22:30 in Chicago, and Nov 1 in London; clocks go back that night.
    late_evening = at("10-31", 23) + timedelta(minutes=30)
    eastern = facts(Phase.INDUCTION, taken=(late_evening,), first_in_phase_at=late_evening, in_phase=1)
    # 72 hours later it is 22:30 on Nov 3 by the clock, which went back.
    assert next_window(eastern).opens == day("11-03")
    assert eastern.last_on == day("10-31")
    after_midnight = late_evening + timedelta(hours=1)
    central = replace(eastern, zone="America/Chicago", taken=(after_midnight,), first_in_phase_at=after_midnight)
    assert central.last_on == day("10-31")
    assert replace(central, zone="America/New_York").last_on == day("11-01")


def test_the_window_ends_with_the_patients_own_day():
    # Dec 31 ends an hour later in Chicago than in New York.
    known = facts(taken=(at("11-01", 12),))
    half_past_midnight_in_new_york = at("2027-01-01", 0) + timedelta(minutes=30)
    assert drift_of(replace(known, now=half_past_midnight_in_new_york)).status is S.OVERDUE
    central = replace(known, zone="America/Chicago", now=half_past_midnight_in_new_york)
    assert drift_of(central).status is S.IN_WINDOW


def test_hours_between_visits_are_elapsed_ones_when_clocks_go_forward():
    # Clocks go forward on Mar 14, 2027: 72 hours after 23:30 on Mar 12 it is 00:30 on Mar 16.
    evening = at("2027-03-12", 23) + timedelta(minutes=30)
    known = facts(
        Phase.INDUCTION, today="2027-03-13", taken=(evening,), first_in_phase_at=evening, in_phase=1, protocol=PROTOCOL
    )
    assert next_window(known).opens == day("2027-03-16")
