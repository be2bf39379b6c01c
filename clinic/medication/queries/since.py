"""What the ledger says of the time since a patient's last count."""

from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from clinic.medication.models import UnitEntry
from clinic.medication.queries.ledger import last_count, units_on_hand
from clinic.medication.rules.units import CountFacts, UnitKind
from clinic.people.queries import records_of

_COMING = frozenset({UnitKind.DISPENSED, UnitKind.RECEIVED_MORE, UnitKind.RECEIVED_LESS})
"""What a parcel really brought: what was packed, and the difference that was found in it."""


def facts_since_last_count(session: Session, patient_id: UUID, *, counted: int) -> CountFacts:
    """Return what was left at the last count and what happened since then, for a new count.

    Corrections that follow a count are not in it: the count already knew.
    """
    last = last_count(session, patient_id)
    by_kind = _sums(session, patient_id, after=last.entry_id if last else None)
    dispensed = sum(units for kind, units in by_kind.items() if kind in _COMING)
    taken = -by_kind.get(UnitKind.TAKEN, 0)
    return CountFacts(
        before=last.counted if last else 0,
        dispensed=dispensed,
        taken=taken,
        wasted=dispensed - taken - sum(by_kind.values()),
        counted=counted,
    )


def expected_now(session: Session, patient_id: UUID) -> int:
    """Return how many units a patient has by the ledger."""
    return units_on_hand(session, [patient_id]).get(patient_id, 0)


def newest_entry(session: Session, patient_id: UUID) -> int | None:
    """Return the number of a patient's newest entry, or None."""
    return session.scalar(_newest(), {"of_patient": patient_id})


@cache
def _newest() -> Select[int]:
    mine = UnitEntry.patient_id.in_(records_of(bindparam("of_patient")))
    return select(func.max(UnitEntry.id)).where(mine)


def _sums(session: Session, patient_id: UUID, *, after: int | None) -> dict[UnitKind, int]:
    found = session.execute(_by_kind(), {"of_patient": patient_id, "after": after or 0})
    return {UnitKind(kind): int(units) for kind, units in found}


@cache
def _by_kind() -> Select[str, int]:
    wanted = select(UnitEntry.kind, func.sum(UnitEntry.units)).where(
        UnitEntry.patient_id.in_(records_of(bindparam("of_patient"))),
        UnitEntry.id > bindparam("after"),
        UnitEntry.count_id.is_(None),
    )
    return wanted.group_by(UnitEntry.kind)
