"""A patient's address: called right while the patient is on the phone, or corrected on the spot."""

from dataclasses import replace
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.audit.queries import contact_changes
from clinic.kernel.actor import Role
from clinic.kernel.errors import ChangedMeanwhile, Conflict, Invalid
from clinic.medication.actions.addresses import correct_address, say_address
from clinic.medication.models import AddressWord
from clinic.medication.queries.addresses import bound_elsewhere, confirmed_on, words_of
from clinic.people import queries, rules
from clinic.people.models import Patient
from clinic.people.rules.addresses import NewAddress
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.patients.chart import note_viewed
from clinic.web.coordinator.patients.details import City, Street
from clinic.web.coordinator.patients.wording import ZONES, county_groups
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, Line, WholeNumber, filled, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other

_PLACE = ("address_line", "city", "state", "postal_code", "county_fips")
_SINCE = 400
"""So many days of changes stand on the page; all of them are in the patient's history."""


class AddressForm(FormModel):
    """An address as typed over the record as it was shown."""

    address_line: Street
    city: City
    state: Line
    postal_code: Line
    county_fips: Line
    zone: Line | None = None
    version: WholeNumber

    words: ClassVar[dict[str, str]] = {
        "address_line": "Enter the street and number.",
        "city": "Enter the city.",
        "state": "Choose the state.",
        "postal_code": "Enter a ZIP code of 5 digits, like 33101.",
        "county_fips": "Choose the county.",
    }

    def new(self) -> NewAddress:
        """Return the typed address for the domain."""
        return NewAddress(**self.model_dump(exclude={"version"}))


class SeenForm(FormModel):
    """The record as it was shown."""

    version: WholeNumber


@blueprint.get("/patients/<uuid:patient_id>/address")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def address(patient_id: UUID) -> ResponseReturnValue:
    """Show the address, who said when that it is right, and what is under way to another one."""
    return _page(patient_id, None)


@blueprint.post("/patients/<uuid:patient_id>/address")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def save_address(patient_id: UUID) -> ResponseReturnValue:
    """Save the right address, which is confirmed with it."""
    form = read_form(AddressForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
            whose = {"patient_id": patient_id, "by": actor(), "now": now()}
            correct_address(session, new=form.new(), version=form.version, **whose)  # type: ignore[arg-type]
    except ChangedMeanwhile as refusal:
        return _page(patient_id, form.refused(refusal), is_stale=True)
    except (Invalid, Conflict) as refusal:
        return _page(patient_id, form.refused(refusal))
    flash("The address is saved and confirmed.")
    return see_other("coordinator.address", patient_id=patient_id)


@blueprint.post("/patients/<uuid:patient_id>/address/confirm")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def confirm_address(patient_id: UUID) -> ResponseReturnValue:
    """Keep that the patient called the address right, as it was shown."""
    form = read_form(SeenForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
            queries.lock_patient(session, patient_id).require_version(form.version)
            say_address(session, patient_id=patient_id, is_right=True, by=actor(), now=now())
    except Conflict as refusal:
        return _page(patient_id, form.refused(refusal), is_stale=True)
    flash("Confirmed.")
    return see_other("coordinator.address", patient_id=patient_id)


def _page(patient_id: UUID, form: FormState | None, *, is_stale: bool = False) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
        note_viewed(session, patient_id)
        record = filled({name: getattr(patient, name) for name in _PLACE})
        shown = replace(form, values={**record.values, **form.values}) if form else record
        typed_version = shown.value("version") if form and not is_stale else ""
        page = render_template(
            "coordinator/patients/address.html",
            patient=patient,
            county=rules.county(patient.county_fips),
            form=shown,
            version=typed_version or patient.version,
            confirmed_on=confirmed_on(session, [patient.id]).get(patient.id),
            days=number(session, PolicyKey.ADDRESS_CONFIRMED_DAYS),
            elsewhere=[each.sentence for each in bound_elsewhere(session, patient.id)],
            history=_history(session, patient),
            states=list(rules.STATES.items()),
            counties=county_groups(now()),
            zones=ZONES,
        )
    return page, shown.status


def _history(session: Session, patient: Patient) -> list[dict[str, object]]:
    """Return who confirmed, denied or changed the address, the newest first."""
    since = now() - timedelta(days=_SINCE)
    told = [
        {"at": each.at, "what": "Called right" if each.is_right else "Called wrong", "detail": "", "who": _who(each)}
        for each in words_of(session, patient.id)
    ]
    changed = [
        {"at": each.occurred_at, "what": "Changed", "detail": "", "who": each.actor_name}
        for each in contact_changes(session, [patient.id], since=since)
        if not set(_PLACE).isdisjoint(each.details.get("fields", ()))
    ]
    return sorted((*told, *changed), key=lambda each: each["at"], reverse=True)  # type: ignore[arg-type, return-value]


def _who(word: AddressWord) -> str:
    return "The patient" if word.said_by == "patient" else word.actor_name
