"""Asking for signatures: a text with a link now, another after two days, a person after that; and when it is done."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.access.rules.links import LinkPurpose
from clinic.consents.errors import NotAskable, NothingToSign
from clinic.consents.models import ConsentVersion, SignatureRequest
from clinic.consents.queries.signatures import open_request
from clinic.consents.queries.standing import patients_with_outdated, standing_of
from clinic.consents.rules.kinds import ConsentKind
from clinic.consents.sending import SUBJECT
from clinic.kernel import journal, outbox
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.ids import new_id
from clinic.messaging.actions import cancel_planned, plan_event
from clinic.messaging.rules.kinds import Subject, recipient_of
from clinic.messaging.rules.plans import EventTimes
from clinic.people.actions.page_links import page_link_of
from clinic.people.models import Patient
from clinic.people.queries import lock_living
from clinic.people.rules import PatientStatus
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind

WANTED = "signature.wanted"
LINK_RESOURCE = "forms"

forms_link = page_link_of(LinkPurpose.CONSENT, resource_kind=LINK_RESOURCE, lasts=timedelta(days=60))
"""The one link of a patient to the page of the own forms."""

_ASKED, _REMINDED = "forms.asked", "forms.reminded"


def ask_to_sign(
    session: Session, patient_id: UUID, *, of_pain: bool, ring: KeyRing, by: Actor, now: datetime
) -> SignatureRequest:
    """Text a patient, with a link, that a form has to be signed; asked before, the text goes once more.

    The same minute again is the same text. Raises PatientNotFound, NotAskable for somebody who is not in our care, and
    NothingToSign.
    """
    patient = lock_living(session, patient_id)
    if patient.status != PatientStatus.ACTIVE:
        raise NotAskable("This patient is not in our care, so nothing is to be signed.")
    if _is_complete(session, patient, of_pain=of_pain, now=now):
        raise NothingToSign("Everything that has to be signed is signed.")
    row = open_request(session, patient.id)
    if row is None:
        return _ask(session, patient, ring=ring, by=by, now=now)
    row.touch(by=by, now=now)
    _tell(session, patient, row, event=_ASKED, again=f"{now:%Y-%m-%dT%H:%M}", ring=ring, by=by, now=now)
    _note(session, row, "signature.asked_again", now=now)
    return row


def ask_where_missing(
    session: Session, patient_id: UUID, *, of_pain: bool, ring: KeyRing, by: Actor, now: datetime
) -> bool:
    """Ask a patient under care for what is missing, unless that was asked already; tell whether it is asked now."""
    patient = lock_living(session, patient_id)
    is_idle = patient.status != PatientStatus.ACTIVE or open_request(session, patient.id) is not None
    if is_idle or _is_complete(session, patient, of_pain=of_pain, now=now):
        return False
    _ask(session, patient, ring=ring, by=by, now=now)
    return True


def want_signatures(session: Session, patient_id: UUID, *, now: datetime) -> None:
    """Let a patient be asked for what is missing, once this transaction is done."""
    outbox.publish(session, WANTED, subject_id=patient_id, now=now)


def want_again(session: Session, version_id: UUID, *, now: datetime) -> int:
    """Let everybody be asked whose signature a version that took effect made outdated; return how many these are."""
    row = session.get_one(ConsentVersion, version_id)
    if not row.signs_again:
        return 0
    found = patients_with_outdated(session, ConsentKind(row.kind), now=now)
    for patient_id in found:
        want_signatures(session, patient_id, now=now)
    return len(found)


def settle_if_complete(session: Session, patient: Patient, *, of_pain: bool, by: Actor, now: datetime) -> bool:
    """Stop asking a patient who has signed everything; tell whether that is so. The caller holds the patient's lock."""
    if not _is_complete(session, patient, of_pain=of_pain, now=now):
        return False
    stop_asking(session, patient.id, by=by, now=now)
    return True


def stop_asking(session: Session, patient_id: UUID, *, by: Actor, now: datetime) -> int:
    """Settle what a patient was asked, with its texts and tasks; return how many requests these were."""
    row = open_request(session, patient_id)
    if row is not None:
        row.settled_at = now
        row.touch(by=by, now=now)
        session.flush()
        cancel_planned(session, subject_kind=SUBJECT, subject_id=row.id, reason="forms_signed", now=now)
    for key in tasks.open_about(session, WorkKind.FORMS_UNSIGNED, subject_id=patient_id):
        worklist.close_for(session, dedupe_key=key, by=by, now=now)
    if row is not None:
        _note(session, row, "signature.settled", now=now)
    return int(row is not None)


def _ask(session: Session, patient: Patient, *, ring: KeyRing, by: Actor, now: datetime) -> SignatureRequest:
    row = SignatureRequest(id=new_id(), patient_id=patient.id, asked_at=now, asked_by=by.name, created_at=now)
    row.touch(by=by, now=now)
    session.add(row)
    session.flush()
    _tell(session, patient, row, event=_ASKED, again=None, ring=ring, by=by, now=now)
    _tell(session, patient, row, event=_REMINDED, again="reminder", ring=ring, by=by, now=now)
    _note(session, row, "signature.asked", now=now)
    return row


def _tell(
    session: Session,
    patient: Patient,
    row: SignatureRequest,
    *,
    event: str,
    again: str | None,
    ring: KeyRing,
    by: Actor,
    now: datetime,
) -> None:
    plan_event(
        session,
        event=event,
        recipient=recipient_of(patient),
        subject=Subject(kind=SUBJECT, id=row.id),
        times=EventTimes(),
        link_id=forms_link(session, patient, ring=ring, by=by, now=now).id,
        again=again,
        by=by,
        now=now,
    )


def _is_complete(session: Session, patient: Patient, *, of_pain: bool, now: datetime) -> bool:
    own = {patient.id}
    return standing_of(session, own, now, of_pain=own if of_pain else frozenset())[patient.id].is_complete


def _note(session: Session, row: SignatureRequest, action: str, *, now: datetime) -> None:
    session.flush()
    journal.note(session, action, subject_kind=SUBJECT, subject_id=row.id, at=now, patient_ids=(row.patient_id,))
