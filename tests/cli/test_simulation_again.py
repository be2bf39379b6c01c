"""One seed always tells the same story; apart from the other tests, so that another process may do it."""

from dataclasses import replace
from datetime import timedelta

from clinic.simulation import report
from tests.cli.simulated_clinic import FIRST, SIZE, played


def test_the_same_seed_tells_the_same_story(server):
    small = replace(SIZE, patients=2, last_day=FIRST + timedelta(days=6))
    told = []
    for _ in range(2):
        with played(server, small) as (_, _, outcome):
            told.append(report.data_of(outcome))
    assert told[0] == told[1]
    assert told[0]["tallies"]["Texts by kind"]
