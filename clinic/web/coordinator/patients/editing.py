"""Editing a patient without losing what a colleague saved in the meantime."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from types import MappingProxyType
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile, Conflict, Invalid
from clinic.kernel.phone import for_reading
from clinic.people import actions, queries, rules
from clinic.people.errors import DuplicatePatient, UnknownCounty
from clinic.people.models import Patient
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.patients.adding import warn_of_email
from clinic.web.coordinator.patients.chart import note_viewed
from clinic.web.coordinator.patients.details import EditForm, choices
from clinic.web.coordinator.patients.likeness import offer_existing
from clinic.web.coordinator.patients.wording import LANGUAGES
from clinic.web.frame import policy
from clinic.web.frame.display import day_text, zone_words
from clinic.web.frame.forms import FormErrors, filled, read_form, redisplay
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.record_words import FIELDS

_PAGE = "coordinator/patients/edit.html"


@blueprint.get("/patients/<uuid:patient_id>/edit")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def edit_patient(patient_id: UUID) -> str:
    """Show the patient's details in boxes."""
    patient, e164 = _patient_to_edit(patient_id)
    typed = {**saved_details(patient, e164), "phone": for_reading(e164), "zone": _chosen_zone(patient)}
    return render_template(_PAGE, form=filled(typed), patient=patient, version=patient.version, **choices())


@blueprint.post("/patients/<uuid:patient_id>/edit")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def save_patient(patient_id: UUID) -> ResponseReturnValue:
    """Save the details, or show what to put right, who it may be, or what a colleague saved meanwhile."""
    form = read_form(EditForm)
    if isinstance(form, FormErrors):
        patient, _ = _patient_to_edit(patient_id)
        return redisplay(_PAGE, form, patient=patient, version=form.value("version"), **choices())
    try:
        needs_consent = _save(patient_id, form)
    except DuplicatePatient as alike:
        return offer_existing(
            form, alike, endpoint="coordinator.save_patient", verb="Save as another person", patient_id=str(patient_id)
        )
    except ChangedMeanwhile:
        return _show_both(patient_id, form)
    except (Invalid, Conflict) as refusal:
        patient, _ = _patient_to_edit(patient_id)
        return redisplay(_PAGE, form.refused(refusal), patient=patient, version=form.version, **choices())
    flash("Changes saved.")
    warn_of_email(form.email)
    if needs_consent:
        flash("Nobody has agreed to texts on the new number. Ask the patient, and write down the answer.", "error")
        return see_other("coordinator.ask_consent", patient_id=patient_id)
    return see_other("coordinator.patient", patient_id=patient_id)


def _save(patient_id: UUID, form: EditForm) -> bool:
    """Save the details; tell whether the phone changed to one about which nobody was asked: consent is a number's."""
    with runtime().begin(by=actor()) as session:
        old_id = queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now()).phone_id
        saved = actions.edit_patient(
            session,
            patient_id=patient_id,
            new=form.details(),
            version=form.version,
            confirmed_not_duplicate_of=form.not_duplicate_of,
            by=actor(),
            now=now(),
        )
        contact = queries.contact_of(session, saved)
        return saved.phone_id != old_id and contact.consented_at is None and contact.opted_out_at is None


def _show_both(patient_id: UUID, form: EditForm) -> ResponseReturnValue:
    """Show the typed form over the saved one, both values where they differ; saving again is then a decision."""
    patient, e164 = _patient_to_edit(patient_id)
    conflict = ChangedMeanwhile("A colleague saved this patient after you opened the form.")
    return redisplay(
        _PAGE,
        form.refused(conflict),
        patient=patient,
        version=patient.version,
        differing=_differing(saved_details(patient, e164), form),
        clinic_zone=runtime().clinic.zone,
        **choices(),
    )


def _patient_to_edit(patient_id: UUID) -> tuple[Patient, str]:
    with runtime().begin(by=actor()) as session:
        patient = queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
        note_viewed(session, patient_id)
        return patient, queries.phone_of(session, patient_id).e164


def saved_details(patient: Patient, e164: str) -> dict[str, object]:
    """Return the record's values by box."""
    return {name: e164 if name == "phone" else getattr(patient, name) for name in FIELDS}


def _chosen_zone(patient: Patient) -> str:
    """Return the zone box's value: empty where the county decides, the zone where somebody had to."""
    has_choice = rules.county(patient.county_fips).is_split and patient.is_zone_confirmed
    return patient.zone if has_choice else ""


def _differing(saved: Mapping[str, object], form: EditForm) -> list[tuple[str, str, str]]:
    """Return label, saved and typed value of each box in which the two differ."""
    typed = {**asdict(form.details()), "zone": form.zone or _zone_of_county(form)}
    return [
        (label, readable(name, saved[name]), readable(name, typed[name]))
        for name, label in FIELDS.items()
        if saved[name] != typed[name]
    ]


def _zone_of_county(form: EditForm) -> str | None:
    try:
        return rules.zone_for(form.county_fips, form.postal_code)
    except UnknownCounty:
        return None


def readable(name: str, value: object) -> str:
    """Return a saved or typed value as the page writes it."""
    if value is None:
        return "nothing"
    if isinstance(value, date):
        return day_text(value, "long")
    return _READERS.get(name, str)(str(value))


def _county_name(fips: str) -> str:
    try:
        return rules.county(fips).name
    except UnknownCounty:
        return fips


_READERS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "phone": for_reading,
        "zone": zone_words,
        "county_fips": _county_name,
        "language": dict(LANGUAGES).__getitem__,
    }
)
