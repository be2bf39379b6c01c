"""Where parcels go and who is called, as the rules look at it: changes, what others have too, and forwarders."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Select, and_, func, select
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
    phones, sent = _shared(session, zones), _sent(session, zones, since=since)
    addresses, forwarded = _addresses(session, zones)
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
    events = contact_changes(session, select(Patient.id).where(of_these(zones)), since=since)
    strays = {event.subject_id for event in events} - zones.keys()
    merged = {row.id: row.lives_on for row in session.execute(_records(zones))} if strays else {}
    found: defaultdict[UUID, list[ContactChange]] = defaultdict(list)
    for event in events:
        assert event.subject_id is not None
        patient_id = merged.get(event.subject_id, event.subject_id)
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


def _addresses(
    session: Session, zones: Mapping[UUID, str]
) -> tuple[defaultdict[UUID, list[SharedContact]], defaultdict[UUID, list[date]]]:
    """Return the addresses that other living records have too, seen when the last of them came to it, and forwarders.

    An address at which no adult signs is seen since it is the patient's.
    """
    mine, others, other = AddressMark, aliased(AddressMark), aliased(Patient)
    wanted = (
        select(
            *(mine.patient_id, mine.mark, mine.since, mine.is_forwarder, func.count(other.id).label("others")),
            func.max(others.since).filter(other.id.is_not(None)).label("last"),
        )
        .outerjoin(others, and_(others.mark == mine.mark, others.patient_id != mine.patient_id))
        .outerjoin(other, and_(other.id == others.patient_id, other.status != PatientStatus.MERGED))
        .where(one_of(mine.patient_id, zones))
        .group_by(mine.patient_id)
    )
    shared: defaultdict[UUID, list[SharedContact]] = defaultdict(list)
    forwarded: defaultdict[UUID, list[date]] = defaultdict(list)
    for row in session.execute(wanted):
        zone = zones[row.patient_id]
        if row.others:
            on = in_zone(max(row.since, row.last), zone).date()
            seen = SharedContact(id=UUID(bytes=bytes(row.mark)), on=on, what="address", others=row.others)
            shared[row.patient_id].append(seen)
        if row.is_forwarder:
            forwarded[row.patient_id].append(in_zone(row.since, zone).date())
    return shared, forwarded


def _sent(session: Session, zones: Mapping[UUID, str], *, since: datetime) -> defaultdict[UUID, list[date]]:
    wanted = select(Shipment.patient_id, Shipment.handed_over_at).where(
        one_of(Shipment.patient_id, zones), Shipment.handed_over_at >= since
    )
    found: defaultdict[UUID, list[date]] = defaultdict(list)
    for patient_id, at in session.execute(wanted.order_by(Shipment.handed_over_at)):
        found[patient_id].append(in_zone(at, zones[patient_id]).date())
    return found
