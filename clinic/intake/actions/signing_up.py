"""Somebody who answered the public questions leaves a name and a number: a patient, an intake and perhaps a visit."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.access.actions.guessing import one_at_a_time, record_guess
from clinic.access.queries.guesses import sign_up_free_at
from clinic.access.rules.throttles import GuessKind, network_of
from clinic.intake.actions.ledger import ask_for_call
from clinic.intake.actions.starting import start_intake
from clinic.intake.errors import TooManySignUps
from clinic.intake.rules.questions import Answers
from clinic.intake.rules.states import Source
from clinic.kernel import request_key
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.crypto import KeyRing
from clinic.kernel.localtime import long_label
from clinic.kernel.transaction import undone
from clinic.messaging.actions.greeting import greet
from clinic.people import actions as people
from clinic.people.errors import DuplicatePatient
from clinic.people.models import Patient
from clinic.people.queries.consent import consent_for_change
from clinic.people.rules import ConsentGiven, NewPatient, is_texting_allowed
from clinic.scheduling import actions as scheduling
from clinic.scheduling.queries import FoundSlots, find_slots
from clinic.scheduling.queries.hours import visit_types

_CONSULTATION = "consultation"
_KNOWN = (
    "Somebody filled in our questions on the web with a name or number and a birth date of this patient. "
    "Call and ask; if it was the patient, start an intake here."
)
_NO_TIME = "A new patient from the web asks for a call to find a time for the first visit."
_NO_TEXTS = "A new patient from the web wants no texts. Call about the first visit and go through the intake together."


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningUp:
    """What somebody leaves: who it is, whether we may text, the answers by section, and the time that was chosen.

    Without `starts_at` somebody is to call.
    """

    new: NewPatient
    consent: ConsentGiven | None
    answers: Mapping[str, Answers]
    physician_id: UUID | None = None
    starts_at: datetime | None = None


def sign_up(session: Session, wanted: SigningUp, *, key: UUID, by: Actor, now: datetime, ring: KeyRing) -> None:
    """Keep what somebody left, once for a form's `key`; a person whom we know already gets a call instead.

    Nothing tells the one from the other, so that nobody learns here who is a patient. Raises TooManySignUps, the
    refusals of `people.actions.add_patient`, and those of `scheduling.actions.hold` when the time is taken meanwhile.
    """
    network = network_of(by.ip)
    one_at_a_time(session, f"sign-up|{network}")
    if request_key.remember(session, by=by, key=key, content=f"{wanted.new}|{wanted.starts_at}", now=now) is not None:
        return
    if sign_up_free_at(session, network=network, now=now) is not None:
        raise TooManySignUps("Many people signed up from your network. Please call us instead.")
    record_guess(session, kind=GuessKind.SIGN_UP, account_key=f"{network}", network=network, now=now)
    try:
        patient = people.add_patient(session, new=wanted.new, consent=None, by=by, now=now)
    except DuplicatePatient as alike:
        ask_for_call(session, alike.existing_id, about="known", reason=_known(wanted), by=by, now=now)
        request_key.settle(session, by=by, key=key, result_id=alike.existing_id)
        return
    if wanted.consent is not None:
        _agree(session, patient, wanted.consent, by=by, now=now)
    request_key.settle(session, by=by, key=key, result_id=patient.id)
    start_intake(session, patient_id=patient.id, source=Source.WEB, answers=wanted.answers, by=by, now=now, ring=ring)
    _find_time(session, wanted, patient.id, by=by, now=now, ring=ring)


def _agree(session: Session, patient: Patient, consent: ConsentGiven, *, by: Actor, now: datetime) -> None:
    """Keep the consent to texts, and plan the text about it before those that it introduces.

    The reaction to the consent would plan it behind them. A number that agreed before was told then.
    """
    before = consent_for_change(session, patient.phone_id)
    was_told = is_texting_allowed(before.consented_at, before.opted_out_at)
    people.record_consent(session, patient_id=patient.id, consent=consent, by=by, now=now)
    if not was_told:
        greet(session, patient_id=patient.id, by=by, now=now)


def first_visit_code(session: Session) -> str | None:
    """Return the kind of visit that a new patient can book, if the clinic offers one."""
    offered = visit_types(session, only_patient_bookable=True)
    return next((each.code for each in offered if each.purpose == _CONSULTATION), None)


def free_times(
    session: Session, new: NewPatient, *, first_day: date, last_day: date, by: Actor, now: datetime
) -> FoundSlots | None:
    """Return the times for a first visit of somebody who is no patient yet, or None where no such visit is offered.

    The person is added, looked for and taken back, so that the times are those that booking will find. Raises the
    refusals of `people.actions.add_patient` but for somebody whom we know: that one sees the same times.
    """
    code = first_visit_code(session)
    with undone(session):
        try:
            patient = people.add_patient(session, new=new, consent=None, by=by, now=now)
        except DuplicatePatient as alike:
            known = set(alike.existing_ids)
            patient = people.add_patient(
                session, new=new, consent=None, confirmed_not_duplicate_of=known, by=by, now=now
            )
        if code is None:
            return None
        return find_slots(
            session,
            visit_type_code=code,
            patient_id=patient.id,
            first_day=first_day,
            last_day=last_day,
            now=now,
        )


def _find_time(
    session: Session, wanted: SigningUp, patient_id: UUID, *, by: Actor, now: datetime, ring: KeyRing
) -> None:
    code = first_visit_code(session)
    if wanted.starts_at is not None and wanted.physician_id is not None and code is not None:
        as_patient = replace(by, kind=ActorKind.PATIENT, id=patient_id, name="Patient")
        scheduling.book_now(
            session,
            visit_type_code=code,
            patient_id=patient_id,
            physician_id=wanted.physician_id,
            starts_at=wanted.starts_at,
            by=as_patient,
            now=now,
            ring=ring,
        )
        if wanted.consent is not None:
            return
    reason = _NO_TEXTS if wanted.consent is None else _NO_TIME
    ask_for_call(session, patient_id, about="first_visit", reason=reason, by=by, now=now)


def _known(wanted: SigningUp) -> str:
    if wanted.starts_at is None:
        return _KNOWN
    when = long_label(wanted.starts_at, wanted.new.zone or "America/New_York", language="en")
    return f"{_KNOWN} The time that was wanted: {when}."
