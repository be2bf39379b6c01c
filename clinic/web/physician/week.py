"""My week: seven days side by side in the physician's own zone, and how full they are."""

from datetime import timedelta

from flask import jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.web.frame import policy
from clinic.web.frame.forms import read_query
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.days import DayQuery, patients_in_reach
from clinic.web.physician.marks import mark_of
from clinic.web.physician.own import own_record, today_of
from clinic.web.physician.own_days import OwnDay, days_of_week, monday_of

_A_WEEK = timedelta(days=7)
_SIX_DAYS = timedelta(days=6)


@blueprint.get("/my-week")
@policy.staff(Role.PHYSICIAN, audit="week.viewed")
def week() -> str:
    """Show the week that has a day, by default today: each day's visits, closures, booked and open time."""
    wanted = read_query(DayQuery)
    with runtime().begin(by=actor()) as session:
        me = own_record(session)
        today = today_of(me)
        monday = monday_of(wanted.on or today)
        days = days_of_week(session, me, day=monday, now=now())
        _note(session, days)
        return render_template(
            "physician/week.html",
            me=me,
            days=days,
            today=today,
            monday=monday,
            is_now=monday == monday_of(today),
            previous=monday - _A_WEEK,
            following=monday + _A_WEEK,
            booked=sum(day.booked_minutes for day in days),
            opened=sum(day.open_minutes for day in days),
            visits=sum(day.visits for day in days),
            mine=patients_in_reach(session, me),
            pulse=mark_of(session, me, days=(monday, monday + _SIX_DAYS), ring=runtime().link_ring, now=now()),
            pulse_at=url_for("physician.week_pulse", on=wanted.on),
        )


@blueprint.get("/my-week/pulse")
@policy.staff(Role.PHYSICIAN, polling=True)
def week_pulse() -> ResponseReturnValue:
    """Tell in one word whether My week still shows what is; an open page asks this every 20 seconds."""
    wanted = read_query(DayQuery)
    with runtime().begin(by=actor()) as session:
        me = own_record(session)
        monday = monday_of(wanted.on or today_of(me))
        days = (monday, monday + _SIX_DAYS)
        return jsonify(pulse=mark_of(session, me, days=days, ring=runtime().link_ring, now=now()))


def _note(session: Session, days: list[OwnDay]) -> None:
    seen = tuple({row.patient_id for day in days for row in day.rows})
    journal.note(
        session,
        "week.viewed",
        subject_kind="day",
        subject_id=None,
        at=now(),
        patient_ids=seen,
        day=str(days[0].day),
        until=str(days[-1].day),
    )
