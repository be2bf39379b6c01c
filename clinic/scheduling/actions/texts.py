"""Texts about a visit, planned in the transaction of the change that they tell of."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from clinic.access.actions import make_link, renew_link
from clinic.access.models import Link
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import is_open
from clinic.messaging.actions import cancel_planned, plan_event
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import WAITING, MessageState, Recipient, RecipientKind, Subject
from clinic.messaging.rules.plans import EARLY_LIST, FLUID_RESTRICTED, EventTimes
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.calendar import PatientFacts, patient_facts
from clinic.scheduling.queries.hours import visit_type
from clinic.scheduling.queries.left import texts_of_this_time
from clinic.scheduling.queries.preparing import preparation_times
from clinic.scheduling.queries.telling import NEWS, SUBJECT
from clinic.scheduling.rules.purposes import VisitPurpose

LINK_PURPOSE = "visit"
FIRST = "BOOK_CONFIRM"
FIRST_NEWS, NEWS_OF_MOVE, TOLD_OTHERWISE = "first_news", "news", "told_otherwise"
"""Facts of a change, in the words of the plans of texts."""

Happening = Literal["booked", "moved", "canceled", "missed"]

_CHANNEL = "sms"
_MISSED = "VISIT_NO_SHOW"
_LINK_OUTLIVES = timedelta(hours=1)
_FIND_ANOTHER_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class _Text:
    """What planning a waiting text anew needs to know of it."""

    link_id: UUID | None
    due_at: datetime


def tell_booked(session: Session, visit: Appointment, *, by: Actor, now: datetime, ring: KeyRing) -> None:
    """Plan the confirmation of a new visit and every text that leads up to it."""
    link_id = new_link(session, visit, by=by, now=now, ring=ring)
    plan_visit(session, visit, "booked", link_id=link_id, by=by, now=now)


def tell_missed(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Plan the text after a no-show, once; its link goes on opening, so that another time can be found."""
    said = _about(visit, Message.template_key == _MISSED, Message.state != MessageState.CANCELED)
    if session.scalar(select(Message.id).where(*said).limit(1)) is not None:
        return
    link_id = live_link(session, visit.id, now=now)
    if link_id is not None:
        link = session.get_one(Link, link_id)
        link.expires_at = max(link.expires_at, now + _FIND_ANOTHER_WITHIN)
    plan_visit(session, visit, "missed", link_id=link_id, again=f"marked-{visit.version}", by=by, now=now)


def call_back_missed(session: Session, visit: Appointment, *, now: datetime) -> None:
    """Take back the text after a no-show that was none."""
    cancel_planned(
        session, subject_kind=SUBJECT, subject_id=visit.id, template_key=_MISSED, reason="not_missed", now=now
    )


def tell_new_link(session: Session, visit: Appointment, *, by: Actor, now: datetime, ring: KeyRing) -> None:
    """Replace the visit's link, so that earlier copies are dead, and plan a text with the new one.

    The first text, or news of a move, that still waits goes along at once: else two texts would tell of one time.
    """
    waiting = _waiting(session, visit)
    renewed = renew_link(session, resource_kind=SUBJECT, resource_id=visit.id, now=now, by=by, ring=ring)
    link_id = renewed.id if renewed else new_link(session, visit, by=by, now=now, ring=ring)
    template, fact = (NEWS, NEWS_OF_MOVE) if NEWS in waiting else (FIRST, FIRST_NEWS)
    only = {template}
    if template in waiting or renewed is None:
        _call_back(session, visit, reason="link_renewed", now=now)
        only |= waiting.keys()
    again = f"link-{link_id}-{renewed.token_version if renewed else 1}"
    plan_visit(session, visit, "moved", facts={fact}, link_id=link_id, only=only, again=again, by=by, now=now)


def plan_again(session: Session, visit: Appointment, *, reason: str, by: Actor, now: datetime) -> None:
    """Plan the waiting texts of a visit anew because something about the patient changed: phone, language, zone, care.

    Each takes the place of one that is called back, so that told twice of one change none is lost and none doubled. The
    news of a move goes on waiting, and what waited for the morning waits for the new place's morning.
    """
    waiting = _waiting(session, visit)
    if not waiting:
        return
    _call_back(session, visit, reason=reason, now=now)
    facts = {NEWS_OF_MOVE} if NEWS in waiting else {FIRST_NEWS}
    news_at = now
    if NEWS in waiting:
        wait = timedelta(seconds=number(session, PolicyKey.MOVE_TEXT_WAITS_SECONDS))
        news_at = max(now, min(waiting[NEWS].due_at, now + wait))
    link_id = next((text.link_id for text in waiting.values() if text.link_id), None)
    plan_visit(
        session,
        visit,
        "moved",
        facts=facts,
        news_at=news_at,
        link_id=link_id,
        only=waiting.keys(),
        again=str(new_id()),
        by=by,
        now=now,
    )


