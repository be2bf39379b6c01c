"""What became of one flag and who saw it: decisions from their own rows, all else from the audit trail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.audit.models import AuditEvent
from clinic.audit.queries import events_about
from clinic.kernel.actor import ActorKind
from clinic.monitoring.models import FlagDisposition
from clinic.monitoring.queries.flags import FlagRow
from clinic.monitoring.rules.flags import DECISIONS, LAPSES, Decision, Lapse
from clinic.people.queries import record_ids

_WORDS = {"flag.raised": "Raised", "flag.reopened": "Open again: the rule still sees the sign"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One thing that became of a flag; a decision has its note and the day until which it holds."""

    at: datetime
    what: str
    who: str
    note: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A member of staff who opened a flag, and when for the first time."""

    name: str
    at: datetime


def history_of(session: Session, row: FlagRow) -> list[HistoryLine]:
    """Return everything that became of a flag, the newest first."""
    wanted = select(FlagDisposition).where(FlagDisposition.flag_id == row.id)
    decided = [_decided(each) for each in session.scalars(wanted)]
    told = [line for event in _events(session, row) if (line := _told(event)) is not None]
    return sorted([*decided, *told], key=lambda line: line.at, reverse=True)


def seen_by(session: Session, row: FlagRow) -> list[Seen]:
    """Return who opened a flag, each with the first time."""
    return _first_views(_events(session, row))


def last_note(session: Session, flag_id: UUID) -> str:
    """Return what was written about the newest decision of a flag, or nothing."""
    wanted = select(FlagDisposition).where(FlagDisposition.flag_id == flag_id).order_by(FlagDisposition.at.desc())
    found = session.scalar(wanted.limit(1))
    return (found.note or "") if found else ""


def _events(session: Session, row: FlagRow) -> list[AuditEvent]:
    ids = record_ids(session, row.patient_id)
    return events_about(session, patient_ids=ids, subject_kind="flag", subject_id=row.id)


def _first_views(events: Iterable[AuditEvent]) -> list[Seen]:
    first: dict[UUID, Seen] = {}
    for event in events:
        is_view = event.action == "flag.viewed" and event.actor_kind == ActorKind.STAFF
        if is_view and event.actor_id is not None:
            first.setdefault(event.actor_id, Seen(name=event.actor_name, at=event.occurred_at))
    return list(first.values())


def _decided(found: FlagDisposition) -> HistoryLine:
    return HistoryLine(
        at=found.at,
        what=DECISIONS[Decision(found.decision)],
        who=found.actor_name,
        note=found.note or "",
        until=found.look_again_on,
    )


def _told(event: AuditEvent) -> HistoryLine | None:
    if event.action == "flag.lapsed":
        return HistoryLine(at=event.occurred_at, what=LAPSES[Lapse(event.details["why"])], who=event.actor_name)
    words = _WORDS.get(event.action)
    return HistoryLine(at=event.occurred_at, what=words, who=event.actor_name) if words else None
