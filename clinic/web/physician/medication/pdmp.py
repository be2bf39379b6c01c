"""Entering what was seen in the state's prescription monitoring program."""

from dataclasses import asdict
from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.kernel.localtime import in_zone, to_instant
from clinic.medication.actions.pdmp import record_check
from clinic.medication.queries.pdmp import latest_check
from clinic.medication.rules.pdmp import PROGRAM, PdmpReport, PdmpResult
from clinic.people.queries import lock_patient
from clinic.people.rules import STATES
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    IsoDate,
    Line,
    LocalTime,
    Note,
    Tick,
    WholeNumber,
    blank_form,
    read_form,
)
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.medication.words import RESULTS
from clinic.web.physician.own import own_record
from clinic.web.physician.plans.reading import own_patient, seen_patient


class PdmpForm(FormModel):
    """What a physician saw there, when by the own clock, and what it means."""

    state: Line
    looked_on: IsoDate
    looked_at: LocalTime
    result: PdmpResult
    reference: Line | None = None
    prescribers: WholeNumber
    pharmacies: WholeNumber
    has_other_ketamine: Tick
    outage: Note | None = None
    note: Note | None = None

    words: ClassVar[dict[str, str]] = {
        "state": "Choose the program.",
        "looked_on": "Enter the day on which you looked.",
        "looked_at": "Enter when you looked.",
        "result": "Choose what the program showed.",
        "prescribers": "Enter how many other prescribers there are, 0 for none.",
        "pharmacies": "Enter how many other pharmacies there are, 0 for none.",
    }

    def report(self, zone: str) -> PdmpReport:
        """Return what the form says, its time read by the clock of `zone`."""
        said = self.model_dump(exclude={"looked_on", "looked_at"})
        return PdmpReport(**said, checked_at=to_instant(self.looked_on, self.looked_at, zone))


@blueprint.get("/my-patients/<uuid:patient_id>/medication/program")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def ask_program(patient_id: UUID) -> ResponseReturnValue:
    """Ask what the program showed; only the program and the day of today stand there."""
    with runtime().begin(by=actor()) as session:
        state, zone = own_patient(session, patient_id).state, own_record(session).zone
    return _page(patient_id, blank_form(state=state, looked_on=in_zone(now(), zone).date()))


@blueprint.post("/my-patients/<uuid:patient_id>/medication/program")
@policy.staff(Role.PHYSICIAN, audit="pdmp.checked")
def keep_program(patient_id: UUID) -> ResponseReturnValue:
    """Keep what was seen; it is never changed afterwards, and sent twice it is kept once."""
    form = read_form(PdmpForm)
    if isinstance(form, FormErrors):
        return _page(patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, patient_id)
            report = form.report(own_record(session).zone)
            if not _is_kept(session, patient_id, report):
                record_check(session, patient_id=patient_id, report=report, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        refusal.field = {"checked_at": "looked_at"}.get(refusal.field or "", refusal.field)
        if refusal.field not in PdmpForm.model_fields:
            refusal.field = None
        return _page(patient_id, form.refused(refusal))
    flash("Kept. It is never changed; a second look is a second entry.")
    return see_other("physician.medication", patient_id=patient_id)


def _is_kept(session: Session, patient_id: UUID, report: PdmpReport) -> bool:
    """Tell whether the newest look is this very one, of the same person; the patient is locked first."""
    newest = latest_check(session, lock_patient(session, patient_id).id)
    said = asdict(report) | {"actor_id": actor().id}
    return newest is not None and all(getattr(newest, name) == value for name, value in said.items())


def _page(patient_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        patient = seen_patient(session, patient_id)
        page = render_template(
            "physician/medication/program.html",
            patient=patient,
            form=form,
            zone=own_record(session).zone,
            states=[(code, f"{STATES[code]} ({source})") for code, source in PROGRAM.items()],
            results=[(each.value, RESULTS[each][0]) for each in PdmpResult],
        )
    return page, form.status
