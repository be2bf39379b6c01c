"""Answering who wants to be let in: who it is, and whether a code or a link goes to the own phone."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access.models import EntryRequest
from clinic.access.queries import entry_request
from clinic.access.rules.entering import Asked, Wish
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.messaging.actions.planning import plan
from clinic.messaging.rules.kinds import Drop, Planned, Send, Subject, Verdict, recipient_of
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.people.rules import PatientStatus

CODE_TEXT, LINK_TEXT = "LOGIN_CODE", "NEW_LINK"
SUBJECT = "entry_request"
OWN_AREA = "/me"
_READING = timedelta(minutes=1)
"""A code that leaves later than this before its end is of no use to anybody."""


def answer_entry(session: Session, *, subject_id: UUID, ring: KeyRing, now: datetime, by: Actor) -> None:
    """Text a code or a link to the patient who asked; nobody gets anything where number and birth date do not agree.

    Nor does a number that opted out: the page says to call, to everybody alike.
    """
    taken = access.take_wish(session, subject_id, now=now)
    patient = _who(session, taken[1]) if taken else None
    if taken is None or patient is None:
        return
    request, _ = taken
    if request.wish == Wish.CODE:
        _send_code(session, request, patient, ring=ring, by=by, now=now)
    else:
        _send_link(session, request, patient, ring=ring, by=by, now=now)


def _who(session: Session, asked: Asked) -> Patient | None:
    patient = people.who_asks(session, e164=asked.e164, birth_date=asked.birth_date)
    if patient is None or people.consent_of(session, patient.phone_id).opted_out_at is not None:
        return None
    return patient


def _send_code(
    session: Session, request: EntryRequest, patient: Patient, *, ring: KeyRing, by: Actor, now: datetime
) -> None:
    issued = access.issue_code(session, request, patient_id=patient.id, phone_id=patient.phone_id, ring=ring, now=now)
    _plan(session, request, patient, template_key=CODE_TEXT, variables={"code": issued.code}, by=by, now=now)


def _send_link(
    session: Session, request: EntryRequest, patient: Patient, *, ring: KeyRing, by: Actor, now: datetime
) -> None:
    """Send a link of the same purpose, or where there can be none the address at which a code lets in."""
    link = access.fresh_link(
        session, request, patient_id=patient.id, phone_id=patient.phone_id, ring=ring, by=by, now=now
    )
    variables = {} if link else {"page": OWN_AREA}
    link_id = link.id if link else None
    _plan(session, request, patient, template_key=LINK_TEXT, variables=variables, link_id=link_id, by=by, now=now)


def _plan(
    session: Session,
    request: EntryRequest,
    patient: Patient,
    *,
    template_key: str,
    variables: Mapping[str, datetime | str],
    link_id: UUID | None = None,
    by: Actor,
    now: datetime,
) -> None:
    plan(
        session,
        template_key=template_key,
        recipient=recipient_of(patient),
        subject=Subject(kind=SUBJECT, id=request.id),
        variables=variables,
        link_id=link_id,
        due_at=now,
        now=now,
        by=by,
    )


def entry_guard(session: Session, planned: Planned, now: datetime) -> Verdict:
    """Send while it is still worth something, and the patient is in our care with the number that it goes to."""
    request = entry_request(session, planned.subject_id) if planned.subject_id else None
    if request is None or request.patient_id is None:
        return Drop("no_subject")
    patient = people.patient(session, request.patient_id)
    if patient.status != PatientStatus.ACTIVE or patient.phone_id != request.phone_id:
        return Drop("not_wanted")
    if request.wish == Wish.CODE and (request.code_hash is None or now > request.expires_at - _READING):
        return Drop("too_late")
    return Send()
