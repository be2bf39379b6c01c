"""What the signal rules learn from orders, shipments, counts and reports; many patients in one statement a subject."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.kernel.statements import among, among_these
from clinic.medication.models import (
    Fill,
    PdmpCheck,
    Prescription,
    PrescriptionEvent,
    Receipt,
    RefillRequest,
    Shipment,
    SupplyClaim,
    UnitCount,
    UnitEntry,
)
from clinic.medication.queries.contacts import contact_facts
from clinic.medication.queries.pdmp import latest_checks
from clinic.medication.queries.records import LIVES_ON, OF_PATIENTS
from clinic.medication.rules.orders import LIVE, OrderState
from clinic.medication.rules.pdmp import look_due_on
from clinic.monitoring.rules.evidence import (
    DeliveryDispute,
    LossClaim,
    OrderedUnits,
    ProgramCheck,
    ProgramFacts,
    Supplied,
)
from clinic.monitoring.rules.evidence import RefillRequest as Asked
from clinic.monitoring.rules.evidence import UnitCount as Counted
from clinic.people.models import Patient

_Rows = Select[*tuple[Any, ...]]
_Order = tuple[Prescription, datetime | None]

_AT_HOME = ("lost", "stolen", "damaged")
_REPORTS = (*_AT_HOME, "not_delivered")
_OVER_EARLY = frozenset({OrderState.STOPPED, OrderState.REPLACED, OrderState.REJECTED})


def supplied_by(
    session: Session, patient_ids: Collection[UUID], *, since: datetime, zones: Mapping[UUID, str]
) -> dict[UUID, Supplied]:
    """Return what this domain knows of each of these patients since an instant.

    Of a patient who never had an order there is nothing to look at: every part is None, "no data".
    """
    ids = list(patient_ids)
    orders, looks = _orders(session, ids), _rows_of(session, _looks(), ids, since=since)
    known = {patient_id: zones[patient_id] for patient_id in ids if orders[patient_id] or looks[patient_id]}
    due = _looks_due(session, orders, looks, zones=known)
    programs = {
        patient_id: ProgramFacts(
            checks=tuple(_checked(row, zone) for row in looks[patient_id]), due_on=due.get(patient_id)
        )
        for patient_id, zone in known.items()
    }
    found = _reported(session, known, since=since) if known else {}
    ordered = {
        patient_id: tuple(_ordered(row, ended, zone) for row, ended in orders[patient_id])
        for patient_id, zone in known.items()
    }
    return {
        patient_id: replace(found[patient_id], orders=ordered[patient_id], pdmp=programs[patient_id])
        if patient_id in known
        else Supplied()
        for patient_id in ids
    }


def _reported(session: Session, zones: Mapping[UUID, str], *, since: datetime) -> dict[UUID, Supplied]:
    """Return what was asked for, counted, reported and changed since an instant, by patient."""
    ids = list(zones)
    asked = _rows_of(session, _requests(), ids, since=since)
    counts, contacts = _counts(session, ids, since=since), contact_facts(session, zones, since=since)
    lost, disputes = _claims(session, zones, since=since)
    return {
        patient_id: Supplied(
            refill_requests=tuple(
                Asked(id=row.id, on=row.asked_on, allowed_on=row.allowed_on) for row in asked[patient_id]
            ),
            ledger=tuple(counts[patient_id]),
            loss_claims=tuple(lost[patient_id]),
            deliveries=tuple(disputes[patient_id]),
            contact_changes=contacts[patient_id],
        )
        for patient_id in ids
    }


@cache
def _taken() -> Select[UUID | None, int]:
    return (
        select(UnitEntry.appointment_id, func.sum(-UnitEntry.units))
        .where(among(UnitEntry.appointment_id, "of_visits"))
        .group_by(UnitEntry.appointment_id)
    )


def units_taken_at(session: Session, appointment_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return how many units the ledger says were taken at each of these sessions; one without an entry is absent."""
    found = session.execute(_taken(), {"of_visits": list(appointment_ids)})
    return {at: int(units) for at, units in found if at is not None}


def _looks_due(
    session: Session,
    orders: Mapping[UUID, list[_Order]],
    looks: Mapping[UUID, list[PdmpCheck]],
    *,
    zones: Mapping[UUID, str],
) -> dict[UUID, date | None]:
    """Return by when the next look into the program is due, for patients with a live order."""
    live = {patient_id: row for patient_id in zones for row, _ in orders[patient_id] if row.state in LIVE}
    latest = {patient_id: max(looks[patient_id], key=_newest_look) for patient_id in live if looks[patient_id]}
    if older := live.keys() - latest.keys():
        latest |= latest_checks(session, older)
    due: dict[UUID, date | None] = {}
    for patient_id, order in live.items():
        look = latest.get(patient_id)
        looked_on = in_zone(look.checked_at, zones[patient_id]).date() if look else None
        assert order.issued_on is not None
        due[patient_id] = look_due_on(
            ordered_on=order.issued_on, looked_on=looked_on, result=look.result if look else None
        )
    return due


def _newest_look(row: PdmpCheck) -> tuple[datetime, datetime]:
    return row.checked_at, row.at


def _recent(model: Any, *, at: Any) -> _Rows:  # noqa: ANN401 - a table and its instant
    """Select a patient's rows of a table since an instant, the oldest first, those of merged records too."""
    wanted = select(LIVES_ON, model).join(Patient, Patient.id == model.patient_id)
    return wanted.where(OF_PATIENTS, at >= bindparam("since")).order_by(at, model.id)


@cache
def _looks() -> _Rows:
    return _recent(PdmpCheck, at=PdmpCheck.checked_at)


