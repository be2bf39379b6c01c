"""Whose deliveries a link leads to, and the one way in which its forms are read, acted upon and shown again."""

from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.errors import DomainError, NotFound
from clinic.medication.models import Shipment
from clinic.medication.queries.parcels import shipments_of
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.web.frame.forms import FormErrors, FormModel, FormState, read_form
from clinic.web.frame.language import prefer
from clinic.web.frame.requests import actor, now, runtime, see_other, visitor
from clinic.web.patient.deliveries.wording import refused

PURPOSE = "medication"
SEEN = "deliveries.viewed"

Form = TypeVar("Form", bound=FormModel)


def reader(session: Session) -> Patient:
    """Return the patient behind the link, and speak that person's language."""
    link = visitor().link
    assert link is not None
    patient = people.patient(session, link.patient_id)
    prefer(patient.language)
    return patient


def seen(session: Session) -> Patient:
    """Return the patient behind the link, and note that the deliveries were looked at."""
    patient = reader(session)
    journal.note(session, SEEN, subject_kind="patient", subject_id=patient.id, at=now(), patient_ids=(patient.id,))
    return patient


def own_parcel(session: Session, patient: Patient, shipment_id: UUID) -> Shipment:
    """Return one of the patient's own parcels; anybody else's raises NotFound like one that does not exist."""
    for parcel in shipments_of(session, patient.id):
        if parcel.id == shipment_id:
            return parcel
    raise NotFound(_("There is no page at this address, or it is not open to you. Check the address or start again."))


def taken(
    model: type[Form],
    act: Callable[[Session, Patient, Form], str],
    show: Callable[[FormState], ResponseReturnValue],
    *,
    words: Callable[[DomainError], DomainError] = refused,
    then: str = "patient.deliveries",
) -> ResponseReturnValue:
    """Read a form in the patient's language and act on it; `act` returns what is said on the page `then`.

    The patient is locked first, so that a button pressed twice acts one after the other. What is refused stands in
    `words` at its box with everything that was typed.
    """
    with runtime().begin(by=actor()) as session:
        reader(session)
    form = read_form(model)
    if isinstance(form, FormErrors):
        return show(form)
    try:
        with runtime().begin(by=actor()) as session:
            said = act(session, people.lock_patient(session, reader(session).id), form)
    except DomainError as refusal:
        if isinstance(refusal, NotFound) and refusal.field is None:
            raise
        return show(form.refused(words(refusal)))
    flash(said)
    return see_other(then)
