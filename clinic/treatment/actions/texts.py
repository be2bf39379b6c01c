"""Texts about a course as a whole, planned in the transaction of the change that they tell of."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.access.actions import make_link, renew_link
from clinic.access.rules import LinkPurpose
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.crypto import KeyRing
from clinic.kernel.statements import among_these
from clinic.messaging.actions import cancel_planned
from clinic.messaging.actions import plan as plan_message
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import WAITING, Subject, recipient_of
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.calendar import patient_facts
from clinic.scheduling.rules.states import UPCOMING
from clinic.scheduling.rules.telling import news_due
from clinic.treatment.models import CourseOffer, TreatmentPlan
from clinic.treatment.sending import CANCELED, OFFER, SUBJECT

_BOOKED, _CHANGED = "COURSE_BOOKED", "COURSE_CHANGED"
_LINK_OUTLIVES = timedelta(hours=1)
_LONGEST_VISIT = timedelta(hours=8)
_WAITING_TEXT = (
    select(Message)
    .where(Message.subject_kind == SUBJECT, Message.subject_id == bindparam("of_plan"))
    .where(among_these(Message.template_key, (_BOOKED, _CHANGED)), among_these(Message.state, WAITING))
    .order_by(Message.due_at)
    .limit(1)
)
_COMING = (
    select(Appointment.starts_at)
    .where(Appointment.patient_id == bindparam("of_patient"), Appointment.starts_at > bindparam("now"))
    .where(among_these(Appointment.state, sorted(UPCOMING)))
    .order_by(Appointment.starts_at)
)


def tell_booked(
    session: Session, plan: TreatmentPlan, visits: Collection[Appointment], *, by: Actor, now: datetime, ring: KeyRing
) -> None:
    """Plan the one text about dates that were booked together; it takes the place of what waits to be told."""
    _call_back(session, plan, now=now)
    link_id = course_link(session, plan, by=by, now=now, ring=ring)
    starts = [visit.starts_at for visit in visits]
    _plan(session, plan, _BOOKED, starts=starts, due_at=now, link_id=link_id, by=by, now=now)


def tell_changed(
    session: Session, plan: TreatmentPlan, starts: Sequence[datetime], *, by: Actor, now: datetime, ring: KeyRing
) -> None:
    """Plan the one text about dates that changed; `starts` are the old and the new ones.

    It waits as long as the text of a single move does. Who was not told of the course yet is told of it as it is now.
    """
    waiting = _waiting(session, plan)
    _call_back(session, plan, now=now)
    coming = _coming(session, plan, now=now)
    if not coming:
        return
    link_id = course_link(session, plan, by=by, now=now, ring=ring)
    template_key = _BOOKED if waiting is not None and waiting.template_key == _BOOKED else _CHANGED
    wait = timedelta(seconds=number(session, PolicyKey.MOVE_TEXT_WAITS_SECONDS))
    near = min((at for at in starts if at > now), default=now)
    due_at = now if by.kind is ActorKind.PATIENT else news_due(now, wait=wait, told_start=None, starts_at=near)
    _plan(session, plan, template_key, starts=coming, due_at=due_at, link_id=link_id, by=by, now=now)


def tell_offer(
    session: Session, plan: TreatmentPlan, offer: CourseOffer, *, by: Actor, now: datetime, ring: KeyRing
) -> None:
    """Plan the text that asks the patient to choose, good until the offer runs out."""
    link_id = course_link(session, plan, until=offer.expires_at, by=by, now=now, ring=ring)
    _plan(session, plan, OFFER, starts=[offer.expires_at], due_at=now, link_id=link_id, by=by, now=now)


def tell_canceled(session: Session, plan: TreatmentPlan, *, by: Actor, now: datetime) -> None:
    """Plan the one text about dates that were all called off at once."""
    _call_back(session, plan, now=now)
    _plan(session, plan, CANCELED, starts=(), due_at=now, link_id=None, by=by, now=now)


def tell_new_link(session: Session, plan: TreatmentPlan, *, by: Actor, now: datetime, ring: KeyRing) -> bool:
    """Replace the link to the patient's dates and text the new one; False when there is nothing to look at.

    Earlier copies are dead from then on, what waits is called back, and the task about a locked link is settled.
    """
    offer = session.scalar(select(CourseOffer).where(CourseOffer.plan_id == plan.id, CourseOffer.state == "open"))
    coming = _coming(session, plan, now=now)
    if offer is None and not coming:
        return False
    renewed = renew_link(session, resource_kind=SUBJECT, resource_id=plan.id, now=now, by=by, ring=ring)
    _call_back(session, plan, now=now)
    again = f"link-{renewed.token_version if renewed else 1}"
    key, starts = (OFFER, [offer.expires_at]) if offer else (_BOOKED, coming)
    until = offer.expires_at if offer else None
    link_id = course_link(session, plan, until=until, by=by, now=now, ring=ring)
    _plan(session, plan, key, starts=starts, due_at=now, link_id=link_id, by=by, now=now, again=again)
    return True


def keep_true(session: Session, plan: TreatmentPlan, *, by: Actor, now: datetime) -> None:
    """Plan the text about dates that waits anew if the date that it names is another one by now."""
    waiting, coming = _waiting(session, plan), _coming(session, plan, now=now)
    if waiting is None or waiting.expires_at in coming:
        return
    due_at, template_key, link_id = max(now, waiting.due_at), waiting.template_key, waiting.link_id
    _call_back(session, plan, now=now)
    if coming and link_id is not None:
        _plan(session, plan, template_key, starts=coming, due_at=due_at, link_id=link_id, by=by, now=now)


def course_link(
    session: Session, plan: TreatmentPlan, *, by: Actor, now: datetime, ring: KeyRing, until: datetime | None = None
) -> UUID:
    """Return the link to the patient's page of dates: it opens until an hour after the last one, and until `until`."""
    coming = _coming(session, plan, now=now)
    last = max([*coming, *([until] if until else [])], default=now)
    link = make_link(
        session,
        purpose=LinkPurpose.COURSE,
        resource_kind=SUBJECT,
        resource_id=plan.id,
        patient_id=plan.patient_id,
        expires_at=last + _LONGEST_VISIT + _LINK_OUTLIVES,
        now=now,
        by=by,
        ring=ring,
    )
    return link.id


