"""Pages: opened with their first step, taken by whoever is first, and written down when something was done."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.ids import new_id
from clinic.messaging import actions as messaging
from clinic.messaging.models import Lane
from clinic.messaging.queries.inbound import inbound
from clinic.oncall.actions.outcomes import ask_what_was_done
from clinic.oncall.actions.stepping import take_step
from clinic.oncall.actions.telling import SUBJECT
from clinic.oncall.errors import NoSuchPage, NotYours
from clinic.oncall.models import OnCallPage
from clinic.oncall.queries.pages import SOMEBODY_HAS_IT, open_page_of_patient, open_page_of_phone, open_pages, page
from clinic.oncall.rules import PageKind
from clinic.people.queries import patients_with_phone

_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('on-call page'), hashtext(:about))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who has a page since when; `is_you`: the one who asked."""

    name: str
    at: datetime
    is_you: bool


def open_page(
    session: Session,
    *,
    kind: PageKind,
    dedupe_key: str,
    subject_id: UUID | None = None,
    patient_id: UUID | None = None,
    by: Actor,
    now: datetime,
) -> UUID:
    """Call for a person and return the page's id: the first step leaves with this transaction, once for a key."""
    wanted = insert(OnCallPage).values(
        id=new_id(),
        dedupe_key=dedupe_key,
        kind=kind.value,
        subject_id=subject_id,
        patient_id=patient_id,
        opened_at=now,
        step=0,
        next_step_at=now,
    )
    opened = session.scalar(wanted.on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(OnCallPage.id))
    found = session.scalars(select(OnCallPage).where(OnCallPage.dedupe_key == dedupe_key)).one()
    if opened is not None:
        take_step(session, found, by=by, now=now)
        _note(session, found, "on_call.opened", now=now)
    return found.id


def page_for_danger(session: Session, *, inbound_id: UUID, by: Actor, now: datetime) -> UUID:
    """Call for a person about a text that sounds like danger; while nobody has it, one page serves all of a phone's."""
    words = inbound(session, inbound_id)
    session.execute(_ONE_AT_A_TIME, {"about": str(words.phone_id)})
    standing = open_page_of_phone(session, words.phone_id)
    if standing is not None:
        return standing
    users = patients_with_phone(session, words.phone_id)
    return open_page(
        session,
        kind=PageKind.DANGER_WORDS,
        dedupe_key=f"{PageKind.DANGER_WORDS}:{inbound_id}",
        subject_id=inbound_id,
        patient_id=users[0].id if len(users) == 1 else None,
        by=by,
        now=now,
    )


def page_for_message(session: Session, *, message_id: UUID, patient_id: UUID, by: Actor, now: datetime) -> UUID:
    """Call for a person about a secure message that sounds like danger, once for a patient while nobody has it."""
    session.execute(_ONE_AT_A_TIME, {"about": str(patient_id)})
    standing = open_page_of_patient(session, patient_id)
    if standing is not None:
        return standing
    key = f"{PageKind.DANGER_WORDS}:{message_id}"
    return open_page(session, kind=PageKind.DANGER_WORDS, dedupe_key=key, patient_id=patient_id, by=by, now=now)


def page_for_paused_lanes(session: Session, *, by: Actor, now: datetime) -> None:
    """Call for a person because texts are on hold; queues that stop together are one page while nobody has it."""
    session.execute(_ONE_AT_A_TIME, {"about": "lanes"})
    if any(one.kind is PageKind.LANE_PAUSED for one in open_pages(session)):
        return
    paused = select(Lane).where(Lane.paused_at.is_not(None)).order_by(Lane.paused_at.desc(), Lane.number).limit(1)
    lane = session.scalar(paused)
    if lane is None or lane.paused_at is None:
        return
    key = f"{PageKind.LANE_PAUSED}:{lane.number}:{lane.paused_at.isoformat()}"
    open_page(session, kind=PageKind.LANE_PAUSED, dedupe_key=key, by=by, now=now)


def acknowledge(session: Session, *, page_id: UUID, by: Actor, now: datetime) -> Holder:
    """Take a page, or learn who took it before; nobody else is called from now on.

    Raises NoSuchPage, and NotYours for anybody but a signed-in member of staff.
    """
    if by.kind is not ActorKind.STAFF or by.id is None:
        raise NotYours("Sign in with your own account to take this.")
    found = session.scalar(
        select(OnCallPage).where(OnCallPage.id == page_id).with_for_update(),
        execution_options={"populate_existing": True},
    )
    if found is None:
        raise NoSuchPage("There is no such call for a person. Open the list and choose one.")
    if found.acknowledged_at is None:
        _take(session, found, taker_id=by.id, by=by, now=now)
    row = page(session, page_id)
    return Holder(name=row.holder or "", at=row.held_at or now, is_you=row.holder_id == by.id)


def _take(session: Session, found: OnCallPage, *, taker_id: UUID, by: Actor, now: datetime) -> None:
    found.acknowledged_at, found.acknowledged_by, found.next_step_at = now, taker_id, None
    session.flush()
    messaging.cancel_planned(session, subject_kind=SUBJECT, subject_id=found.id, reason=SOMEBODY_HAS_IT, now=now)
    _note(session, found, "on_call.acknowledged", now=now)
    if found.kind in {PageKind.DANGER_WORDS, PageKind.URGENT_FLAG, PageKind.SESSION_EMERGENCY}:
        ask_what_was_done(session, found, by=by, now=now)


def _note(session: Session, found: OnCallPage, action: str, *, now: datetime) -> None:
    journal.note(
        session,
        action,
        subject_kind="on_call_page",
        subject_id=found.id,
        at=now,
        patient_ids=(found.patient_id,) if found.patient_id else (),
        kind=found.kind,
    )
