"""Recording that a patient agreed to texts, or wants none, as told to a member of staff."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.people import actions, queries, rules
from clinic.people.models import SmsConsentEvent
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.patients.chart import note_viewed
from clinic.web.coordinator.patients.details import CONSENT_CHOICES
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.record_words import CHANGES, SOURCES


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One change of a number's consent as it is read: when, what, how, by whom, and the words if there were any."""

    at: datetime
    what: str
    how: str
    who: str
    wording: rules.ConsentWording | None


class ToldBy(StrEnum):
    """How a patient told a member of staff that they want no texts."""

    PHONE_CALL = "phone_call"
    IN_PERSON = "in_person"


class ConsentForm(FormModel):
    """How the patient agreed, and to which words."""

    words: ClassVar[dict[str, str]] = {"consent_source": "Choose how the patient said yes."}

    consent_source: rules.ConsentSource
    wording: Line


class OptOutForm(FormModel):
    """How the patient asked for no texts."""

    words: ClassVar[dict[str, str]] = {"told_by": "Choose how the patient told you."}

    told_by: ToldBy


@blueprint.get("/patients/<uuid:patient_id>/texts")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def ask_consent(patient_id: UUID) -> ResponseReturnValue:
    """Show the words to read to the patient, and the buttons for yes and no."""
    return _page(patient_id, agreeing=blank_form(), declining=blank_form(prefix="no"))


@blueprint.post("/patients/<uuid:patient_id>/texts/agree")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def record_consent(patient_id: UUID) -> ResponseReturnValue:
    """Record that the patient agreed to texts."""
    form = read_form(ConsentForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, agreeing=form, declining=blank_form(prefix="no"))
    given = rules.ConsentGiven(source=form.consent_source, wording_version=form.wording)
    try:
        with runtime().begin(by=actor()) as session:
            queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
            actions.record_consent(session, patient_id=patient_id, consent=given, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _page(patient_id, agreeing=form.refused(refusal), declining=blank_form(prefix="no"))
    flash("Consent to texts recorded.")
    return see_other("coordinator.patient", patient_id=patient_id)


@blueprint.post("/patients/<uuid:patient_id>/texts/decline")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def record_opt_out(patient_id: UUID) -> ResponseReturnValue:
    """Stop all texts to the patient's number."""
    form = read_form(OptOutForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, agreeing=blank_form(), declining=form)
    with runtime().begin(by=actor()) as session:
        patient = queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
        actions.opt_out(session, phone_id=patient.phone_id, source=form.told_by, by=actor(), now=now())
    flash("No more texts go to this number.")
    return see_other("coordinator.patient", patient_id=patient_id)


def _said(event: SmsConsentEvent) -> Said:
    return Said(
        at=event.at,
        what=CHANGES[rules.ConsentChange(event.change)],
        how=SOURCES[rules.ConsentSource(event.source)],
        who=event.actor_name,
        wording=rules.wording(event.wording_version) if event.wording_version else None,
    )


def _page(patient_id: UUID, *, agreeing: FormState, declining: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
        note_viewed(session, patient_id)
        contact = queries.contact_of(session, patient)
        said = [_said(event) for event in queries.consent_events(session, patient.phone_id)]
    wording = rules.current_wording(patient.language)
    page = render_template(
        "coordinator/patients/consent.html",
        patient=patient,
        contact=contact,
        said=said,
        wording=wording,
        words=wording.for_clinic(runtime().clinic.name),
        form=agreeing if agreeing.has_errors else declining,
        agreeing=agreeing,
        declining=declining,
        sources=CONSENT_CHOICES,
        tellings=[(ToldBy.PHONE_CALL.value, "On the phone"), (ToldBy.IN_PERSON.value, "In person")],
    )
    return page, max(agreeing.status, declining.status)
