"""Taking rows whose gateway is to be asked, one at a time, so that two workers never have the same one at once."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from clinic.billing.models import CardSetup, Payment, PaymentMethod, Refund
from clinic.billing.rules.collecting import LEASE
from clinic.kernel.statements import among

_Row = TypeVar("_Row", CardSetup, Payment, PaymentMethod, Refund)


def claim(session: Session, table: type[_Row], gateways: Collection[str], *, now: datetime) -> _Row | None:
    """Take the row that has waited longest for one of these gateways; it is this worker's until its lease ends.

    The caller commits before it asks the gateway. Of a worker that died, the row falls due again.
    """
    row: _Row | None = session.scalar(_due(table), {"now": now, "gateways": list(gateways)})
    if row is not None:
        row.next_look_at = now + LEASE
    return row


@cache
def _due(table: type[_Row]) -> Select[Any]:
    return (
        select(table)
        .where(table.next_look_at <= bindparam("now"), among(table.gateway, "gateways"))
        .order_by(table.next_look_at, table.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
