"""A year of many patients through the calendar, with moves, no-shows and outages: nothing lost, doubled or at night."""

from collections import Counter

from clinic.kernel.localtime import in_zone
from tests.domains.monitoring.year_makers import Year

PATIENTS = 100


def test_a_year_of_patients_loses_nothing_doubles_nothing_and_asks_nobody_at_night():
    opened = 0
    for seed in range(PATIENTS):
        year = Year(seed).run()
        assert year.problems == [], seed
        assert year.lost() == [], seed
        days = Counter(in_zone(now, year.zone).date() for now in year.opened)
        assert max(days.values()) <= 2, seed
        opened += len(year.opened)
    assert opened > PATIENTS * 40
