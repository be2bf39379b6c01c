"""Adding a patient: once, even when the form is sent twice or the person is already there."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel import request_key
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.kernel.ids import new_id
from clinic.kernel.phone import for_reading
from clinic.people import actions, queries, rules
from clinic.people.errors import DuplicatePatient
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.patients.details import AddForm, choices
from clinic.web.coordinator.patients.likeness import offer_existing
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, blank_form, read_form, read_query, redisplay
from clinic.web.frame.requests import actor, now, runtime, see_other

_PAGE = "coordinator/patients/new.html"


class NewQuery(FormModel):
    """The phone that a patient is added for, if one wrote to us."""

    phone_id: UUID | None = None


@blueprint.get("/patients/new")
@policy.staff(Role.COORDINATOR)
def new_patient() -> str:
    """Show the form with a fresh key, empty but for the number of a phone that wrote to us."""
    wanted = read_query(NewQuery)
    with runtime().begin(by=actor()) as session:
        known = queries.phones_by_id(session, [wanted.phone_id] if wanted.phone_id else [])
    phone = next((for_reading(each.e164) for each in known.values()), None)
    return render_template(_PAGE, form=blank_form(language="en", phone=phone), key=new_id(), **choices())


@blueprint.post("/patients/new")
@policy.staff(Role.COORDINATOR)
def add_patient() -> ResponseReturnValue:
    """Add the patient, or show what to put right, or who the person may already be."""
    form = read_form(AddForm)
    if isinstance(form, FormErrors):
        return redisplay(_PAGE, form, key=form.value("key") or new_id(), **choices())
    try:
        with runtime().begin(by=actor()) as session:
            patient_id = _add_once(session, form)
    except DuplicatePatient as alike:
        return offer_existing(form, alike, endpoint="coordinator.add_patient", verb="Add as another person")
    except request_key.FormAlreadyUsed as refusal:
        return redisplay(_PAGE, form.refused(refusal), key=new_id(), **choices())
    except (Invalid, Conflict) as refusal:
        return redisplay(_PAGE, form.refused(refusal), key=form.key, **choices())
    flash("Patient added.")
    warn_of_email(form.email)
    return see_other("coordinator.patient", patient_id=patient_id)


def warn_of_email(address: str | None) -> None:
    """Tell the coordinator when the saved address could be a look-alike."""
    warning = rules.email_warning(address) if address else None
    if warning:
        flash(warning, "error")


def _add_once(session: Session, form: AddForm) -> UUID:
    """Return the new patient's id, or that of the patient whom the same form made before."""
    known = request_key.remember(session, by=actor(), key=form.key, content=form.model_dump_json(), now=now())
    if known is not None:
        return known
    patient = actions.add_patient(
        session,
        new=form.details(),
        consent=form.consent_given(),
        confirmed_not_duplicate_of=form.not_duplicate_of,
        by=actor(),
        now=now(),
    )
    request_key.settle(session, by=actor(), key=form.key, result_id=patient.id)
    return patient.id
