"""Protocols with their versions, and the numbers that count for one plan."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from clinic.treatment.errors import UnknownProtocol
from clinic.treatment.models import Protocol as ProtocolTable
from clinic.treatment.models import ProtocolVersion, TreatmentPlan
from clinic.treatment.queries.plans import IS_LIVE
from clinic.treatment.rules.adjustments import adjusted
from clinic.treatment.rules.protocols import Protocol
from clinic.treatment.rules.reading import protocol_of

_READ: Final[dict[UUID, Protocol]] = {}
"""Versions that were read, by id: nobody can change one, a change is a version with another id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolRow:
    """A protocol with its newest version; `plans` counts those that have not ended, on whichever version."""

    id: UUID
    name: str
    version_id: UUID
    number: int
    protocol: Protocol
    plans: int
    retired_at: datetime | None


def protocols(session: Session) -> list[ProtocolRow]:
    """Return every protocol, the oldest first; retired ones come last."""
    plans = _plans_by_protocol(session)
    return [
        ProtocolRow(
            id=each.id,
            name=each.name,
            version_id=version.id,
            number=version.number,
            protocol=protocol_of(version.definition),
            plans=plans.get(each.id, 0),
            retired_at=each.retired_at,
        )
        for each, version in _newest(session)
    ]


def protocol_versions(session: Session, protocol_id: UUID) -> list[ProtocolVersion]:
    """Return every version of a protocol, the newest first, or raise UnknownProtocol."""
    wanted = select(ProtocolVersion).where(ProtocolVersion.protocol_id == protocol_id)
    found = list(session.scalars(wanted.order_by(ProtocolVersion.number.desc())))
    if not found:
        raise unknown_protocol()
    return found


def protocol_version(session: Session, version_id: UUID) -> ProtocolVersion:
    """Return one version, or raise UnknownProtocol."""
    found = session.get(ProtocolVersion, version_id)
    if found is None:
        raise unknown_protocol()
    return found


def protocol_named(session: Session, version_id: UUID) -> tuple[str, int]:
    """Return the name of a version's protocol and its number, for headings."""
    version = protocol_version(session, version_id)
    named = session.get(ProtocolTable, version.protocol_id)
    assert named is not None
    return named.name, version.number


def default_version(session: Session) -> ProtocolVersion:
    """Return the newest version of the oldest protocol that is not retired, or raise UnknownProtocol."""
    for each, version in _newest(session):
        if each.retired_at is None:
            return version
    raise UnknownProtocol("There is no protocol to plan with. Ask a physician to write one.")


def rules_of_plan(session: Session, plan: TreatmentPlan) -> Protocol:
    """Return the numbers that count for one plan: its version's, with the patient's own over them."""
    return rules_of_plans(session, [plan])[plan.id]


def rules_of_plans(session: Session, plans: Collection[TreatmentPlan]) -> dict[UUID, Protocol]:
    """Return the numbers that count for each of these plans, by plan."""
    known = numbers_of_versions(session, {each.protocol_version_id for each in plans})
    return {each.id: _with_own_numbers(known[each.protocol_version_id], each) for each in plans}


def numbers_of_versions(session: Session, version_ids: Collection[UUID]) -> dict[UUID, Protocol]:
    """Return the numbers of these versions by their ids; what this process has read once is not asked for again."""
    unread = [each for each in version_ids if each not in _READ]
    if unread:
        wanted = select(ProtocolVersion.id, ProtocolVersion.definition).where(ProtocolVersion.id.in_(unread))
        _READ.update((version_id, protocol_of(definition)) for version_id, definition in session.execute(wanted))
    return {each: _READ[each] for each in version_ids}


def unknown_protocol() -> UnknownProtocol:
    """Return the refusal for a protocol that does not exist."""
    return UnknownProtocol("There is no such protocol. Open the list of protocols again.")


def _with_own_numbers(protocol: Protocol, plan: TreatmentPlan) -> Protocol:
    return adjusted(protocol, plan.adjustments) if plan.adjustments else protocol


def _newest(session: Session) -> list[tuple[ProtocolTable, ProtocolVersion]]:
    return [(each, version) for each, version in session.execute(_newest_versions())]


@cache
def _newest_versions() -> Select[ProtocolTable, ProtocolVersion]:
    newest = select(ProtocolVersion.protocol_id, func.max(ProtocolVersion.number).label("number"))
    last = newest.group_by(ProtocolVersion.protocol_id).subquery()
    return (
        select(ProtocolTable, ProtocolVersion)
        .join(ProtocolVersion, ProtocolVersion.protocol_id == ProtocolTable.id)
        .join(last, (last.c.protocol_id == ProtocolTable.id) & (last.c.number == ProtocolVersion.number))
        .order_by(ProtocolTable.retired_at.is_not(None), ProtocolTable.created_at, ProtocolTable.id)
    )


def _plans_by_protocol(session: Session) -> dict[UUID, int]:
    wanted = (
        select(ProtocolVersion.protocol_id, func.count().label("plans"))
        .join(TreatmentPlan, TreatmentPlan.protocol_version_id == ProtocolVersion.id)
        .where(IS_LIVE)
        .group_by(ProtocolVersion.protocol_id)
    )
    return {row.protocol_id: row.plans for row in session.execute(wanted)}
