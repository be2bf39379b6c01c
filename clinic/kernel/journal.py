"""What an action did, buffered in the session until the transaction's last statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

_ENTRIES = "journal.entries"
_WAKES = "journal.wakes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the audit trail: FHIR AuditEvent's what, when and where; who is the transaction's actor.

    `details` holds codes, ids, field names and before/after of operational fields; never clinical text.
    `patient_ids` names whose record was touched or seen.
    """

    action: str
    subject_kind: str
    subject_id: UUID | None
    at: datetime
    details: Mapping[str, object]
    patient_ids: tuple[UUID, ...] = ()


def note(
    session: Session,
    action: str,
    *,
    subject_kind: str,
    subject_id: UUID | None,
    at: datetime,
    patient_ids: tuple[UUID, ...] = (),
    **details: object,
) -> None:
    """Remember one audit entry (`noun.pastparticiple`); it is written when the transaction ends well."""
    entry = Entry(
        action=action,
        subject_kind=subject_kind,
        subject_id=subject_id,
        at=at,
        details=details,
        patient_ids=patient_ids,
    )
    session.info.setdefault(_ENTRIES, []).append(entry)


def count_entries(session: Session) -> int:
    """Return how many entries are buffered, to go back to with `keep_entries`."""
    return len(session.info.get(_ENTRIES, ()))


def keep_entries(session: Session, count: int) -> None:
    """Forget the entries after the first `count`: what they tell of was rolled back to a savepoint."""
    del session.info.get(_ENTRIES, [])[count:]


def changed(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, object]:
    """Return what was before of the fields that are different after, for an entry's `before`."""
    return {field: value for field, value in before.items() if after.get(field) != value}


def take_entries(session: Session) -> list[Entry]:
    """Return the buffered entries and empty the buffer."""
    entries: list[Entry] = session.info.pop(_ENTRIES, [])
    return entries


def wake(session: Session, queue: str) -> None:
    """Ask that workers of this queue be poked after the commit; losing the poke only delays."""
    session.info.setdefault(_WAKES, set()).add(queue)


def take_wakes(session: Session) -> frozenset[str]:
    """Return the queues to poke and forget them."""
    wakes: set[str] = session.info.pop(_WAKES, set())
    return frozenset(wakes)
