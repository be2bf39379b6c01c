"""What follows from missed visits: from how many of which kind, and how it reads."""

import pytest

from clinic.scheduling.rules.missing import Consequence, Missed, consequences, missed_words

CALL, REVIEW = Consequence.CALL, Consequence.REVIEW


@pytest.mark.parametrize(
    ("missed", "due"),
    [
        ({}, set()),
        ({"no_shows": 1}, set()),
        ({"no_shows": 2}, {CALL}),
        ({"late_cancels": 2}, {CALL}),
        ({"no_shows": 1, "late_cancels": 1}, {CALL}),
        ({"no_shows": 1, "late_cancels": 1, "sessions": 1}, {CALL}),
        ({"no_shows": 2, "sessions": 1}, {CALL}),
        ({"no_shows": 2, "sessions": 2}, {CALL, REVIEW}),
    ],
)
def test_a_late_cancellation_is_no_no_show(missed, due):
    assert consequences(Missed(**missed), call_from=2, review_from=2) == due


@pytest.mark.parametrize(
    ("missed", "words"),
    [
        ({}, None),
        ({"no_shows": 1}, "1 no-show in the last 180 days"),
        ({"no_shows": 2, "late_cancels": 1}, "2 no-shows and 1 late cancellation in the last 180 days"),
        ({"late_cancels": 3}, "3 late cancellations in the last 180 days"),
    ],
)
def test_the_count_in_words(missed, words):
    assert missed_words(Missed(**missed), days=180) == words
