"""Telling one person about a page by one channel, and writing down that it was done."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.messaging import actions as messaging
from clinic.messaging.actions.calling_back import call_back
from clinic.messaging.rules.kinds import Recipient, RecipientKind, Subject
from clinic.oncall.models import OnCallNotice, OnCallPage
from clinic.oncall.queries.rota import CALL_TEXT
from clinic.oncall.rules import Channel, Notice, Person

SUBJECT = "on_call_page"
PATH = "/on-call"
CALLED_ANEW = "called_anew"
"""The code of why a call that had not left yet gave way to the next step's."""

_MAIL = "STAFF_PAGE"
# A call names no time and goes at any hour of anybody's day, so its zone is never looked at.
_ZONE = "UTC"


def tell(session: Session, page: OnCallPage, notice: Notice, *, number: int, by: Actor, now: datetime) -> None:
    """Tell somebody about a step of a page, once however often this is asked for.

    What still waits of an earlier step is called back: a halt ends with one call for each person and channel.
    """
    person, channel = notice
    _call_back_earlier(session, page, notice, number=number, now=now)
    send = _text if channel is Channel.TEXT else _mail
    key = f"{page.id}:{number}:{person.staff_id}"
    kept = {
        "id": new_id(),
        "page_id": page.id,
        "step": number,
        "staff_id": person.staff_id,
        "channel": channel.value,
        "message_id": send(session, page, person, key=key, by=by, now=now),
        "at": now,
    }
    once = ["page_id", "step", "staff_id", "channel"]
    session.execute(insert(OnCallNotice).values(kept).on_conflict_do_nothing(index_elements=once))


def _call_back_earlier(session: Session, page: OnCallPage, notice: Notice, *, number: int, now: datetime) -> None:
    person, channel = notice
    earlier = select(OnCallNotice.message_id).where(
        OnCallNotice.page_id == page.id,
        OnCallNotice.staff_id == person.staff_id,
        OnCallNotice.channel == channel.value,
        OnCallNotice.step < number,
        OnCallNotice.message_id.is_not(None),
    )
    for message_id in session.scalars(earlier.order_by(OnCallNotice.step)):
        if message_id is not None:
            call_back(session, message_id=message_id, reason=CALLED_ANEW, now=now)


def _text(session: Session, page: OnCallPage, person: Person, *, key: str, by: Actor, now: datetime) -> UUID | None:
    if person.phone_id is None:
        return None
    return messaging.plan(
        session,
        template_key=CALL_TEXT,
        recipient=Recipient(
            kind=RecipientKind.STAFF, id=person.staff_id, phone_id=person.phone_id, language="en", zone=_ZONE
        ),
        subject=Subject(kind=SUBJECT, id=page.id, version=1),
        variables={"page": PATH},
        link_id=None,
        due_at=now,
        dedupe_key=f"{CALL_TEXT}:{key}",
        by=by,
        now=now,
    )


def _mail(session: Session, page: OnCallPage, person: Person, *, key: str, by: Actor, now: datetime) -> UUID | None:
    return messaging.plan_email(
        session,
        template_key=_MAIL,
        to=person.email,
        recipient_kind=RecipientKind.STAFF,
        recipient_id=person.staff_id,
        subject=Subject(kind=SUBJECT, id=page.id, version=1),
        variables={"page": PATH},
        language="en",
        zone=_ZONE,
        due_at=now,
        dedupe_key=f"{_MAIL}:{key}",
        by=by,
        now=now,
    )
