"""When a flag is due, what a decision needs, and findings in words."""

from datetime import UTC, date, datetime, timedelta

import pytest

from clinic.monitoring.errors import DecisionRefused, FindingRefused
from clinic.monitoring.rules.findings import KINDS, DetailKind, FindingKind, checked_day, checked_details, detail_words
from clinic.monitoring.rules.flags import (
    DECISIONS,
    EVIDENCE_WORDS,
    LAPSES,
    LEVELS,
    LONGEST_LOOK,
    Decision,
    Lapse,
    business_day_after,
    checked_look,
    checked_note,
    facts_of_key,
    first_of,
    flag_due_at,
)
from clinic.monitoring.rules.signals import RULES, Level

ZONE = "America/New_York"
MONDAY = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 10:00 in New York
EVENING = datetime(2026, 11, 23, 23, 0, tzinfo=UTC)  # 18:00
TODAY = date(2026, 11, 23)
THANKSGIVING = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("level", "is_safety", "now", "due"),
    [
        (1, False, MONDAY, None),
        (2, True, MONDAY, None),
        (3, False, MONDAY, datetime(2026, 11, 27, 23, 0, tzinfo=UTC)),
        (3, True, MONDAY, EVENING),
        (4, False, MONDAY, EVENING),
        (4, False, EVENING - timedelta(hours=1), EVENING + timedelta(hours=1)),
        (5, False, MONDAY, MONDAY),
        (5, True, MONDAY, MONDAY),
    ],
)
def test_a_hold_is_due_today_and_a_review_in_three_days_that_are_worked(level, is_safety, now, due):
    assert flag_due_at(level, is_safety=is_safety, now=now, zone=ZONE, closed={THANKSGIVING}) == due


@pytest.mark.parametrize(
    ("day", "count", "closed", "due"),
    [
        (date(2026, 11, 23), 0, (), date(2026, 11, 23)),
        (date(2026, 11, 23), 1, (), date(2026, 11, 24)),
        (date(2026, 11, 27), 1, (), date(2026, 11, 30)),
        (date(2026, 11, 28), 1, (), date(2026, 11, 30)),
        (date(2026, 11, 25), 3, (THANKSGIVING,), date(2026, 12, 1)),
    ],
)
def test_business_days_leave_out_weekends_and_closed_days(day, count, closed, due):
    assert business_day_after(day, count, closed=closed) == due


def test_a_key_tells_the_facts_apart_from_the_level():
    assert facts_of_key("abc:4") == "abc"
    assert facts_of_key("abc:def:4") == "abc:def"
    assert facts_of_key("plain") == "plain"


@pytest.mark.parametrize("words", ["", "    ", "abcd", "x" * 1001, None])
def test_a_note_has_words_and_not_too_many(words):
    with pytest.raises(DecisionRefused) as refusal:
        checked_note(words)
    assert refusal.value.field == "note"


@pytest.mark.parametrize("words", ["abcde", "x" * 1000])
def test_a_note_of_a_sentence_is_kept(words):
    assert checked_note(f"  {words} ") == words


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (TODAY, "Choose a day after today."),
        (TODAY - timedelta(days=1), "Choose a day after today."),
        (TODAY + LONGEST_LOOK + timedelta(days=1), "Choose a day within a year."),
    ],
)
def test_a_decision_holds_from_tomorrow_for_at_most_a_year(day, said):
    with pytest.raises(DecisionRefused, match=said) as refusal:
        checked_look(day, today=TODAY)
    assert refusal.value.field == "look_again_on"


@pytest.mark.parametrize("day", [TODAY + timedelta(days=1), TODAY + LONGEST_LOOK])
def test_the_first_and_the_last_day_are_taken(day):
    assert checked_look(day, today=TODAY) == day


def test_every_code_has_its_words():
    assert set(DECISIONS) == set(Decision)
    assert set(LAPSES) == set(Lapse)
    assert set(LEVELS) == set(Level)
    assert {rule.evidence_class for rule in RULES.values()} <= set(EVIDENCE_WORDS)


def test_what_has_no_time_comes_last():
    assert first_of(MONDAY) == MONDAY
    assert first_of(None) > datetime(9000, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("kind", FindingKind)
def test_every_kind_takes_its_own_details_and_says_them(kind):
    right: dict[DetailKind, object] = {DetailKind.NUMBER: 2, DetailKind.YES_NO: True}
    given = {detail.key: right.get(detail.kind) or next(iter(detail.options)) for detail in KINDS[kind].details}
    kept = checked_details(kind, given)
    assert set(kept) == set(given)
    words = detail_words(kind, kept)
    assert [label for label, _ in words] == [detail.label for detail in KINDS[kind].details]
    assert all(said and said != "True" for _, said in words)
    for key in given:
        with pytest.raises(FindingRefused) as refusal:
            checked_details(kind, {**given, key: None})
        assert refusal.value.field == key


@pytest.mark.parametrize(("days", "is_taken"), [(0, True), (1, False), (-1825, True), (-1826, False)])
def test_a_finding_was_today_or_within_five_years(days, is_taken):
    day = TODAY + timedelta(days=days)
    if is_taken:
        assert checked_day(day, today=TODAY) == day
        return
    with pytest.raises(FindingRefused) as refusal:
        checked_day(day, today=TODAY)
    assert refusal.value.field == "found_on"


@pytest.mark.parametrize(
    ("value", "is_taken"), [(1, True), (99, True), (0, False), (100, False), (True, False), ("1", False)]
)
def test_a_number_has_limits_and_is_a_number(value, is_taken):
    given = {"units_taken": value, "units_ordered": 2, "had_symptoms": False}
    if is_taken:
        assert checked_details(FindingKind.TOOK_MORE, given) == given
        return
    with pytest.raises(FindingRefused) as refusal:
        checked_details(FindingKind.TOOK_MORE, given)
    assert refusal.value.field == "units_taken"


def test_severity_is_kept_as_a_number():
    assert checked_details(FindingKind.MEMORY, {"severity": "2"}) == {"severity": 2}
    assert detail_words(FindingKind.MEMORY, {"severity": 2}) == [("How much", "Moderate")]
