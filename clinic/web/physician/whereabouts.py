"""Where a patient is at a visit, confirmed by the physician on the screen."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.people import queries as people
from clinic.people.errors import UnknownCounty
from clinic.scheduling import actions, queries
from clinic.scheduling.rules.places import LONGEST_PLACE, Standing
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.whereabouts import CHOICES, PlaceForm, county_choices, trouble


@blueprint.get("/my-day/visits/<uuid:appointment_id>/where")
@policy.staff(Role.PHYSICIAN, audit="visit.viewed")
def ask_where(appointment_id: UUID) -> ResponseReturnValue:
    """Show what was said, and let the physician confirm it or put it right."""
    return _page(appointment_id, blank_form())


@blueprint.post("/my-day/visits/<uuid:appointment_id>/where")
@policy.staff(Role.PHYSICIAN, audit="visit.viewed")
def say_where(appointment_id: UUID) -> ResponseReturnValue:
    """Keep what the physician sees and hears."""
    form = read_form(PlaceForm)
    if isinstance(form, FormErrors):
        return _page(appointment_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            row = queries.visit_row(session, appointment_id)
            people.patient_for(session, actor=actor(), patient_id=row.patient_id, now=now())
            _row, standing = actions.say_location(
                session, appointment_id=appointment_id, place=form.said(), by=actor(), now=now()
            )
    except (Invalid, Conflict, UnknownCounty) as refusal:
        return _page(appointment_id, form.refused(refusal))
    if standing is not Standing.FITS:
        flash("Written down. The visit cannot take place there; a coordinator has a task to call.", "error")
        return see_other("physician.ask_where", appointment_id=appointment_id)
    flash("Written down.")
    return see_other("physician.today")


def _page(appointment_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        row = queries.visit_row(session, appointment_id)
        patient = people.patient_for(session, actor=actor(), patient_id=row.patient_id, now=now())
        who = (row.patient_id,)
        journal.note(session, "visit.viewed", subject_kind="appointment", subject_id=row.id, at=now(), patient_ids=who)
        known = queries.whereabouts(session, row)
        page = render_template(
            "physician/visits/where.html",
            visit=row,
            patient=patient,
            known=known,
            elsewhere=trouble(known, physician_name=row.physician_name),
            form=form,
            places=CHOICES,
            counties=county_choices(),
            longest=LONGEST_PLACE,
        )
    return page, form.status
