"""Where a patient's history comes from: one query that merges the sources by time, and their counts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    String,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from clinic.audit.models import AuditEvent
from clinic.messaging.models import InboundText, Message
from clinic.people.models import ContactEntry, Patient, SmsConsentEvent
from clinic.people.queries.contact_log import records_of
from clinic.people.rules.contact_log import ContactKind
from clinic.scheduling.models import Appointment, AppointmentHistory
from clinic.scheduling.rules.changes import Change

Rows = Select[*tuple[Any, ...]]
"""A query of `at`, `source` and `key`."""

_WIDTH = 20
_STAYS_THEIRS = timedelta(days=3)
"""So long after our last text to a number that a patient gave up, what comes from it is still taken as theirs."""

SHOWN_CHANGES = (
    Change.BOOKED,
    Change.OVERBOOKED,
    Change.MOVED,
    Change.MOVE_UNDONE,
    Change.NOT_TEXTED,
    Change.TOLD_WITH_COURSE,
    Change.CONFIRMED,
    Change.SUPPORT_PERSON_SET,
    Change.SUPPORT_PERSON_MISSING,
    Change.COMPLETED,
    Change.CANCELED,
    Change.LATENESS_WAIVED,
    Change.MISSED,
    Change.MISSED_UNDONE,
)
"""What happens to a visit between the clinic and the patient; holds and who stood at the door are left out."""

RECORD_ACTIONS = (
    "patient.added",
    "patient.edited",
    "patient.imported",
    "patient.merged",
    "patient.number_changed",
    "patient.status_changed",
)
"""Changes of the record itself, as the audit trail names them."""


class Source(StrEnum):
    """Which table an entry comes from."""

    TEXT_OUT = "text_out"
    TEXT_IN = "text_in"
    CALL = "call"
    NOTE = "note"
    VISIT = "visit"
    CONSENT = "consent"
    RECORD = "record"


class Shown(StrEnum):
    """What a reader may ask for."""

    TEXTS = "texts"
    CALLS = "calls"
    NOTES = "notes"
    VISITS = "visits"
    CHANGES = "changes"


SOURCES: Mapping[Shown, tuple[Source, ...]] = MappingProxyType(
    {
        Shown.TEXTS: (Source.TEXT_OUT, Source.TEXT_IN),
        Shown.CALLS: (Source.CALL,),
        Shown.NOTES: (Source.NOTE,),
        Shown.VISITS: (Source.VISIT,),
        Shown.CHANGES: (Source.CONSENT, Source.RECORD),
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands: its time, and its source with its id for those of one instant."""

    at: datetime
    source: Source
    id: str


@dataclass(frozen=True, slots=True)
class Whose:
    """The records of one person, the first alive, and the numbers that are or were theirs, each until when."""

    records: Sequence[UUID]
    numbers: Mapping[UUID, datetime | None]


def whose(session: Session, patient_id: UUID) -> Whose:
    """Return whose history is asked for; a number that a patient gave up is theirs until our last text to it."""
    records = records_of(session, patient_id)
    texted = (
        select(Message.address_id, func.max(Message.due_at))
        .where(Message.recipient_id.in_(records), Message.address_id.is_not(None))
        .group_by(Message.address_id)
    )
    numbers: dict[UUID, datetime | None] = {
        phone_id: last + _STAYS_THEIRS for phone_id, last in session.execute(texted) if phone_id
    }
    own = select(Patient.phone_id).where(Patient.id.in_(records), Patient.merged_into_id.is_(None))
    return Whose(records, numbers | dict.fromkeys(session.scalars(own)))


def places(session: Session, of: Whose, *, shown: Shown | None, before: Place | None, limit: int) -> list[Place]:
    """Return the newest places, or those that follow `before`, newest first."""
    parts = [_cut(_select(source, of), before, limit) for source in _sources(shown)]
    merged = union_all(*parts).subquery()
    columns = merged.c.at, merged.c.source, merged.c.key
    wanted = select(*columns).order_by(*(column.desc() for column in columns)).limit(limit)
    return [Place(at, Source(source), key) for at, source, key in session.execute(wanted)]


