"""The panel's rules: who comes first and why, how a patient does, what filters let through."""

from datetime import UTC, datetime, timedelta

import pytest

from clinic.dashboards.panel_rules import PanelFilter, PanelSort, Risk, Standing, filtered, ordered, reason_of, risks
from tests.dashboards.panel_makers import row

NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def flagged(number: int, level: int, *, hours: int = 1, **changes: object):
    at = NOON - timedelta(hours=hours)
    return row(number, level=level, flags=1, sentence=f"Sentence {number}.", raised_at=at, **changes)


@pytest.mark.parametrize(
    ("facts", "risk", "reason"),
    [
        ({}, Risk.NONE, ""),
        ({"level": 5, "sentence": "Item 9 was 2."}, Risk.URGENT, "Item 9 was 2."),
        ({"level": 4, "sentence": "Two units short.", "missed": 2}, Risk.HOLD, "Two units short."),
        ({"level": 2, "sentence": "Craving is 4."}, Risk.WATCH, "Craving is 4."),
        ({"level": 1, "sentence": "Asked once."}, Risk.NONE, "Asked once."),
        ({"silent_days": 36}, Risk.NONE, "No score for 36 d"),
        ({"silent_days": 35}, Risk.NONE, ""),
        ({"phase": "induction", "silent_days": 11}, Risk.NONE, "No score for 11 d"),
        ({"phase": "induction", "silent_days": 10, "missed": 1}, Risk.NONE, "1 check-in missed"),
        ({"missed": 3}, Risk.NONE, "3 check-ins missed"),
        ({"silent_days": None}, Risk.NONE, "No score yet"),
        ({"phase": None, "silent_days": None}, Risk.NONE, ""),
        ({"phase": "ended", "silent_days": 400}, Risk.NONE, ""),
    ],
)
def test_the_reason_is_the_highest_flags_sentence_or_else_what_is_missing(facts, risk, reason):
    one = row(**facts)
    assert (one.risk, reason_of(one)) == (risk, reason)


@pytest.mark.parametrize(
    ("start", "last", "count", "standing"),
    [
        (None, None, 0, Standing.NO_SCORE),
        (18, 18, 1, Standing.ONE_SCORE),
        (18, 9, 2, Standing.RESPONSE),
        (18, 10, 2, Standing.BETTER),
        (18, 14, 2, Standing.SAME),
        (10, 4, 2, Standing.REMISSION),
        (9, 4, 2, Standing.RESPONSE),
        (10, 5, 2, Standing.RESPONSE),
        (10, 14, 5, Standing.SAME),
        (10, 15, 5, Standing.WORSE),
    ],
)
def test_a_patient_stands_where_the_newest_score_stands_to_the_baseline(start, last, count, standing):
    assert row(phq=last, phq_start=start, phq_count=count).standing is standing
    assert row(gad=last, gad_start=start, gad_count=count).standing is standing


def test_those_come_first_who_need_something_first():
    rows = [
        row(1, phq=20),
        row(2, silent_days=50),
        flagged(3, 3),
        flagged(4, 5, hours=1),
        flagged(5, 5, hours=9),
        row(6, missed=1, silent_days=40),
        flagged(7, 1),
        flagged(8, 4),
        row(9, phq=3),
    ]
    assert [one.id.int for one in ordered(rows)] == [5, 4, 8, 3, 7, 2, 6, 1, 9]
    assert [one.id.int for one in ordered(rows, is_down=True)][:3] == [9, 1, 6]


@pytest.mark.parametrize(
    ("sort", "field", "low", "high"),
    [
        (PanelSort.NAME, "search_key", "abbot", "young"),
        (PanelSort.PHASE, "phase", "induction", "taper"),
        (PanelSort.PHQ, "phq", 3, 20),
        (PanelSort.GAD, "gad", 3, 20),
        (PanelSort.LAST, "last_at", NOON - timedelta(days=9), NOON),
        (PanelSort.TAKEN, "taken", 1, 12),
        (PanelSort.SILENT, "silent_days", 1, 12),
        (PanelSort.NEXT, "next_at", NOON, NOON + timedelta(days=1)),
        (PanelSort.FLAGS, "flags", 1, 4),
    ],
)
def test_every_column_orders_both_ways_and_nothing_known_stands_last(sort, field, low, high):
    rows = [row(1, **{field: high}), row(2, **{field: low})]
    unknown = [row(3, **{field: None})] if field not in {"search_key", "taken", "flags"} else []
    assert [one.id.int for one in ordered(rows + unknown, sort)][:2] == [2, 1]
    assert [one.id.int for one in ordered(rows + unknown, sort, is_down=True)][:2] == [1, 2]


def test_changes_and_outcomes_order_too():
    rows = [row(1, phq=20, phq_start=10, phq_count=2), row(2, phq=2, phq_start=20, phq_count=2), row(3, phq=7)]
    assert [one.id.int for one in ordered(rows, PanelSort.PHQ_CHANGE, is_down=True)] == [1, 2, 3]
    assert [one.id.int for one in ordered(rows, PanelSort.STANDING)] == [2, 1, 3]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (PanelFilter(), [1, 2, 3, 4]),
        (PanelFilter(risk=Risk.HOLD), [2]),
        (PanelFilter(risk=Risk.NONE), [1, 3, 4]),
        (PanelFilter(phase="taper"), [3]),
        (PanelFilter(state="NJ"), [4]),
        (PanelFilter(is_overdue=True), [1, 4]),
        (PanelFilter(is_overdue=True, state="FL"), [1]),
        (PanelFilter(words=["ana", "3"]), [3]),
    ],
)
def test_filters_let_through_what_fits_all_of_them(wanted, found):
    rows = [row(1, missed=1), flagged(2, 4), row(3, phase="taper"), row(4, state="NJ", silent_days=99)]
    assert [one.id.int for one in filtered(rows, wanted)] == found


def test_every_risk_is_counted_also_where_nobody_is():
    rows = [row(1), flagged(2, 5), flagged(3, 5), flagged(4, 1)]
    assert list(risks(rows).items()) == [
        (Risk.URGENT, 2),
        (Risk.HOLD, 0),
        (Risk.REVIEW, 0),
        (Risk.WATCH, 0),
        (Risk.NONE, 2),
    ]
