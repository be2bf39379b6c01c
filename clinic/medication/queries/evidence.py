"""What the signal rules learn from orders, shipments, counts and reports; many patients in one statement a subject."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
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
from clinic.medication.queries.orders import live_orders_of
from clinic.medication.queries.pdmp import latest_checks
from clinic.medication.rules.orders import OrderState
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

Fact = TypeVar("Fact")
_Rows = Select[*tuple[Any, ...]]

_AT_HOME = ("lost", "stolen", "damaged")
_OVER_EARLY = frozenset({OrderState.STOPPED, OrderState.REPLACED, OrderState.REJECTED})
_LIVES_ON = func.coalesce(Patient.merged_into_id, Patient.id)


def supplied_by(
    session: Session, patient_ids: Collection[UUID], *, since: datetime, zones: Mapping[UUID, str]
) -> dict[UUID, Supplied]:
    """Return what this domain knows of each of these patients since an instant.

    Of a patient who never had an order there is nothing to look at: every part is None, "no data".
    """
    ids = list(patient_ids)
    ordered = _orders(session, ids, zones)
    asked = _by_patient(session, _recent(RefillRequest, ids, since, at=RefillRequest.asked_at), _asked)
    counts = _counts(session, ids, since=since)
    claims = _by_patient(session, _claims(ids, since), _claim)
    disputes = _disputes(session, ids, since=since, zones=zones)
    checks = _by_patient(session, _recent(PdmpCheck, ids, since, at=PdmpCheck.checked_at), _checked(zones))
    supplied = [patient_id for patient_id in ids if ordered[patient_id] or checks[patient_id]]
    contacts = contact_facts(session, {each: zones[each] for each in supplied}, since=since)
    due = _looks_due(session, supplied, zones)
    return {
        patient_id: Supplied(
            refill_requests=tuple(asked[patient_id]),
            ledger=tuple(counts[patient_id]),
            loss_claims=tuple(claims[patient_id]),
            deliveries=tuple(disputes[patient_id]),
            contact_changes=contacts[patient_id],
            orders=tuple(ordered[patient_id]),
            pdmp=ProgramFacts(checks=tuple(checks[patient_id]), due_on=due.get(patient_id)),
        )
        if patient_id in contacts
        else Supplied()
        for patient_id in ids
    }


def units_taken_at(session: Session, appointment_ids: Collection[UUID]) -> dict[UUID, int]:
    """Return how many units the ledger says were taken at each of these sessions; one without an entry is absent."""
    wanted = select(UnitEntry.appointment_id, func.sum(-UnitEntry.units)).where(
        UnitEntry.appointment_id.in_(list(appointment_ids))
    )
    found = session.execute(wanted.group_by(UnitEntry.appointment_id))
    return {at: int(units) for at, units in found if at is not None}


def _looks_due(session: Session, patient_ids: Collection[UUID], zones: Mapping[UUID, str]) -> dict[UUID, date | None]:
    """Return by when the next look into the program is due, for patients with a live order."""
    looks = latest_checks(session, patient_ids)
    due: dict[UUID, date | None] = {}
    for patient_id, order in live_orders_of(session, patient_ids).items():
        look = looks.get(patient_id)
        looked_on = in_zone(look.checked_at, zones[patient_id]).date() if look else None
        assert order.issued_on is not None
        due[patient_id] = look_due_on(
            ordered_on=order.issued_on, looked_on=looked_on, result=look.result if look else None
        )
    return due


def _recent(model: Any, ids: Collection[UUID], since: datetime, *, at: Any) -> _Rows:  # noqa: ANN401 - a table
    """Select a patient's rows of a table since an instant, the oldest first, those of merged records too."""
    wanted = select(_LIVES_ON, model).join(Patient, Patient.id == model.patient_id)
    return wanted.where(_LIVES_ON.in_(ids), at >= since).order_by(at, model.id)


def _claims(ids: Collection[UUID], since: datetime) -> _Rows:
    return _recent(SupplyClaim, ids, since, at=SupplyClaim.reported_at).where(SupplyClaim.kind.in_(_AT_HOME))


def _by_patient(session: Session, wanted: _Rows, made: Callable[[Any, UUID], Fact]) -> defaultdict[UUID, list[Fact]]:
    found: defaultdict[UUID, list[Fact]] = defaultdict(list)
    for patient_id, row in session.execute(wanted):
        found[patient_id].append(made(row, patient_id))
    return found


def _asked(row: RefillRequest, _patient_id: UUID) -> Asked:
    return Asked(id=row.id, on=row.asked_on, allowed_on=row.allowed_on)


