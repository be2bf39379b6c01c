"""A physician's week in a drawing and in words, over changes of the clocks too."""

from datetime import date, time

import pytest
from sqlalchemy.orm import Session

from clinic.dashboards.physician_week import DayHours, Stretch, physician_week
from clinic.scheduling import actions
from clinic.web.admin.visit_bar import Span, visit_bar
from clinic.web.admin.week_picture import clock, in_words, week_picture
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, Clinic

MONDAY = date(2026, 11, 23)


def week(session: Session, clinic: Clinic, monday: date, *, opens: time = time(0), closes: time = time(5)):
    physician = clinic.physician(opens=opens, closes=closes)
    for weekday in (5, 6):
        actions.add_hours(
            session,
            physician_id=physician.id,
            weekday=weekday,
            starts_at_local=opens,
            ends_at_local=closes,
            effective_from=date(2020, 1, 1),
            effective_until=None,
            by=COORDINATOR,
            now=NOW,
        )
    return physician_week(session, physician_id=physician.id, monday=monday)


@pytest.mark.parametrize("monday", [date(2026, 3, 2), date(2026, 10, 26), MONDAY])
def test_hours_stand_where_the_wall_clock_says_also_when_clocks_change(session: Session, clinic: Clinic, monday: date):
    for day in week(session, clinic, monday):
        assert [(part.begins, part.ends) for part in day.open] == [(0, 300)]


def test_closures_for_everybody_close_and_those_of_a_state_are_noted(session: Session, clinic: Clinic):
    for name, state in (("Storm", None), ("Parade", "NJ")):
        actions.add_closure(
            session,
            name=name,
            state=state,
            first_day=date(2026, 11, 25),
            last_day=date(2026, 11, 25),
            by=COORDINATOR,
            now=NOW,
        )
    wednesday = week(session, clinic, MONDAY, opens=time(9), closes=time(17))[2]
    assert wednesday.open == ()
    assert [part.why for part in wednesday.closed] == ["Storm"]
    assert wednesday.notes == ("Parade (NJ)",)
    assert in_words(wednesday) == "Wednesday, November 25: no hours. Closed all day: Storm. Parade (NJ) is closed."


def test_closed_hours_are_named_in_the_drawing_and_escaped():
    shut = Stretch(begins=600, ends=780, why="<b>Meeting</b>")
    day = DayHours(day=MONDAY, open=(Stretch(begins=540, ends=600),), closed=(shut,), notes=())
    drawn = week_picture([day] * 7, today=MONDAY)
    assert "&lt;b&gt;Meeting" in drawn
    assert "<b>" not in drawn
    assert "Today" in drawn
    assert "10am\u20131pm" in drawn


@pytest.mark.parametrize(
    ("minute", "said"), [(0, "12:00 AM"), (720, "12:00 PM"), (1439, "11:59 PM"), (1440, "12:00 AM")]
)
def test_minutes_are_read_on_a_clock_of_twelve_hours(minute: int, said: str):
    assert clock(minute) == said


def test_a_visit_is_drawn_with_its_buffers_inside_the_picture():
    span = Span(patient_minutes=150, stretches=[(0, 20), (130, 20)], before=10, after=15)
    drawn = visit_bar("Session", span, key="session")
    assert drawn.count('class="bar-physician"') == 2
    assert drawn.count('class="bar-buffer"') == 4
    assert (span.first, span.last) == (-10, 165)
    assert "minute 0 to 20, minute 130 to 150, with 10 minutes free before and 15 minutes free after" in drawn


def test_the_days_of_a_week_are_seven(session: Session, clinic: Clinic):
    days = week(session, clinic, MONDAY)
    assert [day.day.weekday() for day in days] == list(range(7))
