"""The signal rules and the calendar in their versions: what counts now, and who wrote what and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.monitoring.errors import UnknownPolicyVersion
from clinic.monitoring.models import MonitoringPolicyVersion
from clinic.monitoring.rules.policy import SHIPPED_NUMBER, SignalPolicy

_OF_KIND = select(MonitoringPolicyVersion).where(MonitoringPolicyVersion.kind == bindparam("of_kind"))
_NEWEST_FIRST = _OF_KIND.order_by(MonitoringPolicyVersion.number.desc())
_NEWEST = _NEWEST_FIRST.limit(1)


class PolicyKind(StrEnum):
    """What a version is of."""

    SIGNALS = "signals"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersionRow:
    """One version: its content, and who wrote it when and why; version 1 is what is shipped."""

    number: int
    content: dict[str, Any] | None
    reason: str
    at: datetime | None
    who: str


def signal_policy(session: Session, number: int | None = None) -> SignalPolicy:
    """Return the rules of one version, the newest unless `number` names one, or raise UnknownPolicyVersion."""
    row = _row(session, PolicyKind.SIGNALS, number)
    if row is None:
        return SignalPolicy.shipped()
    return SignalPolicy.from_content(row.content, number=row.number)


def newest_number(session: Session, kind: PolicyKind) -> int:
    """Return the number of the version that counts now."""
    row = _row(session, kind, None)
    return row.number if row else SHIPPED_NUMBER


def versions(session: Session, kind: PolicyKind) -> list[PolicyVersionRow]:
    """Return every version, the newest first; the last is what is shipped, without content of its own."""
    rows = session.scalars(_NEWEST_FIRST, {"of_kind": kind})
    return [*_written(rows), PolicyVersionRow(number=SHIPPED_NUMBER, content=None, reason="", at=None, who="")]


def _written(rows: Iterable[MonitoringPolicyVersion]) -> Iterable[PolicyVersionRow]:
    for row in rows:
        yield PolicyVersionRow(number=row.number, content=row.content, reason=row.reason, at=row.at, who=row.actor_name)


def _row(session: Session, kind: PolicyKind, number: int | None) -> MonitoringPolicyVersion | None:
    """Return a version's row, None for what is shipped."""
    if number is None:
        return session.scalar(_NEWEST, {"of_kind": kind})
    found = session.scalar(_OF_KIND.where(MonitoringPolicyVersion.number == number), {"of_kind": kind})
    if found is None and number != SHIPPED_NUMBER:
        raise UnknownPolicyVersion("There is no version of this number. Open the history and choose one.")
    return found
