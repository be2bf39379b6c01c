"""Letting a patient in by the own phone: the wish is taken from anybody, looked into later, and answered by text."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.access.actions.area_sessions import start_area_session
from clinic.access.actions.guessing import one_at_a_time, record_guess
from clinic.access.actions.links import page_link, renew_link
from clinic.access.actions.results import TooManyGuesses
from clinic.access.models import EntryRequest, Link
from clinic.access.queries.entering import dead_link
from clinic.access.queries.guesses import entry_free_at
from clinic.access.queries.links import live_link_of_resource
from clinic.access.rules.entering import (
    CODE_LIVES,
    CODE_TRIES,
    LINK_LIVES,
    AreaEntered,
    Asked,
    CodeDead,
    CodeTried,
    Wish,
    WrongCode,
    fits,
    hash_of,
    is_open,
    new_code,
)
from clinic.access.rules.throttles import GuessKind, account_key, network_of
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.crypto import KeyRing
from clinic.kernel.ids import digest, new_id
from clinic.kernel.journal import note
from clinic.kernel.outbox import publish

ASKED = "entry.asked"
SUBJECT = "entry_request"
_EVERYBODY = "entries"


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A code that is to be sent, shown to nobody but the phone."""

    code: str = field(repr=False)


def ask_to_enter(
    session: Session, asked: Asked, *, wish: Wish, dead_token: str | None = None, now: datetime, by: Actor
) -> UUID | TooManyGuesses:
    """Take a wish to be let in and return its id; who it is is looked up later, by whoever answers `entry.asked`.

    So a known and an unknown number cost the same statements and get the same answer here. `dead_token` is of a link
    that a new one is wanted for.
    """
    number, network = account_key(asked.e164), network_of(by.ip)
    one_at_a_time(session, number, network, _EVERYBODY)
    free_at = entry_free_at(session, account_key=number, network=network, now=now)
    if free_at is not None:
        return TooManyGuesses(free_at)
    record_guess(session, kind=GuessKind.ENTRY, account_key=number, network=network, now=now)
    request = EntryRequest(id=new_id(), wish=wish.value, created_at=now, expires_at=now + CODE_LIVES)
    request.asked = asked.written()
    request.link_token_hash = digest(dead_token) if dead_token else None
    session.add(request)
    session.flush()
    publish(session, ASKED, subject_id=request.id, now=now)
    note(session, ASKED, subject_kind=SUBJECT, subject_id=request.id, at=now, wish=wish.value)
    return request.id


def take_wish(session: Session, request_id: UUID, *, now: datetime) -> tuple[EntryRequest, Asked] | None:
    """Return a wish that nobody has looked into, locked, with what was typed, which is forgotten by that.

    None for one that was answered, or that nobody waits for any more. The ten minutes begin anew, whoever it is: they
    are for typing, not for waiting.
    """
    request = _locked(session, request_id)
    if request is None or request.answered_at is not None or request.asked is None:
        return None
    asked = Asked.read(request.asked)
    is_waited_for = now < request.expires_at
    request.asked, request.answered_at = None, now
    if is_waited_for:
        request.expires_at = now + CODE_LIVES
    session.flush()
    return (request, asked) if is_waited_for else None


def issue_code(
    session: Session, request: EntryRequest, *, patient_id: UUID, phone_id: UUID, ring: KeyRing, now: datetime
) -> Issued:
    """Give a wish its code, good for ten minutes and once; only a keyed hash of it is kept."""
    code = new_code()
    request.patient_id, request.phone_id = patient_id, phone_id
    request.code_hash = hash_of(ring, request.id, code)
    session.flush()
    note(session, "entry_code.issued", subject_kind=SUBJECT, subject_id=request.id, at=now, patient_ids=(patient_id,))
    return Issued(code=code)


def fresh_link(
    session: Session,
    request: EntryRequest,
    *,
    patient_id: UUID,
    phone_id: UUID,
    ring: KeyRing,
    by: Actor,
    now: datetime,
) -> Link | None:
    """Return a link of the same purpose as the dead one that was asked about, or None when there can be none.

    Where none was named, or it is not the patient's, the newest that was sent stands for it. A locked one gets another
    token, which goes to the patient's own number and ends the task about the lock. One of a page of the patient's that
    ran out opens again; one to a visit that is over does not.
    """
    request.patient_id, request.phone_id = patient_id, phone_id
    session.flush()
    dead = dead_link(session, patient_id=patient_id, token_hash=request.link_token_hash)
    if dead is None:
        return None
    where = {"resource_kind": dead.resource_kind, "resource_id": dead.resource_id}
    live = live_link_of_resource(session, **where, now=now)  # type: ignore[arg-type]
    if live is None:
        live = renew_link(session, **where, now=now, by=by, ring=ring)  # type: ignore[arg-type]
    if live is not None and live.purpose == dead.purpose and live.patient_id == patient_id:
        return live
    if dead.resource_id != patient_id:
        return None
    return page_link(
        session,
        purpose=dead.purpose,
        resource_kind=dead.resource_kind,
        patient_id=patient_id,
        lasts=LINK_LIVES,
        now=now,
        by=by,
        ring=ring,
    )


def use_code(session: Session, request_id: UUID, *, typed: str, ring: KeyRing, now: datetime, by: Actor) -> CodeTried:
    """Try a code; a right one opens a session, once. Results, not exceptions, so that a wrong try is counted.

    A wish of somebody unknown has no code, and answers as one with another code does.
    """
    request = _locked(session, request_id)
    if request is None or not is_open(
        expires_at=request.expires_at, used_at=request.used_at, tries=request.try_count, now=now
    ):
        return CodeDead()
    if not fits(ring, request.id, stored=request.code_hash, typed=typed):
        return _wrong_code(session, request, by=by, now=now)
    assert request.patient_id is not None
    assert request.phone_id is not None
    request.used_at = now
    session.flush()
    whose = replace(by, kind=ActorKind.PATIENT, id=request.patient_id, name="Patient")
    token = start_area_session(session, patient_id=request.patient_id, phone_id=request.phone_id, now=now, by=whose)
    return AreaEntered(token=token, patient_id=request.patient_id)


def _wrong_code(session: Session, request: EntryRequest, *, by: Actor, now: datetime) -> WrongCode | CodeDead:
    request.try_count += 1
    session.flush()
    network = network_of(by.ip)
    record_guess(session, kind=GuessKind.CODE, account_key=str(request.id), network=network, now=now)
    ids = (request.patient_id,) if request.patient_id else ()
    note(session, "entry_code.refused", subject_kind=SUBJECT, subject_id=request.id, at=now, patient_ids=ids)
    left = CODE_TRIES - request.try_count
    return WrongCode(left) if left else CodeDead()


def _locked(session: Session, request_id: UUID) -> EntryRequest | None:
    wanted = select(EntryRequest).where(EntryRequest.id == request_id).with_for_update()
    return session.scalar(wanted.execution_options(populate_existing=True))
