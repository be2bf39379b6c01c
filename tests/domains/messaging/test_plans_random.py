"""Plans under every start, zone and change of the clocks: by day only, once, and never after what they lead up to."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clinic.kernel.localtime import CLOSES, edge_instant, in_zone, is_open
from clinic.messaging.rules.plan_data import all_plans
from clinic.messaging.rules.plans import EventTimes, Wanted, planned_texts, wet_key
from clinic.messaging.rules.window import validity_seconds

ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
)
CHANGES = (date(2026, 3, 8), date(2026, 11, 1), date(2027, 3, 14), date(2027, 11, 7))
AFTER = frozenset({"POST_REST", "POST_REST_DRY"})
AT_ONCE = frozenset({"BOOK_CONFIRM", "BOOK_CHANGED"})

days = st.builds(lambda day, more: day + timedelta(days=more), st.sampled_from(CHANGES), st.integers(-3, 3))
instants = st.builds(
    lambda day, minute: datetime.combine(day, time(), UTC) + timedelta(minutes=5 * minute), days, st.integers(0, 287)
)
events = st.sampled_from(["visit.booked", "visit.moved", "session.booked", "session.moved"])
facts = st.sets(st.sampled_from(["fluid_restricted", "told_otherwise", "news", "first_news"]))


@st.composite
def planned(draw: st.DrawFn) -> tuple[list[Wanted], EventTimes, str, datetime]:
    starts_at, zone = draw(instants), draw(st.sampled_from(ZONES))
    now = starts_at - timedelta(minutes=draw(st.integers(-300, 6000)))
    times = EventTimes(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=draw(st.sampled_from([20, 30, 120, 180]))),
        news_at=now + timedelta(seconds=draw(st.integers(0, 900))),
        food_until=starts_at - timedelta(hours=draw(st.integers(2, 12))),
        sips_until=starts_at - timedelta(minutes=draw(st.integers(30, 240))),
    )
    wanted = planned_texts(all_plans(), draw(events), times=times, facts=draw(facts), zone=zone, now=now)
    return wanted, times, zone, now


@given(planned())
def test_no_text_leaves_at_night_or_waits_at_the_provider_past_the_evening(
    found: tuple[list[Wanted], EventTimes, str, datetime],
) -> None:
    wanted, _, zone, now = found
    for one in wanted:
        assert is_open(one.leaves_at, zone)
        assert now <= one.leaves_at < one.expires_at
        seconds = validity_seconds(one.template, zone=zone, now=one.leaves_at, expires_at=one.expires_at) or 0
        closes = edge_instant(in_zone(one.leaves_at, zone).date(), CLOSES, zone)
        assert one.leaves_at + timedelta(seconds=seconds) <= closes


@given(planned())
def test_nothing_that_belongs_before_a_visit_is_planned_after_its_start_and_nothing_twice(
    found: tuple[list[Wanted], EventTimes, str, datetime],
) -> None:
    wanted, times, _, _ = found
    assert times.starts_at is not None
    assert times.ends_at is not None
    for one in wanted:
        if one.template.key in AFTER:
            assert one.leaves_at > times.ends_at
        else:
            assert one.expires_at <= times.starts_at
    keys = [wet_key(one.template.key) for one in wanted]
    assert len(keys) == len(set(keys))
    assert not {"VISIT_TOMORROW", "HYDRATE_DAYBEFORE"} <= set(keys)
    assert not {"VISIT_TOMORROW", "VISIT_24H"} <= set(keys)


@given(planned())
def test_tomorrow_is_said_on_the_day_before_and_nobody_is_told_half_of_what_a_restriction_means(
    found: tuple[list[Wanted], EventTimes, str, datetime],
) -> None:
    wanted, _, zone, _ = found
    keys = {one.template.key for one in wanted}
    dry = {key for key in keys if key.endswith("_DRY")}
    wet = {one.template.key for one in wanted if one.template.without_fluids is not None}
    assert not (dry and wet)
    for one in wanted:
        if one.template.key in {"VISIT_TOMORROW", "VISIT_TOMORROW_DRY"}:
            assert in_zone(one.leaves_at, zone).date() == in_zone(one.expires_at, zone).date()