@cache
def _requests() -> _Rows:
    return _recent(RefillRequest, at=RefillRequest.asked_at)


@cache
def _counted() -> _Rows:
    return _recent(UnitCount, at=UnitCount.at)


def _rows_of(
    session: Session, wanted: Select[Any], ids: list[UUID], *, since: datetime
) -> defaultdict[UUID, list[Any]]:
    found: defaultdict[UUID, list[Any]] = defaultdict(list)
    for patient_id, row in session.execute(wanted, {"of_patients": ids, "since": since}):
        found[patient_id].append(row)
    return found


def _checked(row: PdmpCheck, zone: str) -> ProgramCheck:
    """Return a look as a fact; one that found the program down says nothing else."""
    return ProgramCheck(
        id=row.id,
        on=in_zone(row.checked_at, zone).date(),
        prescribers=row.prescribers,
        pharmacies=row.pharmacies,
        has_other_ketamine=row.has_other_ketamine,
        is_explained=row.result != "unexplained",
    )


def _counts(session: Session, ids: list[UUID], *, since: datetime) -> defaultdict[UUID, list[Counted]]:
    """Return every count at home, and every parcel that held another number than was packed."""
    found: defaultdict[UUID, list[Counted]] = defaultdict(list)
    for patient_id, rows in _rows_of(session, _counted(), ids, since=since).items():
        found[patient_id] += [_count(row) for row in rows]
    for patient_id, receipt, packed, on in session.execute(_differing(), {"of_patients": ids, "since": since}):
        found[patient_id].append(
            Counted(id=receipt.id, on=on, before=0, dispensed=packed, taken=0, wasted=0, counted=receipt.counted)
        )
    for counts in found.values():
        counts.sort(key=lambda each: each.on)
    return found


def _count(row: UnitCount) -> Counted:
    return Counted(
        id=row.id,
        on=row.on,
        before=row.before,
        dispensed=row.dispensed,
        taken=row.taken,
        wasted=row.wasted,
        counted=row.counted,
    )


@cache
def _differing() -> _Rows:
    local_day = func.date(func.timezone(Patient.zone, Receipt.at))
    return (
        select(LIVES_ON, Receipt, Fill.units, local_day)
        .join(Patient, Patient.id == Receipt.patient_id)
        .join(Shipment, Shipment.id == Receipt.shipment_id)
        .join(Fill, Fill.id == Shipment.fill_id)
        .where(OF_PATIENTS, Receipt.at >= bindparam("since"), Receipt.counted != Fill.units)
        .order_by(Receipt.at)
    )


@cache
def _reports() -> _Rows:
    return (
        select(LIVES_ON, SupplyClaim, Shipment.delivered_at, Shipment.has_signature)
        .join(Patient, Patient.id == SupplyClaim.patient_id)
        .outerjoin(Shipment, Shipment.id == SupplyClaim.shipment_id)
        .where(OF_PATIENTS, SupplyClaim.reported_at >= bindparam("since"), among_these(SupplyClaim.kind, _REPORTS))
        .order_by(SupplyClaim.reported_at, SupplyClaim.id)
    )


def _claims(
    session: Session, zones: Mapping[UUID, str], *, since: datetime
) -> tuple[defaultdict[UUID, list[LossClaim]], defaultdict[UUID, list[DeliveryDispute]]]:
    """Return what was reported as lost at home, and the parcels that did not come, the oldest first."""
    lost: defaultdict[UUID, list[LossClaim]] = defaultdict(list)
    disputes: defaultdict[UUID, list[DeliveryDispute]] = defaultdict(list)
    found = session.execute(_reports(), {"of_patients": list(zones), "since": since})
    for patient_id, claim, delivered_at, has_signature in found:
        if patient_id not in zones:
            continue
        if claim.kind in _AT_HOME:
            lost[patient_id].append(LossClaim(id=claim.id, on=claim.reported_on, what=claim.kind))
        elif claim.shipment_id is not None:
            signed_at = delivered_at if has_signature else None
            signed_on = in_zone(signed_at, zones[patient_id]).date() if signed_at else None
            disputes[patient_id].append(DeliveryDispute(id=claim.id, on=claim.reported_on, signed_on=signed_on))
    return lost, disputes


@cache
def _signed() -> _Rows:
    ended_at = (
        select(func.min(PrescriptionEvent.at))
        .where(
            PrescriptionEvent.prescription_id == Prescription.id,
            among_these(PrescriptionEvent.to_state, sorted(_OVER_EARLY)),
        )
        .scalar_subquery()
    )
    return (
        select(LIVES_ON, Prescription, ended_at)
        .join(Patient, Patient.id == Prescription.patient_id)
        .where(OF_PATIENTS, Prescription.issued_on.is_not(None))
        .order_by(Prescription.signed_at, Prescription.id)
    )


def _orders(session: Session, ids: list[UUID]) -> defaultdict[UUID, list[_Order]]:
    """Return every order that was signed, with when it was stopped or replaced.

    What came on an order that is used up may still be taken by it, so being used up ends nothing.
    """
    found: defaultdict[UUID, list[_Order]] = defaultdict(list)
    for patient_id, order, ended in session.execute(_signed(), {"of_patients": ids}):
        found[patient_id].append((order, ended))
    return found


def _ordered(order: Prescription, ended: datetime | None, zone: str) -> OrderedUnits:
    """Return an order from its day until it ran out or was stopped or replaced."""
    assert order.issued_on is not None
    until = in_zone(ended, zone).date() if ended else None
    return OrderedUnits(id=order.id, units=order.units_per_session, from_on=order.issued_on, until_on=until)
