"""Phones: one row for each number, made together with its row of consent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.kernel.ids import new_id
from clinic.people.models import Phone, SmsConsent
from clinic.people.rules import ConsentSource


def keep_phone(session: Session, *, e164: str, now: datetime) -> Phone:
    """Return the phone of a number in E.164, making it and its row of consent when the number is new."""
    made = session.scalar(
        insert(Phone)
        .values(id=new_id(), e164=e164, created_at=now)
        .on_conflict_do_nothing(index_elements=[Phone.e164])
        .returning(Phone.id)
    )
    if made is not None:
        _start_consent(session, made)
    return session.scalars(select(Phone).where(Phone.e164 == e164)).one()


def _start_consent(session: Session, phone_id: UUID) -> None:
    session.add(SmsConsent(phone_id=phone_id, source=ConsentSource.NOT_ASKED))
    session.flush()
