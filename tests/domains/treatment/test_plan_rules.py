"""Phases, sessions and rounds: small rules, each with the case that turns it over."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from clinic.scheduling.rules.states import AppointmentState
from clinic.treatment.errors import PlanRefused, ReasonTooShort
from clinic.treatment.rules.phases import NEXT_PHASES, Phase, may_follow
from clinic.treatment.rules.plans import PHASE_NAMES, is_usual_next, phase_words, written_reason
from clinic.treatment.rules.rounds import Step, phase_at, present_round, round_of
from clinic.treatment.rules.sessions import SessionState, state_of

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
THERE_AND_BACK = [
    Step(START, Phase.EVALUATION),
    Step(START + 10 * DAY, Phase.INDUCTION),
    Step(START + 40 * DAY, Phase.MAINTENANCE),
    Step(START + 100 * DAY, Phase.INDUCTION),
]


@pytest.mark.parametrize(
    ("visit", "outcome", "state"),
    [
        ("held", None, "planned"),
        ("booked", None, "planned"),
        ("confirmed", None, "planned"),
        ("in_progress", None, "planned"),
        ("completed", None, "taken"),
        ("canceled", None, "skipped"),
        ("late_canceled", None, "skipped"),
        ("no_show", None, "skipped"),
        ("completed", "skipped", "skipped"),
        ("no_show", "taken", "taken"),
        ("booked", "taken", "taken"),
    ],
)
def test_a_visit_says_what_became_of_the_session_unless_a_person_knows_better(visit, outcome, state):
    assert state_of(visit, outcome) == state


def test_every_state_of_a_visit_says_something():
    assert {state_of(state, None) for state in AppointmentState} == set(SessionState)


def test_the_usual_next_phase_is_the_first_of_those_that_may_follow():
    usual = [Phase.EVALUATION, Phase.INDUCTION, Phase.MAINTENANCE, Phase.TAPER, Phase.AFTERCARE, Phase.ENDED]
    assert all(is_usual_next(old, new) for old, new in pairwise(usual))
    assert not is_usual_next(Phase.INDUCTION, Phase.TAPER)
    assert not any(is_usual_next(Phase.ENDED, phase) for phase in Phase)
    assert not any(may_follow(Phase.ENDED, phase) for phase in Phase)
    assert all(old not in following for old, following in NEXT_PHASES.items())


@pytest.mark.parametrize(
    ("phase", "wanted", "words"),
    [
        (Phase.INDUCTION, 6, "Induction · 2 of 6 taken"),
        (Phase.MAINTENANCE, None, "Maintenance · 2 taken"),
        (Phase.TAPER, 4, "Taper · 2 of 4 taken"),
        (Phase.EVALUATION, None, "Evaluation"),
        (Phase.AFTERCARE, None, "Aftercare"),
        (Phase.ENDED, None, "Ended"),
    ],
)
def test_a_phase_says_how_far_it_is_where_that_means_something(phase, wanted, words):
    assert phase_words(phase, taken=2, wanted=wanted) == words
    assert words.startswith(PHASE_NAMES[phase])


def test_a_reason_is_five_characters_on_one_line():
    assert written_reason("  agreed\nby phone ") == "agreed by phone"
    assert written_reason(" ", is_needed=False) is None
    for short in ("", "   ", "none", "n o"):
        with pytest.raises(ReasonTooShort):
            written_reason(short)
    with pytest.raises(ReasonTooShort):
        written_reason("no", is_needed=False)
    with pytest.raises(PlanRefused, match=r"at most 1000 characters; this has 1001"):
        written_reason("x" * 1001)
    assert written_reason("x" * 1000)


@pytest.mark.parametrize(
    ("day", "phase"),
    [(0, "induction"), (9, "induction"), (10, "induction"), (39, "induction"), (40, "maintenance"), (100, "induction")],
)
def test_a_session_belongs_to_the_phase_that_the_plan_was_in(day, phase):
    assert phase_at(THERE_AND_BACK, START + day * DAY) == phase


def test_sessions_after_the_last_phase_with_sessions_are_its_own():
    steps = [*THERE_AND_BACK[:3], Step(START + 50 * DAY, Phase.AFTERCARE)]
    assert phase_at(steps, START + 60 * DAY) is Phase.MAINTENANCE


def test_a_phase_that_a_plan_comes_back_to_begins_a_new_round():
    rounds = [round_of(THERE_AND_BACK, Phase.INDUCTION, START + day * DAY) for day in (10, 39, 40, 99, 100)]
    assert rounds == [0, 0, 1, 1, 1]
    assert present_round(THERE_AND_BACK, Phase.INDUCTION) == 1
    assert present_round(THERE_AND_BACK[:3], Phase.INDUCTION) == 0
    assert present_round(THERE_AND_BACK[:3], Phase.MAINTENANCE) == 0
    assert present_round([], Phase.INDUCTION) == 0


def test_an_open_phase_in_which_nothing_was_taken_yet_counts_nothing():
    assert phase_words(Phase.MAINTENANCE, taken=0, wanted=None) == "Maintenance"
    assert phase_words(Phase.MAINTENANCE, taken=1, wanted=None) == "Maintenance \u00b7 1 taken"
    assert phase_words(Phase.INDUCTION, taken=0, wanted=6) == "Induction \u00b7 0 of 6 taken"
