"""Writing down a call or a note on a patient's page, and correcting one."""

from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints
from sqlalchemy.orm import Session

from clinic.kernel import request_key
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import in_zone, to_instant
from clinic.kernel.text import clean_note
from clinic.people import queries
from clinic.people.actions.contact_log import add_contact, correct_contact
from clinic.people.errors import ContactRefused
from clinic.people.models import ContactEntry
from clinic.people.queries.contact_log import contact_entry
from clinic.people.rules.contact_log import LONGEST, CallOutcome, ContactKind, Direction, NewContact
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.patients.chart import CONTACT_KINDS, chart, note_viewed
from clinic.web.coordinator.patients.history import HistoryQuery
from clinic.web.frame import policy
from clinic.web.frame.fields import refusing
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    IsoDate,
    LocalTime,
    blank_form,
    read_form,
    redisplay,
)
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.history_words import OUTCOMES

_CHART = "coordinator/patients/chart.html"
_CORRECT = "coordinator/patients/correct.html"
# Browsers count a line end as one character and send two, so the rule counts after they are one again.
Text = Annotated[str, StringConstraints(max_length=2 * LONGEST), refusing(clean_note)]


class Logged(StrEnum):
    """What somebody writes down, with who called whom."""

    CALL_OUT = "call_out"
    CALL_IN = "call_in"
    NOTE = "note"


_DIRECTIONS = {Logged.CALL_OUT: Direction.OUTGOING, Logged.CALL_IN: Direction.INCOMING}


class ContactForm(FormModel):
    """One call or note; without day and time it is now."""

    words: ClassVar[dict[str, str]] = {
        "what": "Choose whether it was a call or is a note.",
        "outcome": "Choose how the call ended.",
        "body.long": f"Use at most {LONGEST:,} characters. Split a longer text into two notes.",
    }

    what: Logged
    outcome: CallOutcome | None = None
    on: IsoDate | None = None
    at: LocalTime | None = None
    body: Text | None = None
    key: UUID

    def entry(self, *, zone: str, today: datetime) -> NewContact:
        """Return what is to be written down; raises ContactRefused and NonexistentLocalTime."""
        return NewContact(
            kind=ContactKind.NOTE if self.what is Logged.NOTE else ContactKind.CALL,
            direction=_DIRECTIONS.get(self.what),
            outcome=self.outcome,
            body=self.body,
            happened_at=self._happened_at(zone, today),
        )

    def _happened_at(self, zone: str, today: datetime) -> datetime | None:
        if self.at is None:
            if self.on is not None:
                raise ContactRefused("Enter the time, too.", field="at")
            return None
        return to_instant(self.on or in_zone(today, zone).date(), self.at, zone)


@blueprint.post("/patients/<uuid:patient_id>/contacts")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def add_contact_entry(patient_id: UUID) -> ResponseReturnValue:
    """Write down a call or note; the form sent twice does it once."""
    form = read_form(ContactForm)
    if isinstance(form, FormErrors):
        return _chart_again(patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            _once(session, form, patient_id, corrects=None)
    except (Invalid, Conflict) as refusal:
        return _chart_again(patient_id, form.refused(refusal))
    flash("Note saved." if form.what is Logged.NOTE else "Call saved.")
    return see_other("coordinator.patient", patient_id=patient_id, _anchor="history")


@blueprint.get("/patients/<uuid:patient_id>/contacts/<uuid:entry_id>/correct")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def ask_correction(patient_id: UUID, entry_id: UUID) -> str:
    """Show a call or note to be corrected."""
    with runtime().begin(by=actor()) as session:
        page = _correction_page(session, patient_id, entry_id)
        wrong = contact_entry(session, patient_id=patient_id, entry_id=entry_id)
        return render_template(_CORRECT, form=_filled(wrong), **page)


@blueprint.post("/patients/<uuid:patient_id>/contacts/<uuid:entry_id>/correct")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def correct_contact_entry(patient_id: UUID, entry_id: UUID) -> ResponseReturnValue:
    """Write down what a call or note should have said."""
    form = read_form(ContactForm)
    if isinstance(form, FormErrors):
        return _correction_again(patient_id, entry_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            _once(session, form, patient_id, corrects=entry_id)
    except (Invalid, Conflict) as refusal:
        return _correction_again(patient_id, entry_id, form.refused(refusal))
    flash("Correction saved.")
    return see_other("coordinator.patient", patient_id=patient_id, _anchor="history")


def _once(session: Session, form: ContactForm, patient_id: UUID, *, corrects: UUID | None) -> None:
    queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
    content = f"{patient_id}{corrects}{form.model_dump_json()}"
    if request_key.remember(session, by=actor(), key=form.key, content=content, now=now()):
        return
    new = form.entry(zone=runtime().clinic.zone, today=now())
    if corrects is None:
        entry = add_contact(session, patient_id=patient_id, new=new, by=actor(), now=now())
    else:
        entry = correct_contact(session, patient_id=patient_id, entry_id=corrects, new=new, by=actor(), now=now())
    request_key.settle(session, by=actor(), key=form.key, result_id=entry.id)


def _chart_again(patient_id: UUID, form: FormErrors) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        page = chart(session, patient_id, HistoryQuery())
    return redisplay(_CHART, form, **(page | {"key": _key_of(form)}))


def _correction_again(patient_id: UUID, entry_id: UUID, form: FormErrors) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        page = _correction_page(session, patient_id, entry_id)
        return redisplay(_CORRECT, form, **(page | {"key": _key_of(form)}))


def _key_of(form: FormState) -> str:
    """Return the same key, so that what was refused may be sent again; a form used before gets a new one."""
    is_used_up = form.status == HTTPStatus.CONFLICT or form.error("key")
    return str(new_id()) if is_used_up else form.value("key") or str(new_id())


def _correction_page(session: Session, patient_id: UUID, entry_id: UUID) -> dict[str, object]:
    patient = queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
    wrong = contact_entry(session, patient_id=patient_id, entry_id=entry_id)
    note_viewed(session, patient_id)
    return {
        "patient": patient,
        "entry": wrong,
        "kinds": CONTACT_KINDS,
        "outcomes": list(OUTCOMES.items()),
        "clinic_zone": runtime().clinic.zone,
        "key": str(new_id()),
    }


def _filled(entry: ContactEntry) -> FormState:
    local = in_zone(entry.happened_at, runtime().clinic.zone)
    ways = {str(way): kind for kind, way in _DIRECTIONS.items()}
    return blank_form(
        what=ways.get(entry.direction or "", Logged.NOTE),
        outcome=entry.outcome,
        on=local.date(),
        at=local.time(),
        body=entry.body,
    )
