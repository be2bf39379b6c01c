"""Whose a number is that nobody had: found among the patients, or a new one."""

from collections.abc import Sequence
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from clinic.conversations import actions, queries
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.people.queries import PatientRow
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.inbox.asked import Versioned
from clinic.web.coordinator.inbox.listing import SearchForm
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.frame.telling import told

_PAGE = "coordinator/inbox/owner.html"
_MOST = 20


@blueprint.get("/inbox/<uuid:phone_id>/owner")
@policy.staff(Role.COORDINATOR)
def ask_owner(phone_id: UUID) -> ResponseReturnValue:
    """Ask whose number it is."""
    return _show(phone_id, blank_form())


@blueprint.post("/inbox/<uuid:phone_id>/owner")
@policy.staff(Role.COORDINATOR, audit="patients.searched")
def find_owner(phone_id: UUID) -> ResponseReturnValue:
    """Find the patient who may be writing from a new number."""
    form = read_form(SearchForm)
    if isinstance(form, FormErrors):
        return _show(phone_id, form)
    with runtime().begin(by=actor()) as session:
        rows = people.search(session, text=form.q, limit=_MOST)
        found = people.patients_by_id(session, [row.id for row in rows])
        seen = tuple(found)
        journal.note(session, "patients.searched", subject_kind="patient", subject_id=None, at=now(), patient_ids=seen)
    return _show(phone_id, blank_form(q=form.q), [(row, found[row.id]) for row in rows])


@blueprint.post("/inbox/<uuid:phone_id>/owner/<uuid:patient_id>")
@policy.staff(Role.COORDINATOR)
def give_number(phone_id: UUID, patient_id: UUID) -> ResponseReturnValue:
    """Make it this patient's number; whether it may be texted has to be asked anew."""
    form = read_form(Versioned)
    if isinstance(form, FormErrors):
        flash("That button was out of date. Look again and press it once more.", "error")
        return see_other("coordinator.ask_owner", phone_id=phone_id)
    try:
        with runtime().begin(by=actor()) as session:
            actions.give_number(
                session, phone_id=phone_id, patient_id=patient_id, version=form.version, by=actor(), now=now()
            )
            is_asked = people.consent_of(session, phone_id).consented_at is not None
    except (Conflict, Invalid) as refusal:
        flash(told(refusal), "error")
        return see_other("coordinator.ask_owner", phone_id=phone_id)
    flash("The number is theirs now.")
    if not is_asked:
        flash("Nobody has agreed to texts on this number. Ask the patient, and write down the answer.", "error")
    return see_other("coordinator.conversation", phone_id=phone_id)


def _show(phone_id: UUID, form: FormState, rows: Sequence[tuple[PatientRow, Patient]] = ()) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        standing = queries.standing_of(session, phone_id)
    return render_template(_PAGE, form=form, standing=standing, rows=rows), form.status