def _call_back(session: Session, plan: TreatmentPlan, *, now: datetime) -> None:
    cancel_planned(session, subject_kind=SUBJECT, subject_id=plan.id, reason="told_anew", now=now)


def _waiting(session: Session, plan: TreatmentPlan) -> Message | None:
    """Return the text about dates that can still be called back."""
    return session.scalar(_WAITING_TEXT, {"of_plan": plan.id})


def _coming(session: Session, plan: TreatmentPlan, *, now: datetime) -> list[datetime]:
    session.flush()
    return list(session.scalars(_COMING, {"of_patient": plan.patient_id, "now": now}))


def _plan(
    session: Session,
    plan: TreatmentPlan,
    template_key: str,
    *,
    starts: Sequence[datetime],
    due_at: datetime,
    by: Actor,
    now: datetime,
    link_id: UUID | None,
    again: str = "",
) -> None:
    patient, first = patient_facts(session, plan.patient_id), min(starts, default=None)
    plan_message(
        session,
        template_key=template_key,
        recipient=recipient_of(patient),
        subject=Subject(kind=SUBJECT, id=plan.id, version=plan.version),
        variables={"starts_at": first} if first else {},
        link_id=link_id,
        due_at=due_at,
        dedupe_key=f"{template_key}:{plan.id}:{plan.version}:{first and first.isoformat()}:{now.isoformat()}:{again}",
        by=by,
        now=now,
    )
