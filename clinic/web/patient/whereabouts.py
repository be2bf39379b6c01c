"""Where the patient is during the visit: asked before the room opens, because the law goes by that place."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.kernel.errors import DomainError, Invalid
from clinic.people.errors import CountyOfAnotherState, UnknownCounty
from clinic.people.rules import STATES, county
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import LocationRefused
from clinic.scheduling.queries import StatedLocation
from clinic.scheduling.rules.places import ABROAD, HOME, LONGEST_PLACE, PLACES, Standing
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.visits import opened, page, problem_page
from clinic.web.whereabouts import CHOICES, PlaceForm, county_choices


def patient_words(said: StatedLocation) -> str:
    """Return a stated place for the patient, in the language of the page."""
    if said.kind == HOME:
        return _("At home")
    if said.state == ABROAD:
        return _("Outside the United States")
    if said.county_fips is None:
        return PLACES[said.state]
    return _("%(county)s County, %(state)s", county=county(said.county_fips).name, state=STATES[said.state])


@blueprint.app_template_filter("patient_place")
def patient_place(said: StatedLocation) -> str:
    """Return the same for a template."""
    return patient_words(said)


@blueprint.get("/visit/<uuid:appointment_id>/where")
@policy.patient_link("visit", "course", audit="visit.viewed")
def ask_where(appointment_id: UUID) -> ResponseReturnValue:
    """Ask where the patient will be."""
    with runtime().begin(by=actor()) as session:
        if not opened(session, appointment_id).stands:
            return see_other("patient.visit", appointment_id=appointment_id)
        return _asking(session, appointment_id, blank_form())


@blueprint.post("/visit/<uuid:appointment_id>/where")
@policy.patient_link("visit", "course", audit="visit.viewed")
def say_where(appointment_id: UUID) -> ResponseReturnValue:
    """Keep it; where the visit cannot take place, the next page says so and what happens now."""
    form = read_form(PlaceForm)
    if isinstance(form, FormErrors):
        return _again(appointment_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            opened(session, appointment_id)
            _row, standing = actions.say_location(
                session, appointment_id=appointment_id, place=form.said(), by=actor(), now=now()
            )
    except (LocationRefused, UnknownCounty, CountyOfAnotherState) as refusal:
        return _again(appointment_id, form.refused(Invalid(_told(refusal), field=refusal.field)))
    except DomainError as refusal:
        return problem_page(appointment_id, refusal)
    if standing is Standing.FITS:
        flash(_("Thank you. We wrote down where you will be."))
    return see_other("patient.visit", appointment_id=appointment_id)


def _told(refusal: DomainError) -> str:
    if refusal.field == "state":
        return _("Choose the state.")
    if refusal.field == "county_fips":
        return _("Choose the county. It has to be in the state that you chose.")
    return _("Write it shorter and plainly.")


def _again(appointment_id: UUID, form: FormErrors) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        return _asking(session, appointment_id, form)


def _asking(session: Session, appointment_id: UUID, form: FormState) -> ResponseReturnValue:
    shown = page(session, appointment_id) | {"form": form, "places": _places(), "counties": county_choices()}
    said = queries.stated_location(session, appointment_id)
    return render_template("patient/where.html", **shown, said=said, longest=LONGEST_PLACE), form.status


def _places() -> list[tuple[str, str]]:
    return [(code, _("Outside the United States") if code == ABROAD else name) for code, name in CHOICES]
