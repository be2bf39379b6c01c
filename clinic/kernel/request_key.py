"""A form sent twice does its work once: its hidden key remembers which row it made."""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.errors import Conflict
from clinic.kernel.tables import RequestKey


class FormAlreadyUsed(Conflict):
    """The key came before with other content, as it does after Back, a change and a second press."""

    code = "form_already_used"


def remember(session: Session, *, by: Actor, key: UUID, content: str, now: datetime) -> UUID | None:
    """Return the row that this form made before, or None when the form is new and the caller is to do the work.

    Call it before the work and `settle` after it, in one transaction: a second press waits here until the first has
    ended, and a refused first leaves no trace. `content` is everything that was sent, in a fixed order.
    """
    content_hash = hashlib.sha256(content.encode()).digest()
    row = {"actor_key": _actor_key(by), "key": key, "request_hash": content_hash, "created_at": now}
    is_new = session.scalar(insert(RequestKey).values(row).on_conflict_do_nothing().returning(RequestKey.key))
    if is_new:
        return None
    known = session.scalars(select(RequestKey).where(_of(by, key))).one()
    if known.request_hash != content_hash:
        raise FormAlreadyUsed("This form was already saved as it was before. Open a new one for something else.")
    return known.result_id


def settle(session: Session, *, by: Actor, key: UUID, result_id: UUID) -> None:
    """Write down which row the form made."""
    session.execute(update(RequestKey).where(_of(by, key)).values(result_id=result_id))


def _of(by: Actor, key: UUID) -> ColumnElement[bool]:
    return and_(RequestKey.actor_key == _actor_key(by), RequestKey.key == key)


def _actor_key(by: Actor) -> str:
    """Keys are remembered for each person apart, so nobody reads another's answer by guessing a key."""
    return str(by.id) if by.id else by.kind.value
