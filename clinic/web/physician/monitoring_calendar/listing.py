"""The monitoring calendar: what is asked when, by phase, and every version that there was."""

from flask import render_template

from clinic.kernel.actor import Role
from clinic.monitoring.queries.calendars import calendar_policy
from clinic.web.frame import policy
from clinic.web.frame.requests import actor, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.monitoring_calendar.words import asked_when, by_phase, called, history, names, open_for


@blueprint.get("/monitoring-calendar")
@policy.staff(Role.PHYSICIAN)
def monitoring_calendar() -> str:
    """Show the rows of the calendar phase by phase, its hours, and who changed what."""
    with runtime().begin(by=actor()) as session:
        calendar = calendar_policy(session)
        titles = names(session, calendar)
        written = history(session, titles)
    return render_template(
        "physician/monitoring_calendar/index.html",
        calendar=calendar,
        phases=by_phase(calendar),
        titles=titles,
        versions=written,
        asked_when=asked_when,
        called=called,
        open_for=open_for,
        clinic_zone=runtime().clinic.zone,
    )
