"""Parcels that stay silent: no scan, waiting to be picked up, too long under way; each becomes a task once."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.medication.actions.parcel_settling import ask_for_a_look, look_key, settle_parcel
from clinic.medication.actions.parcels import add_word
from clinic.medication.actions.supply_locks import lock_parcel
from clinic.medication.models import Shipment
from clinic.medication.queries.parcels import open_shipments
from clinic.medication.rules.parcel_timers import Overdue, ParcelFacts, ParcelPolicy, overdue
from clinic.medication.rules.parcels import ParcelWord, ShipmentState
from clinic.policies.queries import numbers_of
from clinic.policies.rules import PolicyKey
from clinic.worklist.queries import closed_by_person
from clinic.worklist.rules import WorkKind

_KEYS = {
    "first_scan_hours": PolicyKey.FIRST_SCAN_HOURS,
    "no_scan_hours": PolicyKey.NO_SCAN_HOURS,
    "pickup_days": PolicyKey.PICKUP_DAYS,
    "lost_after_days": PolicyKey.LOST_AFTER_DAYS,
}
_REASONS = {
    Overdue.NO_FIRST_SCAN: "The carrier has not scanned the parcel yet. Ask the pharmacy whether it was handed over.",
    Overdue.NO_SCAN: "The carrier is silent about the parcel. Call the carrier.",
    Overdue.PICKUP_WAITS: "The parcel still waits to be picked up. Call the patient.",
}


def watch_parcels(session: Session, *, by: Actor, now: datetime) -> int:
    """Look at every parcel under way and return how many are overdue; the gravest are called lost.

    What a person took off the list is not asked again; the parcel stands on the board until it is lost or there.
    """
    values = numbers_of(session, list(_KEYS.values()))
    policy = ParcelPolicy(**{name: values[key] for name, key in _KEYS.items()})
    # By patient, as everybody locks several of them.
    parcels = sorted(open_shipments(session), key=lambda each: each.patient_id)
    return sum(_is_late(session, parcel, policy, by=by, now=now) for parcel in parcels)


def _is_late(session: Session, seen: Shipment, policy: ParcelPolicy, *, by: Actor, now: datetime) -> bool:
    if overdue(_facts(seen), policy, now=now) is None:
        return False
    parcel = lock_parcel(session, seen.id)
    late = overdue(_facts(parcel), policy, now=now)
    if late is Overdue.LOST:
        words = f"Not delivered {policy.lost_after_days} days after it left."
        add_word(session, parcel, ParcelWord.LOST, detail=words, by=by, now=now)
        settle_parcel(session, parcel, by=by, now=now)
    elif late is not None and not closed_by_person(session, keys=[look_key(parcel, late.value)]):
        ask_for_a_look(
            session, parcel, kind=WorkKind.PARCEL_EXCEPTION, why=late.value, reason=_REASONS[late], by=by, now=now
        )
    return late is not None


def _facts(parcel: Shipment) -> ParcelFacts:
    return ParcelFacts(
        state=ShipmentState(parcel.state),
        state_since=parcel.state_since,
        handed_over_at=parcel.handed_over_at,
        scanned_at=parcel.scanned_at,
    )
