"""Where parcels go and who is called, as the rules look at it: changes, what others have too, and forwarders."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from clinic.audit.models import AuditEvent
from clinic.audit.queries import contact_changes_among
from clinic.kernel.localtime import in_zone
from clinic.kernel.statements import among
from clinic.medication.models import AddressMark, Shipment
from clinic.medication.queries.records import LIVES_ON, OF_PATIENTS
from clinic.monitoring.rules.evidence import ContactChange, ContactFacts, SharedContact
from clinic.people.models import Patient
from clinic.people.rules import PatientStatus

_NUMBER_CHANGED = "patient.number_changed"
_ADDRESS = frozenset({"address_line", "city", "postal_code"})

_LIVING = select(Patient.id, LIVES_ON.label("lives_on")).where(OF_PATIENTS)
_SENT = (
    select(Shipment.patient_id, Shipment.handed_over_at)
    .where(among(Shipment.patient_id, "of_patients"), Shipment.handed_over_at >= bindparam("since"))
    .order_by(Shipment.handed_over_at)
)


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
    events = session.scalars(_contact_changes(), {"of_patients": list(zones), "since": since}).all()
    strays = {event.subject_id for event in events} - zones.keys()
    living = session.execute(_LIVING, {"of_patients": list(zones)}) if strays else ()
    merged = {row.id: row.lives_on for row in living if row.lives_on in zones}
    found: defaultdict[UUID, list[ContactChange]] = defaultdict(list)
    for event in events:
        assert event.subject_id is not None
        patient_id = merged.get(event.subject_id, event.subject_id)
        on = in_zone(event.occurred_at, zones[patient_id]).date()
        found[patient_id] += [ContactChange(id=UUID(int=event.seq), on=on, what=what) for what in _whats(event)]
    return found


@cache
def _contact_changes() -> Select[AuditEvent]:
    return contact_changes_among(select(Patient.id).where(OF_PATIENTS))


def _whats(event: AuditEvent) -> Iterator[str]:
    """Yield what one entry says was changed; other facts of a patient are no contact data."""
    if event.action == _NUMBER_CHANGED:
        yield "phone"
    elif not _ADDRESS.isdisjoint(event.details.get("fields", ())):
        yield "address"


@cache
def _sharing() -> Select[*tuple[Any, ...]]:
    other = aliased(Patient)
    return (
        select(
            Patient.id, Patient.phone_id, func.count(), func.greatest(Patient.created_at, func.max(other.created_at))
        )
        .join(other, other.phone_id == Patient.phone_id)
        .where(OF_PATIENTS, other.id != Patient.id, other.status != PatientStatus.MERGED)
        .group_by(Patient.id)
    )


def _shared(session: Session, zones: Mapping[UUID, str]) -> defaultdict[UUID, list[SharedContact]]:
    """Return the telephones that other living records have too, seen when the last of them was added."""
    found: defaultdict[UUID, list[SharedContact]] = defaultdict(list)
    for patient_id, phone_id, others, since in session.execute(_sharing(), {"of_patients": list(zones)}):
        if patient_id in zones:
            on = in_zone(since, zones[patient_id]).date()
            found[patient_id].append(SharedContact(id=phone_id, on=on, what="phone", others=others))
    return found


@cache
def _marked() -> Select[*tuple[Any, ...]]:
    mine, others, other = AddressMark, aliased(AddressMark), aliased(Patient)
    return (
        select(
            *(mine.patient_id, mine.mark, mine.since, mine.is_forwarder, func.count(other.id).label("others")),
            func.max(others.since).filter(other.id.is_not(None)).label("last"),
        )
        .outerjoin(others, and_(others.mark == mine.mark, others.patient_id != mine.patient_id))
        .outerjoin(other, and_(other.id == others.patient_id, other.status != PatientStatus.MERGED))
        .where(among(mine.patient_id, "of_patients"))
        .group_by(mine.patient_id)
    )


def _addresses(
    session: Session, zones: Mapping[UUID, str]
) -> tuple[defaultdict[UUID, list[SharedContact]], defaultdict[UUID, list[date]]]:
    """Return the addresses that other living records have too, seen when the last of them came to it, and forwarders.

    An address at which no adult signs is seen since it is the patient's.
    """
    shared: defaultdict[UUID, list[SharedContact]] = defaultdict(list)
    forwarded: defaultdict[UUID, list[date]] = defaultdict(list)
    for row in session.execute(_marked(), {"of_patients": list(zones)}):
        zone = zones[row.patient_id]
        if row.others:
            on = in_zone(max(row.since, row.last), zone).date()
            seen = SharedContact(id=UUID(bytes=bytes(row.mark)), on=on, what="address", others=row.others)
            shared[row.patient_id].append(seen)
        if row.is_forwarder:
            forwarded[row.patient_id].append(in_zone(row.since, zone).date())
    return shared, forwarded


def _sent(session: Session, zones: Mapping[UUID, str], *, since: datetime) -> defaultdict[UUID, list[date]]:
    found: defaultdict[UUID, list[date]] = defaultdict(list)
    for patient_id, at in session.execute(_SENT, {"of_patients": list(zones), "since": since}):
        found[patient_id].append(in_zone(at, zones[patient_id]).date())
    return found
