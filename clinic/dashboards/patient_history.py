"""One history of a patient: texts, calls, notes, what happened to visits, and changes of consent and record."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from clinic.audit.models import AuditEvent
from clinic.dashboards.history_sources import Place, Shown, Source, Whose, counts, places, whose
from clinic.messaging.queries.history import TextRow, texts_by_id
from clinic.messaging.rules.templates import Facts
from clinic.people.models import ContactEntry, Physician, SmsConsentEvent
from clinic.people.queries.contact_log import contact_chains
from clinic.scheduling.models import Appointment, AppointmentHistory, VisitType

PAGE = 30

_from, _to = aliased(Physician), aliased(Physician)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFact:
    """What happened to a visit; `zone` is where the patient will be, `reason` a code or a sentence of staff."""

    visit_id: UUID
    visit_name: str
    zone: str
    change: str
    state: str
    who: str
    reason: str | None
    from_starts_at: datetime | None
    starts_at: datetime
    from_physician: str | None
    physician: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactFact:
    """A call or note as it was written down; the text is for people's eyes only."""

    id: UUID
    kind: str
    direction: str | None
    outcome: str | None
    body: str | None = field(repr=False)
    happened_at: datetime
    recorded_at: datetime
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactChain:
    """What stands now, and what it corrected, oldest first."""

    now: ContactFact
    before: Sequence[ContactFact]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentFact:
    """A change of consent to texts, in codes."""

    change: str
    source: str
    wording: str | None
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFact:
    """A change of the record: the audit trail's action, the names of changed fields, and its other details."""

    action: str
    who: str
    fields: Sequence[str]
    details: Mapping[str, Any]


Fact = TextRow | ContactChain | VisitFact | ConsentFact | RecordFact


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a history; `at` orders it."""

    at: datetime
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientHistory:
    """Some entries of a history, newest first; `older` is where the next page begins, None at the end."""

    entries: Sequence[Entry]
    older: Place | None
    counts: Mapping[Shown, int]


def patient_history(
    session: Session,
    *,
    patient_id: UUID,
    facts: Facts,
    shown: Shown | None = None,
    before: Place | None = None,
    limit: int = PAGE,
) -> PatientHistory:
    """Return the newest entries of a patient's history or those that follow `before`, of one kind or all.

    The caller has made sure that the reader may see the patient, and notes that it was seen. Rows of records that
    were merged into this one are part of it.
    """
    of = whose(session, patient_id)
    found = places(session, of, shown=shown, before=before, limit=limit + 1)
    page = found[:limit]
    told = _facts(session, page, facts)
    return PatientHistory(
        entries=[Entry(place.at, told[place.source, place.id]) for place in page],
        older=page[-1] if len(found) > limit else None,
        counts=counts(session, of),
    )


def _facts(session: Session, page: Sequence[Place], facts: Facts) -> dict[tuple[Source, str], Fact]:
    """Read what the places stand for, one query for each source that is there."""
    ids: dict[Source, list[str]] = {}
    for place in page:
        ids.setdefault(place.source, []).append(place.id)
    sent, received = _uuids(ids.get(Source.TEXT_OUT)), _uuids(ids.get(Source.TEXT_IN))
    told: dict[tuple[Source, str], Fact] = {}
    for row in texts_by_id(session, sent=sent, received=received, facts=facts):
        told[Source.TEXT_OUT if row.is_from_clinic else Source.TEXT_IN, str(row.id)] = row
    for source in (Source.CALL, Source.NOTE):
        told |= {(source, key): chain for key, chain in _contacts(session, _uuids(ids.get(source))).items()}
    for source, read in _NUMBERED.items():
        told |= {(source, f"{number:020}"): fact for number, fact in read(session, _numbers(ids.get(source)))}
    return told


def _contacts(session: Session, ids: Collection[UUID]) -> dict[str, ContactChain]:
    if not ids:
        return {}
    chains = contact_chains(session, ids)
    return {
        str(key): ContactChain(now=_contact(chain[-1]), before=[_contact(one) for one in chain[:-1]])
        for key, chain in chains.items()
    }


def _contact(row: ContactEntry) -> ContactFact:
    return ContactFact(
        id=row.id,
        kind=row.kind,
        direction=row.direction,
        outcome=row.outcome,
        body=row.body,
        happened_at=row.happened_at,
        recorded_at=row.recorded_at,
        who=row.author_name,
    )


def _visits(session: Session, ids: Sequence[int]) -> list[tuple[int, Fact]]:
    row = AppointmentHistory
    wanted = (
        select(row, Appointment, VisitType.name, _from.full_name, _to.full_name)
        .join(Appointment, Appointment.id == row.appointment_id)
        .join(VisitType, VisitType.code == Appointment.visit_type_code)
        .join(_to, _to.id == row.to_physician_id)
        .outerjoin(_from, _from.id == row.from_physician_id)
        .where(row.id.in_(ids))
    )
    return (
        [(change.id, _visit(change, visit, names)) for change, visit, *names in session.execute(wanted)] if ids else []
    )


def _visit(change: AppointmentHistory, visit: Appointment, names: Sequence[Any]) -> VisitFact:
    visit_name, from_physician, physician = names
    return VisitFact(
        visit_id=visit.id,
        visit_name=visit_name,
        zone=visit.location_zone,
        change=change.change,
        state=change.to_state,
        who=change.actor_name,
        reason=change.reason,
        from_starts_at=change.from_starts_at,
        starts_at=change.to_starts_at,
        from_physician=from_physician,
        physician=physician,
    )


def _consent(session: Session, ids: Sequence[int]) -> list[tuple[int, Fact]]:
    row = SmsConsentEvent
    found = session.scalars(select(row).where(row.id.in_(ids))) if ids else ()
    return [
        (one.id, ConsentFact(change=one.change, source=one.source, wording=one.wording_version, who=one.actor_name))
        for one in found
    ]


def _record(session: Session, ids: Sequence[int]) -> list[tuple[int, Fact]]:
    row = AuditEvent
    found = session.scalars(select(row).where(row.seq.in_(ids))) if ids else ()
    return [(one.seq, _changed(one)) for one in found]


def _changed(event: AuditEvent) -> RecordFact:
    fields = event.details.get("fields", ())
    return RecordFact(action=event.action, who=event.actor_name, fields=tuple(fields), details=event.details)


_NUMBERED = {Source.VISIT: _visits, Source.CONSENT: _consent, Source.RECORD: _record}


def _uuids(keys: Sequence[str] | None) -> list[UUID]:
    return [UUID(key) for key in keys or ()]


def _numbers(keys: Sequence[str] | None) -> list[int]:
    return [int(key) for key in keys or ()]


__all__ = [
    "ConsentFact",
    "ContactChain",
    "ContactFact",
    "Entry",
    "PatientHistory",
    "Place",
    "RecordFact",
    "Shown",
    "VisitFact",
    "Whose",
    "patient_history",
]