def counts(session: Session, of: Whose) -> dict[Shown, int]:
    """Return how many entries there are of each kind."""
    found = session.execute(
        select(
            *(select(func.count()).select_from(_select(source, of).subquery()).scalar_subquery() for source in Source)
        )
    ).one()
    by_source = dict(zip(Source, found, strict=True))
    return {shown: sum(by_source[source] for source in sources) for shown, sources in SOURCES.items()}


def _sources(shown: Shown | None) -> Collection[Source]:
    return tuple(Source) if shown is None else SOURCES[shown]


def _cut(wanted: Rows, before: Place | None, limit: int) -> Rows:
    """Take no more of one source than the page can need."""
    rows = wanted.subquery()
    columns = rows.c.at, rows.c.source, rows.c.key
    cut = select(*columns).order_by(*(column.desc() for column in columns)).limit(limit)
    if before is not None:
        cut = cut.where(tuple_(*columns) < tuple_(literal(before.at), literal(str(before.source)), literal(before.id)))
    return select(cut.subquery())


def _select(source: Source, of: Whose) -> Rows:
    return _SELECTS[source](source, of)


def _row(source: Source, at: SQLColumnExpression[Any], key: SQLColumnExpression[Any]) -> Rows:
    return select(at.label("at"), literal(str(source)).label("source"), cast(key, String).label("key"))


def _texts_out(source: Source, of: Whose) -> Rows:
    at = func.coalesce(Message.sent_at, Message.due_at)
    return _row(source, at, Message.id).where(Message.recipient_id.in_(of.records))


def _texts_in(source: Source, of: Whose) -> Rows:
    row = InboundText
    return _row(source, row.received_at, row.id).where(_from_theirs(row.phone_id, row.received_at, of))


def _contacts(source: Source, of: Whose) -> Rows:
    """Take entries that nothing corrects; what they corrected stands with them."""
    corrected = select(ContactEntry.corrects_id).where(
        ContactEntry.patient_id.in_(of.records), ContactEntry.corrects_id.is_not(None)
    )
    kind = ContactKind.CALL if source is Source.CALL else ContactKind.NOTE
    return _row(source, ContactEntry.happened_at, ContactEntry.id).where(
        ContactEntry.patient_id.in_(of.records), ContactEntry.kind == kind, ContactEntry.id.not_in(corrected)
    )


def _visits(source: Source, of: Whose) -> Rows:
    row = AppointmentHistory
    return (
        _row(source, row.at, _padded(row.id))
        .join(Appointment, Appointment.id == row.appointment_id)
        .where(Appointment.patient_id.in_(of.records), row.change.in_(SHOWN_CHANGES))
    )


def _consent(source: Source, of: Whose) -> Rows:
    row = SmsConsentEvent
    return _row(source, row.at, _padded(row.id)).where(_from_theirs(row.phone_id, row.at, of))


def _record(source: Source, of: Whose) -> Rows:
    row = AuditEvent
    return _row(source, row.occurred_at, _padded(row.seq)).where(
        row.patient_ids.overlap(list(of.records)), row.action.in_(RECORD_ACTIONS)
    )


def _from_theirs(phone_id: SQLColumnExpression[Any], at: SQLColumnExpression[Any], of: Whose) -> ColumnElement[bool]:
    return or_(
        *(
            phone_id == number if until is None else and_(phone_id == number, at <= until)
            for number, until in of.numbers.items()
        )
    )


def _padded(number: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """Return a number as text that sorts like the number."""
    return func.lpad(cast(number, String), _WIDTH, "0")


_SELECTS = {
    Source.TEXT_OUT: _texts_out,
    Source.TEXT_IN: _texts_in,
    Source.CALL: _contacts,
    Source.NOTE: _contacts,
    Source.VISIT: _visits,
    Source.CONSENT: _consent,
    Source.RECORD: _record,
}
