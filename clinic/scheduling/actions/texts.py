"""Texts about a visit, planned in the transaction of the change that they tell of."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.access.actions import make_link, renew_link
from clinic.access.models import Link
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.messaging.actions import cancel_planned, dedupe_key_of, plan
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import WAITING, Recipient, RecipientKind, Subject
from clinic.messaging.rules.window import day_before
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.calendar import patient_facts
from clinic.scheduling.queries.telling import NEWS, SUBJECT, waiting_news

LINK_PURPOSE = "visit"
FIRST = "BOOK_CONFIRM"
_REMINDER = "VISIT_24H"
_LINK_OUTLIVES = timedelta(hours=1)


def tell_booked(session: Session, visit: Appointment, *, by: Actor, now: datetime, ring: KeyRing) -> None:
    """Plan the confirmation and the reminder of a new visit."""
    link_id = new_link(session, visit, by=by, now=now, ring=ring)
    plan_text(session, visit, FIRST, due_at=now, link_id=link_id, by=by, now=now)
    plan_reminder(session, visit, link_id=link_id, by=by, now=now)


def tell_new_link(session: Session, visit: Appointment, *, by: Actor, now: datetime, ring: KeyRing) -> None:
    """Replace the visit's link, so that earlier copies are dead, and plan a text with the new one.

    The first text, or news of a move, that still waits goes along at once: else two texts would tell of one time.
    """
    renewed = renew_link(session, resource_kind=SUBJECT, resource_id=visit.id, now=now, by=by, ring=ring)
    link_id = renewed.id if renewed else new_link(session, visit, by=by, now=now, ring=ring)
    again = f"link-{renewed.token_version if renewed else 1}"
    template = FIRST if waiting_news(session, visit.id) is None else NEWS
    if template == NEWS or _waits(session, visit, FIRST):
        cancel_planned(session, subject_kind=SUBJECT, subject_id=visit.id, reason="link_renewed", now=now)
        plan_reminder(session, visit, link_id=link_id, by=by, now=now, again=again)
    plan_text(session, visit, template, due_at=now, link_id=link_id, by=by, now=now, again=again)


def _waits(session: Session, visit: Appointment, template_key: str) -> bool:
    waiting = select(Message.id).where(
        Message.subject_kind == SUBJECT,
        Message.subject_id == visit.id,
        Message.template_key == template_key,
        Message.state.in_(WAITING),
    )
    return session.scalar(waiting.limit(1)) is not None


def plan_again(session: Session, visit: Appointment, *, revision: int, by: Actor, now: datetime) -> None:
    """Plan the waiting texts of a visit anew because the patient's phone, language or zone changed.

    `revision` is the patient's version: the same change is planned once.
    """
    waiting = session.execute(
        select(Message.template_key, Message.link_id, Message.due_at)
        .where(Message.subject_kind == SUBJECT, Message.subject_id == visit.id, Message.state.in_(WAITING))
        .order_by(Message.due_at)
    ).all()
    wait = timedelta(seconds=number(session, PolicyKey.MOVE_TEXT_WAITS_SECONDS))
    cancel_planned(session, subject_kind=SUBJECT, subject_id=visit.id, reason="patient_changed", now=now)
    for template_key, link_id, was_due in waiting:
        due_at = day_before(visit.starts_at, visit.location_zone) if template_key == _REMINDER else now
        # The news of a move goes on waiting; what waited for the morning waits for the new place's morning.
        due_at = min(was_due, now + wait) if template_key == NEWS else due_at
        plan_text(session, visit, template_key, due_at=due_at, link_id=link_id, by=by, now=now, again=str(revision))


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


def plan_reminder(
    session: Session, visit: Appointment, *, link_id: UUID, by: Actor, now: datetime, again: str | None = None
) -> None:
    """Plan the reminder for the day before; where that has passed there is none."""
    due_at = day_before(visit.starts_at, visit.location_zone)
    plan_text(session, visit, _REMINDER, due_at=due_at, link_id=link_id, by=by, now=now, again=again)


def plan_text(
    session: Session,
    visit: Appointment,
    template_key: str,
    *,
    due_at: datetime,
    link_id: UUID | None,
    by: Actor,
    now: datetime,
    again: str | None = None,
    starts_at: datetime | None = None,
) -> None:
    """Plan one text about a visit as it is now; `starts_at` is the time that it names, if not the present one.

    `again` tells apart texts that are planned more than once for the same time.
    """
    patient = patient_facts(session, visit.patient_id)
    subject = Subject(kind=SUBJECT, id=visit.id, version=visit.time_version)
    once = dedupe_key_of(template_key, subject)
    plan(
        session,
        template_key=template_key,
        recipient=Recipient(
            kind=RecipientKind.PATIENT,
            id=patient.id,
            phone_id=patient.phone_id,
            language=patient.language,
            zone=visit.location_zone,
        ),
        subject=subject,
        variables={"starts_at": starts_at or visit.starts_at},
        link_id=link_id,
        due_at=due_at,
        dedupe_key=once if again is None else f"{once}:{again}",
        now=now,
        by=by,
    )
