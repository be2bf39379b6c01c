"""Writing the audit trail: one statement at the end of a transaction."""

from sqlalchemy import insert
from sqlalchemy.orm import Session

from clinic.audit.models import AuditEvent
from clinic.audit.rules import plain
from clinic.kernel.actor import Actor
from clinic.kernel.journal import Entry

_TABLE = AuditEvent.metadata.tables[AuditEvent.__tablename__]


def write(session: Session, entries: list[Entry], by: Actor) -> None:
    """Write the entries in their order with one INSERT; none, no statement.

    Numbers, recording time and hashes are set by the database. Its trigger takes a lock that lasts to the commit,
    so this is a transaction's last statement.
    """
    if entries:
        # As parameters and not as values of the statement, which would be built and compiled anew each time.
        session.execute(insert(_TABLE), [_row(entry, by) for entry in entries])


def _row(entry: Entry, by: Actor) -> dict[str, object]:
    return {
        "occurred_at": entry.at,
        "actor_kind": by.kind.value,
        "actor_id": by.id,
        "actor_name": by.name,
        "action": entry.action,
        "subject_kind": entry.subject_kind,
        "subject_id": entry.subject_id,
        "patient_ids": list(entry.patient_ids),
        "details": plain(entry.details),
        "request_id": by.request_id,
        "ip": by.ip,
    }
