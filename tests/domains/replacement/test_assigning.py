"""The assignment against every combination there is, on cases small enough to try them all."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.replacement.rules.assigning import Assignment, Place, Taken, assign, greedy
from clinic.replacement.rules.matching import cheapest_seats
from clinic.treatment.rules.planning import Limit

lengths = st.sampled_from([2, 2, 3])
owners = st.sampled_from(["okafor", "ruiz"])


@st.composite
def places(draw):
    owner, begin, length = draw(owners), draw(st.integers(0, 6)), draw(lengths)
    takes = [Taken(owner, begin, begin + length)]
    if draw(st.booleans()):
        takes.append(Taken(owner, begin + length + 1, begin + length + 2))  # the closing check of a session
    takes.append(Taken(draw(st.sampled_from(["ana", "ben"])), begin, begin + length + 2))
    room = {"okafor": 1, "ruiz": 2}[owner]
    limits = (Limit(("cap", owner), room),) if draw(st.booleans()) else ()
    return Place((owner, begin, length, draw(st.integers(0, 99))), draw(st.integers(0, 9)), tuple(takes), limits)


towns = st.lists(st.lists(places(), max_size=4), max_size=4)


def no_two_dear(chosen):
    """Clash: at most one row may have a place that costs 7 or more."""
    dear = [at for at, place in enumerate(chosen) if place is not None and place.cost >= 7]
    return dear if len(dear) > 1 else ()


def nobody(_chosen):
    return ()


def goes_together(chosen, clash):
    taken, used = [], {}
    for place in chosen:
        for one in place.takes if place else ():
            if any(one.owner == other.owner and one.begin < other.end and other.begin < one.end for other in taken):
                return False
        taken += place.takes if place else ()
        for limit in place.limits if place else ():
            used[limit.key] = used.get(limit.key, 0) + 1
            if used[limit.key] > limit.room:
                return False
    return not clash(chosen)


def best_by_trying_all(rows, clash):
    tried = (chosen for chosen in product(*([None, *row] for row in rows)) if goes_together(chosen, clash))
    return min(Assignment(chosen, is_best=True).score for chosen in tried)


@pytest.mark.parametrize("clash", [nobody, no_two_dear])
@settings(max_examples=250, deadline=None)
@given(rows=towns)
def test_as_many_as_can_be_and_then_the_cheapest(clash, rows):
    found = assign(rows, clash=clash, effort=8_000)
    assert found.is_best
    assert goes_together(found.places, clash)
    assert all(place is None or place in row for place, row in zip(found.places, rows, strict=True))
    assert found.score == best_by_trying_all(rows, clash)


@settings(max_examples=100, deadline=None)
@given(rows=towns)
def test_a_search_cut_short_is_never_worse_than_greedy_and_always_goes_together(rows):
    found = assign(rows, effort=1)
    assert goes_together(found.places, nobody)
    assert found.score <= greedy(rows).score


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.dictionaries(st.integers(0, 4), st.integers(0, 9), max_size=4), max_size=4))
def test_seats_cost_the_least_there_is(rows):
    cost, seats = cheapest_seats(rows, without=50)
    taken = [seat for seat in seats if seat is not None]
    assert len(taken) == len(set(taken))
    assert cost == sum(50 if seat is None else row[seat] for row, seat in zip(rows, seats, strict=True))
    every = (way for way in product(*([None, *row] for row in rows)))
    free = (way for way in every if len({one for one in way if one is not None}) == sum(one is not None for one in way))
    best = min(sum(50 if seat is None else row[seat] for row, seat in zip(rows, way, strict=True)) for way in free)
    assert cost == best


def place(owner, begin, cost, *, length=2):
    return Place((owner, begin), cost, (Taken(owner, begin, begin + length),))


def test_one_gives_way_so_that_the_other_is_placed_at_all():
    only, either = [place("ruiz", 0, 5)], [place("ruiz", 0, 0), place("ruiz", 2, 1)]
    assert greedy([either, only]).score == (1, 0)
    found = assign([either, only])
    assert found.score == (0, 6)
    assert [one.key for one in found.places] == [("ruiz", 2), ("ruiz", 0)]


def test_times_that_touch_do_not_collide_and_those_that_overlap_by_one_do():
    assert assign([[place("ruiz", 0, 0)], [place("ruiz", 2, 0)]]).score == (0, 0)
    assert assign([[place("ruiz", 0, 0)], [place("ruiz", 1, 0)]]).score == (1, 0)
