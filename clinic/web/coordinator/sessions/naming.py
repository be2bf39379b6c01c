"""Who is with a patient, entered by a coordinator: the name, the number, and what the person says by telephone."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.kernel.phone import for_reading, to_e164
from clinic.people import queries as people
from clinic.scheduling import queries
from clinic.session_day.actions import supporting
from clinic.session_day.errors import NotASession, SupportRefused
from clinic.session_day.models import SupportPerson
from clinic.session_day.queries.persons import number_of, suggested, support_person_of
from clinic.session_day.rules.persons import Named, Relation
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.sessions.words import RELATIONS, SUPPORT
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, NoFields, Tick, filled, read_form, refusing
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.frame.telling import told

SEEN = "support_person.viewed"


class SupportForm(FormModel):
    """Who it is, how to reach them, and that they agreed to be texted."""

    name: Annotated[Line, Field(max_length=120)]
    phone: Annotated[Line, refusing(to_e164)]
    relation: Relation
    language: Annotated[str, Field(pattern="^(en|es)$")]
    has_agreed: Tick

    words: ClassVar[Mapping[str, Any]] = {
        "name": "Enter the name of the support person.",
        "name.long": "This is too long. Use at most 120 characters.",
        "phone": "Enter a 10-digit US number, like 305 555 0123.",
        "relation": "Choose who this person is to the patient.",
        "language": "Choose the language for texts to this person.",
    }


class SaidForm(FormModel):
    """What the person said by telephone."""

    said: Annotated[str, Field(pattern="^(confirmed|attested|declined)$")]


@blueprint.get("/visits/<uuid:appointment_id>/support")
@policy.staff(Role.COORDINATOR, audit=SEEN)
def support(appointment_id: UUID) -> ResponseReturnValue:
    """Show who is named, and ask who is to be."""
    with runtime().begin(by=actor()) as session:
        row = queries.visit_row(session, appointment_id)
        patient = people.patient_for(session, actor=actor(), patient_id=row.patient_id, now=now())
        present = support_person_of(session, appointment_id)
        if present is not None:
            number = for_reading(number_of(session, present))
            held = {"name": present.name, "relation": present.relation, "language": present.language}
        else:
            before = suggested(session, patient)
            number = for_reading(before.e164) if before.e164 else ""
            held = {"name": before.name, "relation": before.relation, "language": patient.language}
        return _page(session, appointment_id, filled(held | {"phone": number}))


@blueprint.post("/visits/<uuid:appointment_id>/support")
@policy.staff(Role.COORDINATOR)
def name_support(appointment_id: UUID) -> ResponseReturnValue:
    """Keep who is to be there, and ask that person by text."""
    form = read_form(SupportForm)
    if isinstance(form, FormErrors):
        return _again(appointment_id, form)
    named = Named(name=form.name, e164=form.phone, relation=form.relation, language=form.language)
    try:
        with runtime().begin(by=actor()) as session:
            supporting.name_support_person(
                session,
                appointment_id=appointment_id,
                named=named,
                has_agreed=form.has_agreed,
                by=actor(),
                now=now(),
                ring=runtime().link_ring,
            )
    except (SupportRefused, NotASession) as refusal:
        return _again(appointment_id, form.refused(refusal))
    flash("Saved. The support person is asked by text, or is on the list to be called.")
    return see_other("coordinator.support", appointment_id=appointment_id)


@blueprint.post("/visits/<uuid:appointment_id>/support/link")
@policy.staff(Role.COORDINATOR)
def send_support_link(appointment_id: UUID) -> ResponseReturnValue:
    """Text the link to who is named once more."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            supporting.send_support_link(
                session, appointment_id=appointment_id, by=actor(), now=now(), ring=runtime().link_ring
            )
    except DomainError as refusal:
        flash(told(refusal), "error")
    else:
        flash("The link is on its way by text, or the person is on the list to be called.")
    return see_other("coordinator.support", appointment_id=appointment_id)


@blueprint.post("/visits/<uuid:appointment_id>/support/said")
@policy.staff(Role.COORDINATOR)
def support_said(appointment_id: UUID) -> ResponseReturnValue:
    """Keep what the support person said by telephone."""
    form = read_form(SaidForm)
    if isinstance(form, FormErrors):
        flash("That button was out of date. Look again and press it once more.", "error")
        return see_other("coordinator.support", appointment_id=appointment_id)
    try:
        with runtime().begin(by=actor()) as session:
            person = support_person_of(session, appointment_id)
            if person is not None:
                _SAID[form.said](session, person_id=person.id, by=actor(), now=now())
    except DomainError as refusal:
        flash(told(refusal), "error")
    else:
        flash("Noted.")
    return see_other("coordinator.support", appointment_id=appointment_id)


_SAID: Mapping[str, Callable[..., SupportPerson]] = {
    "confirmed": supporting.confirm_support,
    "attested": supporting.attest,
    "declined": supporting.decline_support,
}


def _again(appointment_id: UUID, form: FormErrors) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        return _page(session, appointment_id, form), form.status


def _page(session: Session, appointment_id: UUID, form: FormState) -> str:
    row = queries.visit_row(session, appointment_id)
    patient = people.patient_for(session, actor=actor(), patient_id=row.patient_id, now=now())
    ids = (row.patient_id,)
    journal.note(session, SEEN, subject_kind="appointment", subject_id=row.id, at=now(), patient_ids=ids)
    present = support_person_of(session, appointment_id)
    return render_template(
        "coordinator/sessions/support.html",
        visit=row,
        patient=patient,
        present=present,
        looks=SUPPORT,
        form=form,
        relations=RELATIONS,
        languages=[("en", "English"), ("es", "Spanish")],
    )
