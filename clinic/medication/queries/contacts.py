"""Where parcels go and who is called, as the rules look at it: changes, what others have too, and forwarders."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, aliased

from clinic.audit.models import AuditEvent
from clinic.audit.queries import contact_changes
from clinic.kernel.localtime import in_zone
from clinic.medication.models import AddressMark, Shipment
from clinic.medication.queries.records import LIVES_ON, of_these, one_of
from clinic.monitoring.rules.evidence import ContactChange, ContactFacts, SharedContact
from clinic.people.models import Patient
from clinic.people.rules import PatientStatus

_NUMBER_CHANGED = "patient.number_changed"
_ADDRESS = frozenset({"address_line", "city", "postal_code"})


def contact_facts(session: Session, zones: Mapping[UUID, str], *, since: datetime) -> dict[UUID, ContactFacts]:
    """Return each patient's changes of address and phone since an instant, who else has them, and when parcels left.

    Addresses are sealed; two that are the same are known by their marks, which the clinic's jobs keep.
    """
    changes = _changes(session, zones, since=since)
    phones, addresses = _shared(session, zones), _shared_addresses(session, zones)
    forwarded, sent = _forwarded(session, zones), _sent(session, zones, since=since)
    return {
        patient_id: ContactFacts(
            changes=tuple(changes[patient_id]),
            shared=(*phones[patient_id], *addresses[patient_id]),
            forwarded_on=tuple(forwarded[patient_id]),
            sent_on=tuple(sent[patient_id]),
        )
        for patient_id in zones
    }


def _changes(session: Session, zones: Mapping[UUID, str], *, since: datetime) -> defaultdict[UUID, list[ContactChange]]:
    records = {row.id: row.lives_on for row in session.execute(_records(zones))}
    found: defaultdict[UUID, list[ContactChange]] = defaultdict(list)
    for event in contact_changes(session, records, since=since):
        assert event.subject_id is not None
        patient_id = records[event.subject_id]
        on = in_zone(event.occurred_at, zones[patient_id]).date()
        found[patient_id] += [ContactChange(id=UUID(int=event.seq), on=on, what=what) for what in _whats(event)]
    return found


def _records(zones: Collection[UUID]) -> Select[UUID, UUID]:
    return select(Patient.id, LIVES_ON.label("lives_on")).where(of_these(zones))


def _whats(event: AuditEvent) -> Iterator[str]:
    """Yield what one entry says was changed; other facts of a patient are no contact data."""
    if event.action == _NUMBER_CHANGED:
        yield "phone"
    elif not _ADDRESS.isdisjoint(event.details.get("fields", ())):
        yield "address"


def _shared(session: Session, zones: Mapping[UUID, str]) -> defaultdict[UUID, list[SharedContact]]:
    """Return the telephones that other living records have too, seen when the last of them was added."""
    other = aliased(Patient)
    wanted = (
        select(
            Patient.id, Patient.phone_id, func.count(), func.greatest(Patient.created_at, func.max(other.created_at))
        )
        .join(other, other.phone_id == Patient.phone_id)
        .where(of_these(zones), other.id != Patient.id, other.status != PatientStatus.MERGED)
        .group_by(Patient.id)
    )
    found: defaultdict[UUID, list[SharedContact]] = defaultdict(list)
    for patient_id, phone_id, others, since in session.execute(wanted):
        if patient_id in zones:
            on = in_zone(since, zones[patient_id]).date()
            found[patient_id].append(SharedContact(id=phone_id, on=on, what="phone", others=others))
    return found


def _shared_addresses(session: Session, zones: Mapping[UUID, str]) -> defaultdict[UUID, list[SharedContact]]:
    """Return the addresses that other living records have too, seen when the last of them came to it."""
    mine, others, other = AddressMark, aliased(AddressMark), aliased(Patient)
    wanted = (
        select(mine.patient_id, mine.mark, func.count(), func.greatest(mine.since, func.max(others.since)))
        .join(others, others.mark == mine.mark)
        .join(other, other.id == others.patient_id)
        .where(one_of(mine.patient_id, zones), others.patient_id != mine.patient_id)
        .where(other.status != PatientStatus.MERGED)
        .group_by(mine.patient_id)
    )
    found: defaultdict[UUID, list[SharedContact]] = defaultdict(list)
    for patient_id, mark, count, since in session.execute(wanted):
        on = in_zone(since, zones[patient_id]).date()
        found[patient_id].append(SharedContact(id=UUID(bytes=bytes(mark)), on=on, what="address", others=count))
    return found


def _forwarded(session: Session, zones: Mapping[UUID, str]) -> defaultdict[UUID, list[date]]:
    mark = AddressMark
    wanted = select(mark.patient_id, mark.since).where(one_of(mark.patient_id, zones), mark.is_forwarder)
    return _days(session.execute(wanted), zones)


def _sent(session: Session, zones: Mapping[UUID, str], *, since: datetime) -> defaultdict[UUID, list[date]]:
    wanted = select(Shipment.patient_id, Shipment.handed_over_at).where(
        one_of(Shipment.patient_id, zones), Shipment.handed_over_at >= since
    )
    return _days(session.execute(wanted.order_by(Shipment.handed_over_at)), zones)


def _days(rows: Iterable[Row[UUID, datetime]], zones: Mapping[UUID, str]) -> defaultdict[UUID, list[date]]:
    found: defaultdict[UUID, list[date]] = defaultdict(list)
    for patient_id, at in rows:
        found[patient_id].append(in_zone(at, zones[patient_id]).date())
    return found
