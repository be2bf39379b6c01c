"""Where a patient is at a visit, heard by telephone and written down by the desk."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError, Invalid
from clinic.people.errors import UnknownCounty
from clinic.scheduling import actions, queries
from clinic.scheduling.rules.places import LONGEST_PLACE, Standing
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.visits import refused_page, visit_page
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.whereabouts import CHOICES, PlaceForm, county_choices, place_words, who_said

blueprint.add_app_template_filter(place_words, "stated_place")
blueprint.add_app_template_filter(who_said, "said_by")


@blueprint.get("/visits/<uuid:appointment_id>/where")
@policy.staff(Role.COORDINATOR, audit="visit.viewed")
def ask_where(appointment_id: UUID) -> ResponseReturnValue:
    """Ask where the patient will be."""
    return _page(appointment_id, blank_form())


@blueprint.post("/visits/<uuid:appointment_id>/where")
@policy.staff(Role.COORDINATOR, audit="visit.viewed")
def say_where(appointment_id: UUID) -> ResponseReturnValue:
    """Keep what the patient said."""
    form = read_form(PlaceForm)
    if isinstance(form, FormErrors):
        return _page(appointment_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            queries.visit_row(session, appointment_id)
            _row, standing = actions.say_location(
                session, appointment_id=appointment_id, place=form.said(), by=actor(), now=now()
            )
    except (Invalid, UnknownCounty) as refusal:
        return _page(appointment_id, form.refused(refusal))
    except DomainError as refusal:
        return refused_page(appointment_id, refusal)
    if standing is Standing.FITS:
        flash("Written down.")
    else:
        flash("Written down. The visit cannot take place there: move it, or find another physician.", "error")
    return see_other("coordinator.visit", appointment_id=appointment_id)


def _page(appointment_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        shown = visit_page(session, appointment_id) | {"form": form}
        page = render_template(
            "coordinator/visits/where.html",
            **shown,
            places=CHOICES,
            counties=county_choices(),
            longest=LONGEST_PLACE,
        )
    return page, form.status
