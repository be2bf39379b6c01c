"""A patient's flags and findings: what is open, what was found, and recording or taking back a finding."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.monitoring.actions import findings as actions
from clinic.monitoring.models import ClinicalFinding
from clinic.monitoring.queries.findings import finding, findings_of
from clinic.monitoring.queries.flags import flags_of, open_flags_of
from clinic.monitoring.rules.findings import KINDS, DetailKind, FindingKind
from clinic.people.models import Patient
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    IsoDate,
    Line,
    Note,
    WholeNumber,
    blank_form,
    read_form,
    read_query,
)
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.plans.reading import own_patient
from clinic.web.physician.signing.deciding import today

_Choice = Annotated[Line, Field(max_length=40)] | None
_YesNo = Literal["yes", "no"] | None
_Number = WholeNumber | None


class FindingsQuery(FormModel):
    """Which kind of finding is recorded; without one, they are offered."""

    kind: FindingKind | None = None


class FindingForm(FormModel):
    """A finding as typed; of the details only those of its kind are sent."""

    kind: FindingKind
    found_on: IsoDate
    note: Note | None = None
    units_taken: _Number = None
    units_ordered: _Number = None
    days_early: _Number = None
    prescribers: _Number = None
    pharmacies: _Number = None
    had_symptoms: _YesNo = None
    adult_signature: _YesNo = None
    ketamine: _YesNo = None
    explained: _YesNo = None
    source: _Choice = None
    how: _Choice = None
    what: _Choice = None
    who: _Choice = None
    test: _Choice = None
    severity: _Choice = None

    words: ClassVar[dict[str, str]] = {
        "kind": "Choose what it was.",
        "found_on": "Enter the day it was.",
        "note.long": "Use at most 2,000 characters.",
        "units_taken": "Enter a whole number.",
        "units_ordered": "Enter a whole number.",
        "days_early": "Enter a whole number.",
        "prescribers": "Enter a whole number.",
        "pharmacies": "Enter a whole number.",
    }

    @property
    def details(self) -> dict[str, object]:
        """Return the details that were sent as the rules want them."""
        sent = self.model_dump(exclude={"kind", "found_on", "note"}, exclude_none=True)
        ticks = {detail.key for about in KINDS.values() for detail in about.details if detail.kind is DetailKind.YES_NO}
        return {key: value == "yes" if key in ticks else value for key, value in sent.items()}


class TakeBackForm(FormModel):
    """Why a finding was not so."""

    reason: Note

    words: ClassVar[dict[str, str]] = {"reason": "Say in a few words what was wrong."}


@blueprint.get("/my-patients/<uuid:patient_id>/findings")
@policy.staff(Role.PHYSICIAN, audit="findings.viewed")
def findings(patient_id: UUID) -> ResponseReturnValue:
    """Show a patient's flags and findings."""
    return _show(patient_id, read_query(FindingsQuery).kind, blank_form(found_on=today()))


@blueprint.post("/my-patients/<uuid:patient_id>/findings")
@policy.staff(Role.PHYSICIAN, audit="findings.viewed")
def record_finding(patient_id: UUID) -> ResponseReturnValue:
    """Record a finding; the rules look at it at once."""
    form = read_form(FindingForm)
    if isinstance(form, FormErrors):
        return _show(patient_id, _kind_of(form), form)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            actions.record_finding(
                session,
                patient_id=patient_id,
                kind=form.kind,
                details=form.details,
                found_on=form.found_on,
                note=form.note,
                by=actor(),
                now=now(),
            )
    except (Invalid, Conflict) as refusal:
        return _show(patient_id, form.kind, form.refused(refusal))
    flash("Recorded. The rules look at it now.")
    return see_other("physician.findings", patient_id=patient_id)


@blueprint.get("/my-patients/<uuid:patient_id>/findings/<uuid:finding_id>/take-back")
@policy.staff(Role.PHYSICIAN, audit="findings.viewed")
def ask_take_back(patient_id: UUID, finding_id: UUID) -> ResponseReturnValue:
    """Ask why a finding was not so."""
    return _ask(patient_id, finding_id, blank_form())


@blueprint.post("/my-patients/<uuid:patient_id>/findings/<uuid:finding_id>/take-back")
@policy.staff(Role.PHYSICIAN, audit="findings.viewed")
def take_back_finding(patient_id: UUID, finding_id: UUID) -> ResponseReturnValue:
    """Write that a finding was not so."""
    form = read_form(TakeBackForm)
    if isinstance(form, FormErrors):
        return _ask(patient_id, finding_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            actions.take_back_finding(
                session, finding_id=finding_id, patient_id=patient_id, reason=form.reason, by=actor(), now=now()
            )
    except (Invalid, Conflict) as refusal:
        return _ask(patient_id, finding_id, form.refused(refusal))
    flash("Taken back. Both entries stay in the record.")
    return see_other("physician.findings", patient_id=patient_id)


def _kind_of(form: FormErrors) -> FindingKind | None:
    kind = form.value("kind")
    return FindingKind(kind) if kind in list(FindingKind) else None


def _seen(session: Session, patient_id: UUID) -> Patient:
    found = own_patient(session, patient_id)
    ids = (patient_id,)
    journal.note(session, "findings.viewed", subject_kind="patient", subject_id=patient_id, at=now(), patient_ids=ids)
    return found


def _ask(patient_id: UUID, finding_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = _seen(session, patient_id)
        row: ClinicalFinding = finding(session, patient_id=patient_id, finding_id=finding_id)
        title = KINDS[FindingKind(row.kind)].title
        shown = {"title": title, "found_on": row.found_on, "id": row.id}
        page = render_template("physician/findings/take_back.html", patient=patient, row=shown, form=form)
    return page, form.status


def _show(patient_id: UUID, kind: FindingKind | None, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        page = render_template(
            "physician/findings/index.html",
            patient=_seen(session, patient_id),
            open=open_flags_of(session, patient_id),
            earlier=[row for row in flags_of(session, patient_id) if not row.is_open],
            found=findings_of(session, patient_id),
            kinds=list(KINDS.items()),
            kind=kind,
            about=KINDS[kind] if kind else None,
            today=today(),
            form=form,
        )
    return page, form.status
