"""Calendar invitations by e-mail, planned in the transaction of the change that they tell of."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.messaging.actions import cancel_planned, plan_email
from clinic.messaging.rules.kinds import RecipientKind, Subject
from clinic.people.queries import patient as patient_of
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.invitations import BOOKED, CANCELED, CHANGED, SUBJECT, may_have_left, told_start
from clinic.scheduling.rules.changes import PLACED, Change
from clinic.scheduling.rules.states import CancelReason
from clinic.scheduling.rules.telling import news_due

TOLD_BY_EMAIL = PLACED | {Change.CANCELED}
"""Changes after which the patient's calendar has to follow."""


def invite(
    session: Session,
    visit: Appointment,
    change: Change,
    *,
    before: datetime | None,
    reason: str | None,
    by: Actor,
    now: datetime,
) -> None:
    """Plan the invitation of a visit that was just booked, moved or called off, for a patient with an e-mail address.

    `before` is where the visit started until now. What waits is called back: it would not be true any more.
    """
    if change not in TOLD_BY_EMAIL:
        return
    held_back = 0
    if change is not Change.BOOKED:
        held_back = cancel_planned(session, subject_kind=SUBJECT, subject_id=visit.id, reason="told_anew", now=now)
    if visit.starts_at <= now or reason == CancelReason.CARE_ENDED:
        return
    has_left = change is not Change.BOOKED and may_have_left(session, visit.id)
    if change is Change.CANCELED:
        if has_left or not held_back:
            _plan(session, visit, CANCELED, due_at=now, by=by, now=now)
        return
    _plan(
        session,
        visit,
        CHANGED if _is_move(change, has_left, held_back) else BOOKED,
        due_at=_due(session, visit, change, before=before, by=by, now=now),
        by=by,
        now=now,
    )


def _is_move(change: Change, has_left: bool, held_back: int) -> bool:  # noqa: FBT001 - two facts
    """Tell whether the patient may have heard of an earlier time, by an invitation or otherwise."""
    return change is not Change.BOOKED and (has_left or not held_back)


def _due(
    session: Session, visit: Appointment, change: Change, *, before: datetime | None, by: Actor, now: datetime
) -> datetime:
    """What the clinic moves can be moved back for a while, and the news of it waits as its text does."""
    if change is Change.BOOKED or by.kind is ActorKind.PATIENT:
        return now
    wait = timedelta(seconds=number(session, PolicyKey.MOVE_TEXT_WAITS_SECONDS))
    return news_due(now, wait=wait, told_start=before, starts_at=visit.starts_at)


def _plan(
    session: Session, visit: Appointment, template_key: str, *, due_at: datetime, by: Actor, now: datetime
) -> None:
    patient = patient_of(session, visit.patient_id)
    if patient.email is None:
        return
    starts_at = visit.starts_at
    if template_key == CANCELED:
        told = told_start(session, visit.id)
        starts_at = told if told is not None and told > now else starts_at
    plan_email(
        session,
        template_key=template_key,
        to=patient.email,
        recipient_kind=RecipientKind.PATIENT,
        recipient_id=patient.id,
        subject=Subject(kind=SUBJECT, id=visit.id, version=visit.time_version),
        variables={"starts_at": starts_at},
        language=patient.language,
        zone=visit.location_zone,
        due_at=due_at,
        dedupe_key=f"{template_key}:{visit.id}:{visit.time_version}",
        at_any_hour=by.kind is ActorKind.PATIENT,
        by=by,
        now=now,
    )
