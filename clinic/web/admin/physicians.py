"""The list of physicians and one physician's page: licenses, weekly hours and exceptions to them."""

from uuid import UUID

from flask import render_template
from sqlalchemy.orm import Session

from clinic.access import queries as access
from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.people.models import Physician
from clinic.scheduling import queries as scheduling
from clinic.web.admin import blueprint
from clinic.web.admin.physicians_words import exception_rows, licence_rows, week_of
from clinic.web.frame import policy
from clinic.web.frame.requests import actor, now, runtime


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
    with runtime().begin(by=actor()) as session:
        found = people.physician(session, physician_id)
        today = in_zone(now(), found.zone).date()
        licences = people.licences_by_physician(session, [physician_id])[physician_id]
        return render_template(
            "admin/physicians/physician.html",
            physician=found,
            account=_account_name(session, found),
            licences=licence_rows(licences, today=today),
            week=week_of(scheduling.hours_of(session, physician_id), today=today),
            exceptions=exception_rows(
                scheduling.overrides_of(session, physician_id=physician_id, since=now()), zone=found.zone
            ),
            stranded=scheduling.visits_outside_hours(session, physician_id=physician_id, now=now()),
            may_edit=actor().has(Role.ADMIN),
            may_move=actor().has(Role.COORDINATOR),
        )


def _account_name(session: Session, found: Physician) -> str | None:
    if found.staff_id is None:
        return None
    return access.account(session, found.staff_id).email
