"""One seed tells one story, however often it is stopped; apart from the others, so that another process may do it."""

from dataclasses import replace
from datetime import timedelta
from itertools import cycle

from clinic.simulation import report
from tests.cli.simulated_clinic import FIRST, SIZE, played

PIECES = (1, 2, 3, 5, 40, 8, 90, 13)


def test_the_same_seed_tells_the_same_story_stopped_or_not(server):
    small = replace(SIZE, patients=2, last_day=FIRST + timedelta(days=6))
    told = []
    for looks in (None, cycle(PIECES)):
        with played(server, small, looks=looks) as (_, _, outcome):
            told.append(report.data_of(outcome))
    assert told[0] == told[1]
    assert told[0]["tallies"]["Texts by kind"]
