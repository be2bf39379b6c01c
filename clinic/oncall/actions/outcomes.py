"""What was done about a page: asked for once somebody has it, kept with the task and in the patient's contact log."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.messaging.actions.safety import alarm_key
from clinic.oncall.errors import NothingWritten
from clinic.oncall.models import OnCallPage
from clinic.oncall.queries.pages import Caller, caller_of, outcome_key, page
from clinic.oncall.rules import OUTCOMES, PageKind
from clinic.people.actions.contact_log import add_contact
from clinic.people.rules.contact_log import CallOutcome, ContactKind, Direction, NewContact, checked_contact
from clinic.worklist import actions as worklist
from clinic.worklist.rules import Outcome, WorkKind

_ABOUT: Mapping[PageKind, str] = MappingProxyType(
    {
        PageKind.DANGER_WORDS: "words that sound like danger",
        PageKind.LANE_PAUSED: "texts that are on hold",
        PageKind.URGENT_FLAG: "a clinical check",
        PageKind.SESSION_EMERGENCY: "a visit at home",
    }
)


def ask_what_was_done(session: Session, found: OnCallPage, *, by: Actor, now: datetime) -> None:
    """Open the task that stays until it is written down."""
    _open(session, found.id, kind=PageKind(found.kind), patient_id=found.patient_id, by=by, now=now)


def write_down(
    session: Session,
    *,
    page_id: UUID,
    outcome: CallOutcome,
    note: str,
    patient_id: UUID | None,
    by: Actor,
    now: datetime,
) -> None:
    """Keep how the call ended and what was done, also in the contact log of the patient who was called.

    Once the patient was reached, the tasks about these words are done, too. `patient_id` chooses among those who use
    the phone, None when it was nobody of them. Raises NothingWritten.
    """
    row = page(session, page_id)
    caller = caller_of(session, row)
    chosen = _patient(caller, patient_id)
    if row.held_at is None:
        raise NothingWritten("Press “I have it” first, so that nobody else is called.", field="note")
    call = NewContact(kind=ContactKind.CALL, direction=Direction.OUTGOING, outcome=outcome, body=note or None)
    checked = checked_contact(call, now=now)
    if chosen is not None:
        add_contact(session, patient_id=chosen, new=call, by=by, now=now)
    said = f"{OUTCOMES[outcome]}. {checked.body}" if checked.body else f"{OUTCOMES[outcome]}."
    # A task that somebody ticked off already is there again for the instant, so that what was done has its place.
    _open(session, page_id, kind=row.kind, patient_id=row.patient_id, by=by, now=now)
    worklist.close_for(session, dedupe_key=outcome_key(page_id), outcome=Outcome.DONE, note=said, by=by, now=now)
    if outcome is CallOutcome.REACHED and caller is not None and row.kind is PageKind.DANGER_WORDS:
        for about in (caller.phone_id, *(one.id for one in caller.texts)):
            worklist.close_for(session, dedupe_key=alarm_key(about), outcome=Outcome.DONE, by=by, now=now)
    ids = (chosen,) if chosen else ()
    journal.note(
        session, "on_call.written_down", subject_kind="on_call_page", subject_id=page_id, at=now, patient_ids=ids
    )


def _patient(caller: Caller | None, patient_id: UUID | None) -> UUID | None:
    users = {one.id for one in caller.patients} if caller else set()
    if patient_id is not None and patient_id not in users:
        raise NothingWritten("Choose who of those with this phone it was about.", field="patient_id")
    return patient_id


def _open(
    session: Session, page_id: UUID, *, kind: PageKind, patient_id: UUID | None, by: Actor, now: datetime
) -> None:
    worklist.open_item(
        session,
        kind=WorkKind.CALL_OUTCOME_MISSING,
        dedupe_key=outcome_key(page_id),
        reason=f"{by.name} has a call about {_ABOUT[kind]}. Write down what was done.",
        subject_kind="on_call_page",
        subject_id=page_id,
        patient_id=patient_id,
        now=now,
        by=by,
    )