def _claim(row: SupplyClaim, _patient_id: UUID) -> LossClaim:
    return LossClaim(id=row.id, on=row.reported_on, what=row.kind)


def _checked(zones: Mapping[UUID, str]) -> Callable[[PdmpCheck, UUID], ProgramCheck]:
    """Return how a look becomes a fact; one that found the program down says nothing else."""

    def made(row: PdmpCheck, patient_id: UUID) -> ProgramCheck:
        return ProgramCheck(
            id=row.id,
            on=in_zone(row.checked_at, zones[patient_id]).date(),
            prescribers=row.prescribers,
            pharmacies=row.pharmacies,
            has_other_ketamine=row.has_other_ketamine,
            is_explained=row.result != "unexplained",
        )

    return made


def _counts(session: Session, ids: Collection[UUID], *, since: datetime) -> defaultdict[UUID, list[Counted]]:
    """Return every count at home, and every parcel that held another number than was packed."""
    found = _by_patient(session, _recent(UnitCount, ids, since, at=UnitCount.at), _count)
    for patient_id, receipt, packed, on in session.execute(_differing(ids, since)):
        found[patient_id].append(
            Counted(id=receipt.id, on=on, before=0, dispensed=packed, taken=0, wasted=0, counted=receipt.counted)
        )
    for counts in found.values():
        counts.sort(key=lambda each: each.on)
    return found


def _count(row: UnitCount, _patient_id: UUID) -> Counted:
    return Counted(
        id=row.id,
        on=row.on,
        before=row.before,
        dispensed=row.dispensed,
        taken=row.taken,
        wasted=row.wasted,
        counted=row.counted,
    )


def _differing(ids: Collection[UUID], since: datetime) -> _Rows:
    local_day = func.date(func.timezone(Patient.zone, Receipt.at))
    return (
        select(_LIVES_ON, Receipt, Fill.units, local_day)
        .join(Patient, Patient.id == Receipt.patient_id)
        .join(Shipment, Shipment.id == Receipt.shipment_id)
        .join(Fill, Fill.id == Shipment.fill_id)
        .where(_LIVES_ON.in_(ids), Receipt.at >= since, Receipt.counted != Fill.units)
        .order_by(Receipt.at)
    )


def _disputes(
    session: Session, ids: Collection[UUID], *, since: datetime, zones: Mapping[UUID, str]
) -> defaultdict[UUID, list[DeliveryDispute]]:
    wanted = (
        select(_LIVES_ON, SupplyClaim, Shipment.delivered_at, Shipment.has_signature)
        .join(Patient, Patient.id == SupplyClaim.patient_id)
        .join(Shipment, Shipment.id == SupplyClaim.shipment_id)
        .where(_LIVES_ON.in_(ids), SupplyClaim.reported_at >= since, SupplyClaim.kind == "not_delivered")
        .order_by(SupplyClaim.reported_at, SupplyClaim.id)
    )
    found: defaultdict[UUID, list[DeliveryDispute]] = defaultdict(list)
    for patient_id, claim, delivered_at, has_signature in session.execute(wanted):
        signed_at = delivered_at if has_signature else None
        signed_on = in_zone(signed_at, zones[patient_id]).date() if signed_at else None
        found[patient_id].append(DeliveryDispute(id=claim.id, on=claim.reported_on, signed_on=signed_on))
    return found


def _orders(
    session: Session, ids: Collection[UUID], zones: Mapping[UUID, str]
) -> defaultdict[UUID, list[OrderedUnits]]:
    """Return every order that was signed, from its day until it ran out or was stopped or replaced.

    What came on an order that is used up may still be taken by it, so being used up ends nothing.
    """
    ended_at = (
        select(func.min(PrescriptionEvent.at))
        .where(
            PrescriptionEvent.prescription_id == Prescription.id,
            PrescriptionEvent.to_state.in_(sorted(_OVER_EARLY)),
        )
        .scalar_subquery()
    )
    wanted = (
        select(_LIVES_ON, Prescription, ended_at)
        .join(Patient, Patient.id == Prescription.patient_id)
        .where(_LIVES_ON.in_(ids), Prescription.issued_on.is_not(None))
        .order_by(Prescription.signed_at, Prescription.id)
    )
    found: defaultdict[UUID, list[OrderedUnits]] = defaultdict(list)
    for patient_id, order, ended in session.execute(wanted):
        until = in_zone(ended, zones[patient_id]).date() if ended else None
        assert order.issued_on is not None
        found[patient_id].append(
            OrderedUnits(id=order.id, units=order.units_per_session, from_on=order.issued_on, until_on=until)
        )
    return found
