"""The outcomes' rules: months, rates, and that nothing small can be read or worked out."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.dashboards.outcomes_rules import LEAST, PHASES, Count, Outcome, Shown, months, rows_of, shown_row
from clinic.treatment.rules.phases import Phase

MONTH = date(2026, 11, 1)
counts = st.integers(0, 14).flatmap(lambda whole: st.builds(Count, st.integers(0, whole), st.just(whole)))


def shown(*pairs: tuple[int, int]) -> list[tuple[int | None, int | None]]:
    found = shown_row(MONTH, [Count(*pair) for pair in pairs])
    return [(cell.part, cell.whole) for cell in (*found.phases, found.total)]


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([(10, 20), (8, 16), (0, 0), (5, 10)], [(10, 20), (8, 16), (0, 0), (5, 10), (23, 46)]),
        ([(0, 20), (0, 0), (0, 0), (0, 0)], [(0, 20), (0, 0), (0, 0), (0, 0), (0, 20)]),
        # One small part takes the next smallest with it, so that the total does not give it away.
        ([(3, 20), (8, 16), (9, 18), (0, 0)], [(None, 20), (None, 16), (9, 18), (0, 0), (20, 54)]),
        # So does a small remainder: 18 of 20 tells of the other two.
        ([(18, 20), (8, 16), (9, 18), (0, 0)], [(None, 20), (None, 16), (9, 18), (0, 0), (35, 54)]),
        # A small whole hides its part, and with nothing beside it the total goes, too.
        ([(1, 3), (0, 0), (0, 0), (0, 0)], [(None, None), (0, 0), (0, 0), (0, 0), (None, None)]),
        # Two that are three together still tell of few people.
        ([(1, 20), (2, 20), (9, 18), (0, 0)], [(None, 20), (None, 20), (None, 18), (0, 0), (12, 58)]),
    ],
)
def test_a_row_keeps_back_what_is_small_and_what_would_tell_it(pairs, told):
    assert shown(*pairs) == told


@given(st.lists(counts, min_size=4, max_size=4))
def test_nothing_small_is_shown_and_no_hidden_cell_follows_from_the_others(row):
    found = shown_row(MONTH, row)
    for cell, count in zip(found.phases, row, strict=True):
        assert cell.whole in {None, count.whole}
        assert cell.part in {None, count.part}
        assert cell.whole is None or not 0 < cell.whole < LEAST
        if cell.part is not None and cell.whole is not None:
            assert not 0 < cell.part < LEAST
            assert not 0 < cell.whole - cell.part < LEAST
    for name, total in (("whole", found.total.whole), ("part", found.total.part)):
        missing = [
            getattr(real, name) for cell, real in zip(found.phases, row, strict=True) if getattr(cell, name) is None
        ]
        if total is not None and sum(missing):
            assert len(missing) > 1
            assert sum(missing) >= LEAST


def test_months_go_over_the_turn_of_the_year_and_each_has_a_row():
    asked = months(date(2026, 11, 20), date(2027, 2, 1))
    assert [f"{month:%Y-%m}" for month in asked] == ["2026-11", "2026-12", "2027-01", "2027-02"]
    rows = rows_of(asked, {(asked[1], Phase.TAPER): Count(6, 12)})
    assert [row.total.percent for row in rows] == [None, 50.0, None, None]
    assert rows[1].phases[PHASES.index(Phase.TAPER)] == Shown(6, 12)


def test_every_outcome_has_words():
    from clinic.web.physician.outcomes.tables import WORDS

    assert set(WORDS) == set(Outcome)
