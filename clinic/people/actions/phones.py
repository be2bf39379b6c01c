"""Phones: one row for each number, made together with its row of consent."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.kernel.ids import new_id
from clinic.kernel.statements import among
from clinic.people.models import Phone, SmsConsent
from clinic.people.rules import ConsentSource

# Built once: every text that comes in and every support person is about a phone.
_TABLE = Phone.metadata.tables[Phone.__tablename__]
_NEW = insert(_TABLE).on_conflict_do_nothing(index_elements=[_TABLE.c.e164]).returning(_TABLE.c.id)
_NEW_ROW = insert(Phone).on_conflict_do_nothing(index_elements=[Phone.e164]).returning(Phone)
_OF_NUMBER = select(Phone).where(Phone.e164 == bindparam("of_number"))
_OF_NUMBERS = select(Phone.e164, Phone.id).where(among(Phone.e164, "numbers"))


def keep_phone(session: Session, *, e164: str, now: datetime) -> Phone:
    """Return the phone of a number in E.164, making it and its row of consent when the number is new."""
    made: Phone | None = session.scalar(_NEW_ROW, {"id": new_id(), "e164": e164, "created_at": now})
    if made is not None:
        _start_consent(session, made.id)
        return made
    return session.scalars(_OF_NUMBER, {"of_number": e164}).one()


def keep_phones(session: Session, numbers: Collection[str], *, now: datetime) -> dict[str, UUID]:
    """Return the ids of several numbers' phones, making those that are new, in the order of the numbers."""
    rows = [{"id": new_id(), "e164": e164, "created_at": now} for e164 in sorted(numbers)]
    fresh = list(session.scalars(_NEW, rows)) if rows else []
    session.add_all(SmsConsent(phone_id=phone_id, source=ConsentSource.NOT_ASKED) for phone_id in fresh)
    session.flush()
    found = session.execute(_OF_NUMBERS, {"numbers": list(numbers)})
    return {row.e164: row.id for row in found}


def _start_consent(session: Session, phone_id: UUID) -> None:
    session.add(SmsConsent(phone_id=phone_id, source=ConsentSource.NOT_ASKED))
    session.flush()
