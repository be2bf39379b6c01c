"""The visit report against people who remember every visit, over weeks in which the clocks change."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest
from sqlalchemy import event

from clinic.dashboards.attendance import Wanted, attendance
from clinic.dashboards.attendance_rules import Fate, Mover, Share
from clinic.scheduling import actions
from clinic.scheduling.rules.availability import OverrideKind
from tests.dashboards.stories import ZONE, Story, Teller, local_day
from tests.domains.scheduling.calendar_makers import RING, Clinic

AFTER = datetime(2027, 1, 1, tzinfo=UTC)
AUTUMN = date(2026, 10, 26), date(2026, 11, 8)
"""On November 1 the clocks go back."""
SPRING = date(2027, 3, 8), date(2027, 3, 21)
"""On March 14 the clocks go forward."""


def wanted(days=AUTUMN, **filters):
    return Wanted(first=days[0], last=days[1], zone=ZONE, **filters)


def told(session, seed, days=AUTUMN, count=40):
    clinic = Clinic(session, now=datetime(2026, 1, 5, 15, tzinfo=UTC))
    clinic.visit_type()
    clinic.visit_type("initial", patient_minutes=60, physician_segments=((0, 20), (40, 20)), buffer_after_minutes=5)
    physicians = [clinic.physician(), clinic.physician("Dr. Luis Herrera", zone="America/Chicago")]
    states = (("FL", "33101", "12086"), ("NJ", "07102", "34013"))
    patients = [
        clinic.patient(state=state, postal_code=postal, county_fips=fips)
        for state, postal, fips in states
        for _ in range(6)
    ]
    kinds = {"follow_up": 30, "initial": 45}
    chance = Random(seed)  # noqa: S311 - told alike in every run
    return Teller(clinic, chance, *days, physicians, patients, kinds).tell(count)


def counted(stories: list[Story], fates) -> int:
    return sum(story.fate in fates for story in stories)


def check(found, stories: list[Story]) -> None:
    """Compare every figure with what the stories say."""
    attended, late = ("took_place", "missed"), ("took_place", "missed", "late_canceled")
    assert found.total.total == len(stories)
    assert found.total.no_shows == Share(counted(stories, ["missed"]), counted(stories, attended))
    assert found.total.late_cancels == Share(counted(stories, ["late_canceled"]), counted(stories, late))
    for monday, week in found.weeks:
        own = [one for one in stories if monday <= local_day(one.starts_at) < monday + timedelta(days=7)]
        assert {fate: week[fate] for fate in Fate} == {fate: counted(own, [fate]) for fate in Fate}
    reasons = Counter((one.reason, one.fate) for one in stories if one.reason)
    assert {(code, "late_canceled"): late for code, late, _ in found.reasons if late} | {
        (code, "canceled"): timely for code, _, timely in found.reasons if timely
    } == reasons
    kept = [one for one in stories if one.reason is None]
    assert found.leads == Counter((local_day(one.starts_at) - local_day(one.booked_at)).days for one in kept)
    assert found.moves.times == Counter(len(one.movers) for one in stories if one.movers)
    assert found.moves.movers == Counter(Mover(mover) for one in stories for mover in one.movers)
    for row in found.use:
        own = [one for one in stories if one.physician.id == row.physician_id and one.fate in attended]
        assert (row.visits, row.used.part) == (len(own), sum(one.minutes for one in own))


@pytest.mark.parametrize(("seed", "days"), [(1, AUTUMN), (2, AUTUMN), (3, SPRING)])
def test_every_figure_is_what_people_remember(session, seed, days):
    stories = told(session, seed, days)
    check(attendance(session, wanted(days), now=AFTER + timedelta(days=120)), stories)
    assert len(stories) > 15


def test_each_filter_leaves_out_what_does_not_fit(session):
    stories = told(session, 4)
    one = stories[0].physician
    for filters, fits in (
        ({"physician_ids": [one.id]}, lambda story: story.physician is one),
        ({"visit_type_code": "initial"}, lambda story: story.kind == "initial"),
        ({"state": "NJ"}, lambda story: story.patient.state == "NJ"),
        ({"physician_ids": []}, lambda _: False),
    ):
        check(attendance(session, wanted(**filters), now=AFTER), [story for story in stories if fits(story)])


def test_a_visit_counts_from_the_moment_at_which_it_starts(session):
    stories = told(session, 5)
    start = sorted(story.starts_at for story in stories)[len(stories) // 2]
    for now in (start - timedelta(seconds=1), start):
        found = attendance(session, wanted(), now=now)
        assert found.total.total == sum(story.starts_at <= now for story in stories)


def test_days_end_at_midnight_of_the_clinic(session):
    clinic = Clinic(session, now=datetime(2026, 10, 30, 12, tzinfo=UTC))
    clinic.visit_type()
    okafor = clinic.physician()
    midnight = datetime(2026, 11, 2, 18, 30, tzinfo=UTC)  # In Kolkata; there are visits at this hour in Florida.
    for at in (midnight - timedelta(minutes=30), midnight):
        clinic.visit(clinic.patient(), okafor, at, ignore_notice=True)
    day = date(2026, 11, 2)
    for first, last, total in ((day, day, 1), (day, day + timedelta(days=1), 2), (day - timedelta(days=1),) * 2 + (0,)):
        days = Wanted(first=first, last=last, zone="Asia/Kolkata")
        assert attendance(session, days, now=AFTER).total.total == total


def test_a_day_on_which_the_clocks_go_back_is_an_hour_longer(session):
    clinic = Clinic(session, now=datetime(2026, 10, 30, 12, tzinfo=UTC))
    okafor = clinic.physician()
    sunday = date(2026, 11, 1)
    actions.add_hours(
        session,
        physician_id=okafor.id,
        weekday=6,
        starts_at_local=time(0),
        ends_at_local=time(23, 45),
        effective_from=sunday,
        effective_until=None,
        by=clinic.by,
        now=clinic.now,
    )
    assert attendance(session, wanted((sunday, sunday)), now=AFTER).use[0].used.whole == 25 * 60 - 15


def test_open_time_knows_exceptions_and_closures_and_ends_now(session):
    clinic = Clinic(session, now=datetime(2026, 11, 2, 12, tzinfo=UTC))
    clinic.visit_type()
    okafor = clinic.physician(opens=time(9), closes=time(17))
    monday = date(2026, 11, 2)

    def opened(now=AFTER, days=(monday, monday)):
        found = attendance(session, wanted(days), now=now)
        return found.use[0].used.whole if found.use else 0

    edit = {"physician_id": okafor.id, "by": clinic.by, "now": clinic.now}
    assert opened() == 8 * 60
    assert opened(now=datetime(2026, 11, 2, 15, 30, tzinfo=UTC)) == 90
    assert opened(now=datetime(2026, 11, 1, tzinfo=UTC)) == 0
    ten, noon = datetime(2026, 11, 2, 15, tzinfo=UTC), datetime(2026, 11, 2, 17, tzinfo=UTC)
    actions.add_override(session, kind=OverrideKind.CLOSED, starts_at=ten, ends_at=noon, note="", **edit)
    assert opened() == 6 * 60
    closure = {"state": None, "starts_at_local": time(16), "ends_at_local": time(18), "by": clinic.by}
    actions.add_closure(session, name="Move", first_day=monday, last_day=monday, now=clinic.now, **closure)
    assert opened() == 5 * 60
    actions.set_cap(
        session, visit_type_code=None, per="day", most=0, effective_from=monday, effective_until=None, **edit
    )
    assert opened() == 5 * 60


def test_an_overbooked_visit_is_counted_apart(session):
    clinic = Clinic(session, now=datetime(2026, 11, 2, 12, tzinfo=UTC))
    clinic.visit_type()
    okafor = clinic.physician()
    start = datetime(2026, 11, 3, 15, tzinfo=UTC)
    first = clinic.visit(clinic.patient(), okafor, start, ignore_notice=True)
    second = actions.overbook_now(
        session,
        visit_type_code="follow_up",
        patient_id=clinic.patient().id,
        physician_id=okafor.id,
        starts_at=start,
        reason="Needs to be seen this week",
        by=clinic.by,
        now=clinic.now,
        ring=RING,
    )
    for visit in (first, second):
        actions.mark_no_show(session, appointment_id=visit.id, by=clinic.by, now=start + timedelta(hours=1))
    (row,) = attendance(session, wanted((date(2026, 11, 3), date(2026, 11, 3))), now=AFTER).use
    assert (row.visits, row.used, row.overbooked, row.overbooked_minutes) == (1, Share(30, 480), 1, 30)


def test_nothing_at_all_is_a_report_too(session):
    found = attendance(session, wanted(), now=AFTER)
    assert (found.total.total, found.reasons, found.leads, found.use) == (0, [], {}, [])
    assert [week.total for _, week in found.weeks] == [0, 0]


def test_more_visits_cost_no_more_statements(session):
    def statements() -> int:
        seen: list[str] = []
        connection = session.connection()

        def listen(*given: object) -> None:
            seen.append(str(given[2]))

        event.listen(connection, "before_cursor_execute", listen)
        attendance(session, wanted(), now=AFTER)
        event.remove(connection, "before_cursor_execute", listen)
        return len(seen)

    told(session, 6, count=4)
    few = statements()
    clinic = Clinic(session, now=datetime(2026, 1, 5, 15, tzinfo=UTC))
    chance = Random(7)  # noqa: S311 - told alike in every run
    Teller(clinic, chance, *AUTUMN, [clinic.physician("Dr. Sol Arbor")], [clinic.patient()], {"follow_up": 30}).tell(9)
    assert statements() == few
