"""Two records of one person: found, compared side by side, made one; and addresses of merged records lead on."""

from uuid import UUID

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic import casework
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict
from clinic.people import queries
from clinic.people.models import Patient
from clinic.people.queries import PatientRow
from clinic.scheduling.queries import overlapping_visits
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.patients.editing import readable, saved_details
from clinic.web.coordinator.patients.listing import SearchForm
from clinic.web.coordinator.patients.wording import AGREEMENTS
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.record_words import FIELDS

_MOST_FOUND = 20


class MergeForm(FormModel):
    """Both records as they were compared."""

    loser_version: WholeNumber
    survivor_version: WholeNumber


@blueprint.before_request
def lead_on() -> ResponseReturnValue | None:
    """Send whoever opens a page of a merged record to the same page of the one that lives on."""
    patient_id = (request.view_args or {}).get("patient_id")
    if request.method != "GET" or patient_id is None or not actor().has(Role.COORDINATOR):
        return None
    with runtime().begin(by=actor()) as session:
        survivor_id = queries.survivor_of(session, patient_id)
    if survivor_id is None:
        return None
    flash("That record was merged into this one.")
    return see_other(str(request.endpoint), **{**(request.view_args or {}), "patient_id": survivor_id})


@blueprint.get("/patients/<uuid:patient_id>/duplicate")
@policy.staff(Role.COORDINATOR, audit="patients.compared")
def find_duplicate(patient_id: UUID) -> ResponseReturnValue:
    """Ask whose record this is too, with the likely ones at hand."""
    return _search_page(patient_id, blank_form(), rows=None)


@blueprint.post("/patients/<uuid:patient_id>/duplicate")
@policy.staff(Role.COORDINATOR, audit="patients.compared")
def search_duplicate(patient_id: UUID) -> ResponseReturnValue:
    """Find the other record by name, phone or record number."""
    form = read_form(SearchForm)
    if isinstance(form, FormErrors):
        return _search_page(patient_id, form, rows=[])
    with runtime().begin(by=actor()) as session:
        found = queries.search(session, text=form.q, limit=_MOST_FOUND)
    return _search_page(patient_id, blank_form(q=form.q), rows=[row for row in found if row.id != patient_id])


@blueprint.get("/patients/<uuid:patient_id>/duplicate/<uuid:survivor_id>")
@policy.staff(Role.COORDINATOR, audit="patients.compared")
def compare_records(patient_id: UUID, survivor_id: UUID) -> ResponseReturnValue:
    """Show both records side by side, and what moves."""
    return _compare_page(patient_id, survivor_id, blank_form())


@blueprint.post("/patients/<uuid:patient_id>/duplicate/<uuid:survivor_id>")
@policy.staff(Role.COORDINATOR, audit="patients.compared")
def merge_records(patient_id: UUID, survivor_id: UUID) -> ResponseReturnValue:
    """Make the two one."""
    form = read_form(MergeForm)
    if isinstance(form, FormErrors):
        return _compare_page(patient_id, survivor_id, form)
    try:
        _merge(patient_id, survivor_id, form)
    except Conflict as refusal:
        return _compare_page(patient_id, survivor_id, form.refused(refusal))
    flash("The two records are one now.")
    return see_other("coordinator.patient", patient_id=survivor_id)


def _merge(patient_id: UUID, survivor_id: UUID, form: MergeForm) -> None:
    with runtime().begin(by=actor()) as session:
        for each in (patient_id, survivor_id):
            queries.patient_for(session, actor=actor(), patient_id=each, now=now())
        casework.merge(
            session,
            loser_id=patient_id,
            survivor_id=survivor_id,
            loser_version=form.loser_version,
            survivor_version=form.survivor_version,
            by=actor(),
            now=now(),
        )


def _search_page(patient_id: UUID, form: FormState, *, rows: list[PatientRow] | None) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
        likely = queries.alike_to(session, patient)
        found = queries.rows_of(session, likely)
        shown = [row.id for row in rows or ()]
        _note_compared(session, (patient_id, *likely, *shown))
    page = render_template(
        "coordinator/patients/duplicate.html",
        patient=patient,
        form=form,
        likely=[(found[each], [AGREEMENTS[what] for what in why]) for each, why in likely.items()],
        rows=rows,
    )
    return page, form.status


def _compare_page(loser_id: UUID, survivor_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        pair = [
            queries.patient_for(session, actor=actor(), patient_id=each, now=now()) for each in (loser_id, survivor_id)
        ]
        sides = [_side(session, each) for each in pair]
        overlaps = overlapping_visits(session, from_id=loser_id, to_id=survivor_id)
        _note_compared(session, (loser_id, survivor_id))
    loser, survivor = sides
    page = render_template(
        "coordinator/patients/merge.html",
        loser=loser,
        survivor=survivor,
        lines=_lines(loser, survivor),
        overlaps=overlaps,
        form=form,
        swapped=url_for("coordinator.compare_records", patient_id=survivor_id, survivor_id=loser_id),
    )
    return page, form.status


def _side(session: Session, patient: Patient) -> dict[str, object]:
    e164 = queries.phone_of(session, patient.id).e164
    stake = casework.at_stake(session, patient_id=patient.id, now=now())
    contact = queries.contact_of(session, patient)
    return {"patient": patient, "stake": stake, "details": saved_details(patient, e164), "contact": contact}


def _lines(loser: dict[str, object], survivor: dict[str, object]) -> list[tuple[str, str, str]]:
    """Return label and both values of each box, readable."""
    left, right = loser["details"], survivor["details"]
    assert isinstance(left, dict)
    assert isinstance(right, dict)
    return [(label, readable(name, left[name]), readable(name, right[name])) for name, label in FIELDS.items()]


def _note_compared(session: Session, patient_ids: tuple[UUID, ...]) -> None:
    seen = tuple(dict.fromkeys(patient_ids))
    journal.note(session, "patients.compared", subject_kind="patient", subject_id=seen[0], at=now(), patient_ids=seen)
