"""The order of the queue: total, steady, and never moved down by anything that makes a task worse."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.worklist.rules import HURTS, NEVER_WAIT, NO_OUTCOME, Harm, HoldsUp, Hurt, Timing, WorkKind
from clinic.worklist.rules.harm import GONE, NEAR, back_at, place, span, why

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HARMS = [harm for harm in Harm if harm is not Harm.VISIT]
"""What a kind can hurt by itself; a visit is hurt only while one is near."""


def timing(*, visit: timedelta | None = None, due: timedelta = HOUR, number: int = 1) -> Timing:
    visit_at = None if visit is None else NOW + visit
    return Timing(visit_at=visit_at, due_at=NOW + due, opened_at=NOW - HOUR, id=UUID(int=number))


def harm_of(hurt: Hurt, **times: timedelta) -> Harm:
    return place(hurt, timing(**times), now=NOW).harm


@pytest.mark.parametrize("kind", list(WorkKind))
def test_every_kind_says_what_it_hurts_and_why(kind: WorkKind):
    because = HURTS[kind].because
    assert HURTS[kind].harm in HARMS
    assert because[0].islower()
    assert not because.endswith(".")


ORDERED = [
    (WorkKind.DANGER_SUSPECTED, timing(due=timedelta(0))),
    (WorkKind.SUPPORT_PERSON_MISSING, timing(visit=HOUR, due=4 * HOUR)),
    (WorkKind.DELIVERY_FAILED, timing(visit=2 * HOUR, due=3 * HOUR)),
    (WorkKind.UNCONFIRMED_VISIT, timing(visit=3 * HOUR, due=2 * HOUR)),
    (WorkKind.PARCEL_EXCEPTION, timing(due=-5 * HOUR)),
    (WorkKind.PAYMENT_FAILED, timing(due=-4 * DAY + 8 * HOUR)),
    (WorkKind.UNCONFIRMED_VISIT, timing(visit=2 * DAY, due=2 * DAY - HOUR)),
    (WorkKind.PAYMENT_FAILED, timing(due=-2 * DAY)),
    (WorkKind.STRAY_REPORT, timing(due=-15 * DAY)),
    (WorkKind.STRAY_REPORT, timing(due=-DAY)),
]


def test_a_morning_of_a_clinic_in_the_order_in_which_leaving_it_hurts():
    expected = [
        WorkKind.DANGER_SUSPECTED,
        WorkKind.SUPPORT_PERSON_MISSING,
        WorkKind.DELIVERY_FAILED,
        WorkKind.UNCONFIRMED_VISIT,
        WorkKind.PAYMENT_FAILED,
        WorkKind.PARCEL_EXCEPTION,
        WorkKind.UNCONFIRMED_VISIT,
        WorkKind.PAYMENT_FAILED,
        WorkKind.STRAY_REPORT,
        WorkKind.STRAY_REPORT,
    ]
    found = sorted(ORDERED, key=lambda one: place(HURTS[one[0]], one[1], now=NOW).key)
    assert [kind for kind, _ in found] == expected


@pytest.mark.parametrize(
    ("kind", "times", "harm"),
    [
        (WorkKind.UNCONFIRMED_VISIT, {"visit": NEAR - timedelta(seconds=1)}, Harm.VISIT),
        (WorkKind.UNCONFIRMED_VISIT, {"visit": NEAR}, Harm.STUCK),
        (WorkKind.UNCONFIRMED_VISIT, {"visit": -GONE}, Harm.VISIT),
        (WorkKind.UNCONFIRMED_VISIT, {"visit": -GONE - timedelta(seconds=1)}, Harm.STUCK),
        (WorkKind.PAYMENT_FAILED, {"visit": HOUR}, Harm.PAPER),
        (WorkKind.PAYMENT_FAILED, {"due": -3 * DAY}, Harm.STUCK),
        (WorkKind.PAYMENT_FAILED, {"due": timedelta(seconds=1) - 3 * DAY}, Harm.PAPER),
        (WorkKind.STRAY_REPORT, {"due": -14 * DAY}, Harm.PAPER),
        (WorkKind.STRAY_REPORT, {"due": -400 * DAY}, Harm.PAPER),
        (WorkKind.PARCEL_EXCEPTION, {"due": -400 * DAY}, Harm.STUCK),
        (WorkKind.RECALL_CALL, {"visit": HOUR, "due": DAY}, Harm.LIFE),
    ],
)
def test_a_near_visit_and_time_left_too_long_raise_the_harm(kind, times, harm):
    assert harm_of(HURTS[kind], **times) is harm


def test_a_visit_without_outcome_is_of_today_for_half_a_day_and_paper_afterwards():
    assert harm_of(NO_OUTCOME, visit=-HOUR) is Harm.VISIT
    assert harm_of(NO_OUTCOME, visit=-2 * DAY, due=-2 * DAY) is Harm.PAPER


SENTENCES = [
    (WorkKind.UNCONFIRMED_VISIT, {"visit": 2 * HOUR}, "the visit is in 2 h and nobody has confirmed it"),
    (
        WorkKind.SUPPORT_PERSON_MISSING,
        {"visit": timedelta(minutes=-40)},
        "the visit was to begin 40 min ago and nobody is there to support the patient",
    ),
    (WorkKind.DELIVERY_FAILED, {"due": -3 * HOUR}, "a text did not arrive, 3 h past its time"),
    (WorkKind.DELIVERY_FAILED, {"due": 2 * HOUR}, "a text did not arrive, to be done within 2 h"),
    (WorkKind.DANGER_SUSPECTED, {"due": timedelta(0)}, "somebody may be in danger"),
]


@pytest.mark.parametrize(("kind", "times", "sentence"), SENTENCES)
def test_the_place_is_explained_in_one_plain_clause(kind, times, sentence):
    assert why(HURTS[kind], timing(**times), now=NOW) == sentence


@pytest.mark.parametrize(
    ("length", "words"),
    [(timedelta(0), "1 min"), (90 * timedelta(minutes=1), "1 h"), (47 * HOUR, "47 h"), (2 * DAY, "2 days")],
)
def test_lengths_of_time_read_as_people_say_them(length, words):
    assert span(length) == words


HURT = st.builds(
    Hurt, harm=st.sampled_from(HARMS), because=st.just("it waits"), holds_up=st.sampled_from(list(HoldsUp))
)
LENGTHS = st.integers(-40 * 24 * 60, 40 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
TIMINGS = st.builds(
    lambda visit, due, number: timing(visit=visit, due=due, number=number),
    st.none() | LENGTHS,
    LENGTHS,
    st.integers(1, 10**6),
)


@given(st.lists(st.tuples(HURT, TIMINGS), max_size=12, unique_by=lambda one: one[1].id), st.randoms())
def test_the_order_is_total_and_does_not_depend_on_how_tasks_come(waiting, shuffler):
    keys = [place(hurt, times, now=NOW).key for hurt, times in waiting]
    assert len(set(keys)) == len(keys)
    shuffled = list(waiting)
    shuffler.shuffle(shuffled)
    by_place = sorted(shuffled, key=lambda one: place(*one, now=NOW).key)
    assert [place(*one, now=NOW).key for one in by_place] == sorted(keys)


@given(HURT, TIMINGS, st.sampled_from(HARMS))
def test_more_harm_never_lowers_the_place(hurt, times, other):
    worse, better = sorted((hurt.harm, other), key=lambda harm: harm.rank)
    places = [place(replace(hurt, harm=harm), times, now=NOW).key for harm in (worse, better)]
    assert places[0] <= places[1]


@given(HURT, TIMINGS, LENGTHS)
def test_an_earlier_due_time_never_lowers_the_place(hurt, times, other):
    earlier, later = sorted((times.due_at, NOW + other))
    places = [place(hurt, replace(times, due_at=due_at), now=NOW).key for due_at in (earlier, later)]
    assert places[0] <= places[1]


@given(HURT, TIMINGS, st.integers(1, 40 * 24 * 60), st.integers(1, 40 * 24 * 60))
def test_a_sooner_visit_never_lowers_the_place(hurt, times, one, other):
    sooner, farther = sorted((one, other))
    places = [
        place(hurt, replace(times, visit_at=NOW + timedelta(minutes=minutes)), now=NOW).key
        for minutes in (sooner, farther)
    ]
    assert places[0] <= places[1]


@pytest.mark.parametrize("kind", sorted(NEVER_WAIT))
def test_danger_is_never_put_off(kind):
    times = timing()
    spot = place(HURTS[kind], times, now=NOW)
    assert back_at(spot, times, wanted=NOW + HOUR, longest=DAY, now=NOW) is None


@pytest.mark.parametrize(
    ("visit", "wanted", "back"),
    [
        (8 * HOUR, 2 * HOUR, 2 * HOUR),
        (2 * HOUR, 2 * HOUR, HOUR),
        (timedelta(minutes=70), 2 * HOUR, timedelta(minutes=15)),
        (-HOUR, 2 * HOUR, timedelta(minutes=15)),
        (3 * DAY, 5 * DAY, 3 * DAY),
    ],
)
def test_what_holds_up_a_visit_is_back_an_hour_before_it_and_nothing_waits_longer_than_allowed(visit, wanted, back):
    times = timing(visit=visit)
    spot = place(HURTS[WorkKind.UNCONFIRMED_VISIT], times, now=NOW)
    assert back_at(spot, times, wanted=NOW + wanted, longest=3 * DAY, now=NOW) == NOW + back
