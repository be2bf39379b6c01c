"""My time: the physician's own hours, time off, caps, covers, video room and calendar on one page."""

from flask import render_template
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.people import queries as people
from clinic.people.models import Physician
from clinic.policies.queries import address
from clinic.policies.rules import PolicyKey
from clinic.scheduling import queries as scheduling
from clinic.scheduling.queries.feeds import feed_of_physician
from clinic.web.admin.physicians_words import cap_rows, exception_rows, week_of
from clinic.web.frame import policy
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.own import own_record, today_of


@blueprint.get("/my-time")
@policy.staff(Role.PHYSICIAN)
def my_time() -> str:
    """Show what the physician may change about the own time, and what only an administrator may."""
    with runtime().begin(by=actor()) as session:
        me = own_record(session)
        return render_template(
            "physician/time.html",
            me=me,
            **_hours(session, me),
            covers=people.covers_of(session, me.id, now()),
            feed=feed_of_physician(session, me.id),
            template=address(session, PolicyKey.JOIN_LINK_TEMPLATE),
        )


def _hours(session: Session, me: Physician) -> dict[str, object]:
    names = {kind.code: kind.name for kind in scheduling.visit_types(session, only_active=False)}
    overrides = scheduling.overrides_of(session, physician_id=me.id, since=now())
    return {
        "week": week_of(scheduling.hours_of(session, me.id), today=today_of(me)),
        "exceptions": exception_rows(overrides, zone=me.zone),
        "caps": cap_rows(scheduling.caps_of(session, me.id), names=names, today=today_of(me)),
    }
