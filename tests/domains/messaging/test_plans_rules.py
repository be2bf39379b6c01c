"""Which texts an event asks for, and when each leaves, as tables on the patient's wall clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from clinic.kernel.localtime import in_zone
from clinic.messaging.errors import MissingVariable, UnknownEvent
from clinic.messaging.rules.plan_data import all_plans
from clinic.messaging.rules.plans import EventTimes, Wanted, planned_texts

ZONE = "America/New_York"
FRIDAY = date(2026, 11, 27)
EARLY = "Sun 22 10:00"


def local(text: str, zone: str = ZONE) -> datetime:
    """Return an instant of November 2026 for `Fri 27 14:00`."""
    _, day, clock = text.split()
    return datetime.combine(date(2026, 11, int(day)), time.fromisoformat(clock), ZoneInfo(zone)).astimezone(UTC)


def times(start: str, *, minutes: int = 120, news_at: str | None = None, food_hours: int = 4) -> EventTimes:
    starts_at = local(start)
    return EventTimes(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        news_at=local(news_at) if news_at else None,
        food_until=starts_at - timedelta(hours=food_hours),
        sips_until=starts_at - timedelta(minutes=30),
        list_from=starts_at - timedelta(hours=2),
    )


def texts(
    start: str, now: str = EARLY, *, event: str = "session.booked", facts: str = "is_session", **more: str
) -> list[Wanted]:
    found = times(start, news_at=more.get("news_at"))
    only = more["only"].split() if "only" in more else None
    return planned_texts(all_plans(), event, times=found, facts=facts.split(), zone=ZONE, now=local(now), only=only)


def told(wanted: list[Wanted]) -> list[str]:
    return [f"{one.template.key} {in_zone(one.leaves_at, ZONE):%a %d %H:%M}" for one in wanted]


def test_a_visit_at_home_in_the_afternoon_has_seven_texts_and_one_if_the_list_is_not_done() -> None:
    assert told(texts("Fri 27 14:00")) == [
        "BOOK_CONFIRM Sun 22 10:00",
        "PREP_48H_SITTER Wed 25 10:00",
        "VISIT_TOMORROW Thu 26 14:00",
        "FASTING Fri 27 09:00",
        "HYDRATE_2H Fri 27 12:00",
        "CHECKLIST_MISSING Fri 27 13:30",
        "VISIT_15M Fri 27 13:45",
        "POST_REST Fri 27 16:15",
    ]


def test_a_list_that_opens_at_night_is_told_of_by_day() -> None:
    early, now = {"facts": "is_session early_list"}, "Thu 26 17:00"
    wanted = {one.template.key: one for one in texts("Fri 27 09:00", now, **early)}["CHECKLIST_EARLY"]
    assert told([wanted]) == ["CHECKLIST_EARLY Thu 26 18:00"]
    assert wanted.fills == {"starts_at": local("Fri 27 07:00")}
    late = {one.split()[0]: one for one in told(texts("Fri 27 09:00", "Thu 26 21:00", **early))}
    assert late["CHECKLIST_EARLY"] == "CHECKLIST_EARLY Fri 27 08:00"
    assert "CHECKLIST_EARLY" not in str(told(texts("Fri 27 07:30", "Thu 26 21:00", **early)))


def test_in_the_morning_food_is_named_the_evening_before_and_nobody_is_woken_to_drink() -> None:
    assert told(texts("Fri 27 09:00")) == [
        "BOOK_CONFIRM Sun 22 10:00",
        "PREP_48H_SITTER Wed 25 10:00",
        "VISIT_TOMORROW Thu 26 09:00",
        "FASTING Thu 26 19:00",
        "CHECKLIST_MISSING Fri 27 08:30",
        "VISIT_15M Fri 27 08:45",
        "POST_REST Fri 27 11:15",
    ]


def test_with_a_fluid_restriction_no_text_says_to_drink() -> None:
    wanted = texts("Fri 27 14:00", facts="is_session fluid_restricted")
    assert [one.template.key for one in wanted] == [
        "BOOK_CONFIRM",
        "PREP_48H_SITTER",
        "VISIT_TOMORROW_DRY",
        "FASTING_DRY",
        "HYDRATE_2H_DRY",
        "CHECKLIST_MISSING",
        "VISIT_15M",
        "POST_REST_DRY",
    ]
    assert all("water" not in one.template.texts["en"].lower() for one in wanted)


@pytest.mark.parametrize("event", ["visit.booked", "visit.moved"])
def test_another_visit_has_its_reminders_only(event: str) -> None:
    wanted = texts("Fri 27 14:00", event=event, facts="is_follow_up told_otherwise")
    assert told(wanted) == ["VISIT_24H Thu 26 14:00", "VISIT_15M Fri 27 13:45"]


@pytest.mark.parametrize(
    ("start", "now", "expected"),
    [
        pytest.param("Fri 27 14:00", "Fri 27 13:20", "BOOK_CONFIRM", id="40 minutes before: one text"),
        pytest.param("Fri 27 14:00", "Fri 27 13:50", "BOOK_CONFIRM", id="10 minutes before"),
        pytest.param("Fri 27 14:00", "Fri 27 12:50", "BOOK_CONFIRM VISIT_15M", id="70 minutes before"),
        pytest.param("Fri 27 09:30", "Thu 26 22:00", "BOOK_CONFIRM VISIT_15M", id="at night for the morning"),
        pytest.param("Fri 27 08:30", "Thu 26 22:00", "VISIT_15M", id="at night for the first visit"),
        pytest.param("Fri 27 08:10", "Thu 26 22:00", "", id="at night for a visit just after eight"),
        pytest.param("Fri 27 14:00", "Fri 27 14:05", "", id="after its start"),
    ],
)
def test_what_would_be_late_or_say_the_same_again_is_not_planned(start: str, now: str, expected: str) -> None:
    wanted = texts(start, now, event="visit.booked", facts="is_follow_up")
    assert [one.template.key for one in wanted] == expected.split()


@pytest.mark.parametrize(
    ("now", "missing"),
    [
        ("Thu 26 16:00", "VISIT_TOMORROW VISIT_24H"),
        ("Thu 26 17:30", "VISIT_TOMORROW VISIT_24H HYDRATE_DAYBEFORE"),
        ("Fri 27 09:30", "VISIT_TOMORROW VISIT_24H HYDRATE_DAYBEFORE FASTING"),
        ("Fri 27 12:30", "PREP_48H_SITTER VISIT_TOMORROW VISIT_24H HYDRATE_DAYBEFORE FASTING HYDRATE_2H"),
    ],
)
def test_what_is_booked_late_gets_no_text_whose_time_has_passed(now: str, missing: str) -> None:
    keys = {one.template.key for one in texts("Fri 27 14:00", now)}
    assert keys.isdisjoint(missing.split())
    assert {"BOOK_CONFIRM", "VISIT_15M", "POST_REST"} <= keys


@pytest.mark.parametrize(
    ("now", "asked"),
    [("Thu 26 16:00", "Thu 16:00"), ("Thu 26 22:00", "Fri 08:00"), ("Fri 27 09:30", "Fri 09:30"), ("Fri 27 12:00", "")],
)
def test_who_supports_is_asked_although_the_visit_was_booked_late(now: str, asked: str) -> None:
    found = [one for one in texts("Fri 27 14:00", now) if one.template.key == "PREP_48H_SITTER"]
    assert "".join(f"{in_zone(one.leaves_at, ZONE):%a %H:%M}" for one in found) == asked


def test_texts_of_the_day_before_end_with_it() -> None:
    ends = {one.template.key: in_zone(one.expires_at, ZONE) for one in texts("Fri 27 14:00")}
    assert f"{ends['VISIT_TOMORROW']:%a %H:%M}" == "Thu 20:00"
    assert f"{ends['PREP_48H_SITTER']:%a %H:%M}" == "Fri 12:00"
    assert f"{ends['FASTING']:%a %H:%M}" == "Fri 10:00"
    assert f"{ends['HYDRATE_2H']:%a %H:%M}" == "Fri 12:30"


def test_after_a_visit_that_ends_in_the_evening_no_text_says_to_rest() -> None:
    assert "POST_REST" in {one.template.key for one in texts("Fri 27 17:30")}
    assert "POST_REST" not in {one.template.key for one in texts("Fri 27 18:00")}


def test_the_text_about_food_tells_the_two_times() -> None:
    found = next(one for one in texts("Fri 27 14:00") if one.template.key == "FASTING")
    assert found.fills == {"starts_at": local("Fri 27 10:00"), "until": local("Fri 27 13:30")}


def test_news_of_a_move_waits_and_reminders_go_along() -> None:
    wanted = texts(
        "Fri 27 14:00", "Thu 26 18:00", event="visit.moved", facts="is_follow_up news", news_at="Thu 26 18:03"
    )
    assert told(wanted) == ["BOOK_CHANGED Thu 26 18:03", "VISIT_15M Fri 27 13:45"]


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        ("VISIT_15M", ["VISIT_15M Fri 27 13:45"]),
        ("VISIT_TOMORROW", ["VISIT_TOMORROW Thu 26 14:00"]),
        ("VISIT_TOMORROW_DRY FASTING_DRY", ["VISIT_TOMORROW Thu 26 14:00", "FASTING Fri 27 09:00"]),
        ("POST_REST", ["POST_REST Fri 27 16:15"]),
        ("", []),
    ],
)
def test_planned_again_is_what_waited(only: str, expected: list[str]) -> None:
    assert told(texts("Fri 27 14:00", event="session.moved", only=only)) == expected


def test_a_text_that_should_have_left_while_it_waited_leaves_as_soon_as_it_may_while_it_is_true() -> None:
    again = {"event": "session.moved", "only": "VISIT_TOMORROW HYDRATE_2H"}
    assert told(texts("Fri 27 14:00", "Thu 26 15:00", **again)) == [
        "VISIT_TOMORROW Thu 26 15:00",
        "HYDRATE_2H Fri 27 12:00",
    ]
    late = {"event": "session.moved", "only": "HYDRATE_2H"}
    assert told(texts("Fri 27 14:00", "Fri 27 12:10", **late)) == ["HYDRATE_2H Fri 27 12:10"]
    assert told(texts("Fri 27 14:00", "Fri 27 12:30", **late)) == []
    at_night = {"event": "session.moved", "only": "VISIT_24H"}
    assert told(texts("Fri 27 14:00", "Thu 26 22:00", **at_night)) == ["VISIT_24H Fri 27 08:00"]


def test_what_left_is_not_said_again_neither_alone_nor_merged() -> None:
    left = ["VISIT_TOMORROW", "BOOK_CHANGED", "PREP_48H_SITTER"]
    wanted = planned_texts(
        all_plans(),
        "session.moved",
        times=times("Fri 27 14:00"),
        facts=("is_session", "news"),
        zone=ZONE,
        now=local("Thu 26 16:00"),
        left=left,
    )
    keys = [one.template.key for one in wanted]
    assert keys == ["BOOK_CHANGED", "FASTING", "HYDRATE_2H", "CHECKLIST_MISSING", "VISIT_15M", "POST_REST"]


def test_an_event_that_nobody_planned_for_or_without_its_times_is_a_mistake() -> None:
    with pytest.raises(UnknownEvent):
        texts("Fri 27 14:00", event="visit.bookd")
    with pytest.raises(MissingVariable, match="starts_at"):
        planned_texts(all_plans(), "visit.booked", times=EventTimes(), facts=(), zone=ZONE, now=local(EARLY))