def plan_visit(
    session: Session,
    visit: Appointment,
    happening: Happening,
    *,
    link_id: UUID | None,
    by: Actor,
    now: datetime,
    facts: Collection[str] = (),
    news_at: datetime | None = None,
    starts_at: datetime | None = None,
    only: Collection[str] | None = None,
    again: str | None = None,
) -> list[UUID]:
    """Plan what the plans of texts say about a visit to which something happened, as it is now.

    `starts_at` is the time that the texts name, if not the present one, and `news_at` when news may leave. `only` and
    `again` are those of `plan_event`.
    """
    patient, purpose = patient_facts(session, visit.patient_id), visit_type(session, visit.visit_type_code).purpose
    is_session = purpose == VisitPurpose.SESSION
    times = _times(session, visit, starts_at or visit.starts_at, news_at=news_at, is_session=is_session)
    return plan_event(
        session,
        event=f"{'session' if is_session else 'visit'}.{happening}",
        recipient=_reader(visit, patient),
        subject=Subject(kind=SUBJECT, id=visit.id, version=visit.time_version),
        times=times,
        facts={*facts, f"is_{purpose}", *_known(visit, patient, times)},
        link_id=link_id,
        left=texts_of_this_time(session, visit.id) if happening == "moved" and only is None else (),
        only=only,
        again=again,
        by=by,
        now=now,
    )


def live_link(session: Session, appointment_id: UUID, *, now: datetime) -> UUID | None:
    """Return the newest link to a visit that still opens."""
    return session.scalar(
        select(Link.id)
        .where(
            Link.resource_kind == SUBJECT,
            Link.resource_id == appointment_id,
            Link.expires_at > now,
            Link.revoked_at.is_(None),
            Link.locked_at.is_(None),
        )
        .order_by(Link.created_at.desc())
        .limit(1)
    )


def new_link(session: Session, visit: Appointment, *, by: Actor, now: datetime, ring: KeyRing) -> UUID:
    """Make a link to the visit's page that opens until an hour after it; earlier ones open too."""
    link = make_link(
        session,
        purpose=LINK_PURPOSE,
        resource_kind=SUBJECT,
        resource_id=visit.id,
        patient_id=visit.patient_id,
        expires_at=visit.ends_at + _LINK_OUTLIVES,
        now=now,
        by=by,
        ring=ring,
    )
    return link.id


def _known(visit: Appointment, patient: PatientFacts, times: EventTimes) -> Iterator[str]:
    """Yield what the plans of texts ask about a patient and a time: a list that opens at night is told of by day."""
    if patient.is_fluid_restricted:
        yield FLUID_RESTRICTED
    if times.list_from is not None and not is_open(times.list_from, visit.location_zone):
        yield EARLY_LIST


def _times(
    session: Session, visit: Appointment, starts_at: datetime, *, news_at: datetime | None, is_session: bool
) -> EventTimes:
    if not is_session:
        return EventTimes(starts_at=starts_at, ends_at=visit.ends_at, news_at=news_at)
    prepared = preparation_times(session, starts_at)
    return EventTimes(
        starts_at=starts_at,
        ends_at=visit.ends_at,
        news_at=news_at,
        food_until=prepared.food_until,
        sips_until=prepared.sips_until,
        list_from=prepared.list_from,
    )


def _reader(visit: Appointment, patient: PatientFacts) -> Recipient:
    return Recipient(
        kind=RecipientKind.PATIENT,
        id=patient.id,
        phone_id=patient.phone_id,
        language=patient.language,
        zone=visit.location_zone,
    )


def _waiting(session: Session, visit: Appointment) -> dict[str, _Text]:
    """Return the texts about a visit that can still be called back, by key; none of them leaves before the commit."""
    columns = select(Message.template_key, Message.link_id, Message.due_at)
    waiting = columns.where(*_about(visit, Message.state.in_(WAITING)))
    rows = session.execute(waiting.order_by(Message.id).with_for_update())
    return {key: _Text(link_id, due_at) for key, link_id, due_at in rows}


def _call_back(session: Session, visit: Appointment, *, reason: str, now: datetime) -> None:
    """Take back every text that waits; e-mails about the visit stay."""
    cancel_planned(session, subject_kind=SUBJECT, subject_id=visit.id, channel=_CHANNEL, reason=reason, now=now)


def _about(visit: Appointment, *which: ColumnElement[bool]) -> tuple[ColumnElement[bool], ...]:
    return (Message.channel == _CHANNEL, Message.subject_kind == SUBJECT, Message.subject_id == visit.id, *which)
