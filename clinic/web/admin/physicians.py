"""The list of physicians and one physician's page: licenses, weekly hours, exceptions to them and caps."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from flask import render_template
from sqlalchemy.orm import Session

from clinic.access import queries as access
from clinic.dashboards.physician_week import DayHours, physician_week
from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.people.models import Physician
from clinic.scheduling import queries as scheduling
from clinic.web.admin import blueprint
from clinic.web.admin.physicians_words import cap_rows, exception_rows, licence_rows, week_of
from clinic.web.admin.week_picture import week_picture
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, read_query
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.slots import NearbyDay

_A_WEEK = timedelta(days=7)


class ChosenWeek(FormModel):
    """Any day of the week to draw; without one it is this week."""

    week: NearbyDay | None = None


@blueprint.get("/physicians")
@policy.staff(Role.ADMIN, Role.COORDINATOR)
def physicians() -> str:
    """List everybody who sees patients or once did."""
    today = in_zone(now(), runtime().clinic.zone).date()
    with runtime().begin(by=actor()) as session:
        everybody = people.all_physicians(session)
        licences = people.licences_by_physician(session, [each.id for each in everybody])
    rows = [(each, licence_rows(licences[each.id], today=today)) for each in everybody]
    return render_template("admin/physicians/index.html", rows=rows, may_edit=actor().has(Role.ADMIN))


@blueprint.get("/physicians/<uuid:physician_id>")
@policy.staff(Role.ADMIN, Role.COORDINATOR)
def physician(physician_id: UUID) -> str:
    """Show one physician's licenses and hours, and coming visits that the hours do not cover."""
    chosen = read_query(ChosenWeek).week
    with runtime().begin(by=actor()) as session:
        found = people.physician(session, physician_id)
        today = in_zone(now(), found.zone).date()
        monday = _monday(chosen or today)
        return render_template(
            "admin/physicians/physician.html",
            physician=found,
            account=_account_name(session, found),
            **_hours(session, found, today=today),
            **_drawn(physician_week(session, physician_id=physician_id, monday=monday), today=today),
            covers=people.covers_of(session, found.id, now()),
            stranded=scheduling.stranded_visits(session, physician_id=physician_id, now=now()),
            may_edit=actor().has(Role.ADMIN),
            may_move=actor().has(Role.COORDINATOR),
        )


def _hours(session: Session, found: Physician, *, today: date) -> dict[str, object]:
    """Return what the lists of the page show."""
    names = {kind.code: kind.name for kind in scheduling.visit_types(session, only_active=False)}
    overrides = scheduling.overrides_of(session, physician_id=found.id, since=now())
    return {
        "licences": licence_rows(people.licences_by_physician(session, [found.id])[found.id], today=today),
        "week": week_of(scheduling.hours_of(session, found.id), today=today),
        "exceptions": exception_rows(overrides, zone=found.zone),
        "caps": cap_rows(scheduling.caps_of(session, found.id), names=names, today=today),
    }


def _drawn(days: Sequence[DayHours], *, today: date) -> dict[str, object]:
    """Return the picture of a week, with the weeks around it."""
    monday = days[0].day
    return {
        "picture": week_picture(days, today=today),
        "picture_of": monday,
        "week_before": monday - _A_WEEK,
        "week_after": monday + _A_WEEK,
        "notes": sorted({note for day in days for note in day.notes}),
    }


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _account_name(session: Session, found: Physician) -> str | None:
    if found.staff_id is None:
        return None
    return access.account(session, found.staff_id).email
