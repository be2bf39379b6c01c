"""What carriers and people say of a parcel: kept once, folded in the order in which it happened, then followed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from clinic.gateways.carriers import CarrierEvent, CarrierWord
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.text import clean_note
from clinic.medication.actions.claims import ClaimKind, open_claim_task, write_claim
from clinic.medication.actions.parcel_settling import ask_for_a_look, look_key, note_parcel, settle_parcel
from clinic.medication.actions.supply_locks import lock_parcel, require_staff
from clinic.medication.errors import ParcelRefused, WrongState
from clinic.medication.models import Fill, Shipment, SupplyClaim, TrackingEvent
from clinic.medication.queries.parcels import open_claim_about, plain_tracking, tracking_of
from clinic.medication.rules.parcels import (
    STAFF_WORDS,
    ParcelWord,
    ShipmentState,
    Tracked,
    require_possible,
)
from clinic.people.queries import lock_patient
from clinic.worklist.actions import close_for
from clinic.worklist.queries import was_opened
from clinic.worklist.rules import WorkKind

_STAFF_SAYS = STAFF_WORDS | {ParcelWord.DELIVERED, ParcelWord.IN_TRANSIT, ParcelWord.RETURNING, ParcelWord.EXCEPTION}
_AT_HOME = frozenset({ShipmentState.DELIVERED, ShipmentState.DELIVERED_UNSIGNED, ShipmentState.CONFIRMED})
_LONGEST_WORD, _LONGEST_REASON = 200, 1_000
_A_MOMENT = timedelta(microseconds=1)
_LOOKS = {
    "unknown": "The carrier said something that we do not know. Look at the carrier's own page.",
    "impossible": "The carrier's report cannot be true of this parcel and was left out. Compare the tracking number "
    "with the label.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffWord:
    """What a person says of a parcel, and why; a delivery may come with a signature that was seen elsewhere."""

    status: ParcelWord
    reason: str
    has_signature: bool = False


def take_events(
    session: Session, *, shipment_id: UUID, events: Iterable[CarrierEvent], by: Actor, now: datetime
) -> Shipment:
    """Take what a carrier says of a parcel, in any order and any number of times.

    Events of another parcel's number raise ParcelRefused and nothing is kept. What cannot be true of this parcel, such
    as a delivery before it left, is left out and put on the coordinator's list, once. What was told before changes
    nothing. Raises UnknownParcel.
    """
    return take_of_parcel(session, lock_parcel(session, shipment_id), events, by=by, now=now)


def take_of_parcel(
    session: Session, parcel: Shipment, events: Iterable[CarrierEvent], *, by: Actor, now: datetime
) -> Shipment:
    """Do the same for a parcel that is locked already."""
    told = list(events)
    for event in told:
        if (stray := plain_tracking(event.tracking_number)) != parcel.tracking_number:
            raise ParcelRefused(
                f"This report is about {stray}, and this parcel is {parcel.carrier} {parcel.tracking_number}: another "
                "parcel's number. Nobody can set this aside, and nothing was changed.",
                field="tracking_number",
            )
    news = _keep(session, parcel, _possible(session, parcel, told, by=by, now=now), by=by, now=now)
    if news:
        settle_parcel(session, parcel, by=by, now=now)
    if any(event.status is CarrierWord.UNKNOWN for event in news):
        _ask(session, parcel, "unknown", by=by, now=now)
    return parcel


def staff_report(session: Session, *, shipment_id: UUID, said: StaffWord, by: Actor, now: datetime) -> Shipment:
    """Take what a person found out about a parcel; it counts over everything that the carrier said before.

    Raises UnknownParcel, WrongState for a parcel that the patient confirmed, and ParcelRefused at a field.
    """
    require_staff(by)
    parcel = lock_parcel(session, shipment_id)
    words = clean_note(said.reason, field="reason")
    if not 1 <= len(words) <= _LONGEST_REASON:
        raise ParcelRefused(f"Write how you know, in 1 to {_LONGEST_REASON} characters.", field="reason")
    if said.status not in _STAFF_SAYS:
        raise ParcelRefused("Choose what happened to the parcel from the list.", field="status")
    if said.status is ParcelWord.DISPUTED:
        raise ParcelRefused("Report it as not delivered, so that there is a case to settle.", field="status")
    if parcel.state == ShipmentState.CONFIRMED:
        raise WrongState("The patient has confirmed this parcel. Report what is missing as lost instead.")
    add_word(session, parcel, said.status, detail=words, has_signature=said.has_signature, by=by, now=now)
    settle_parcel(session, parcel, by=by, now=now)
    return parcel


def dispute_delivery(session: Session, *, shipment_id: UUID, by: Actor, now: datetime, words: str = "") -> SupplyClaim:
    """Take the word of a patient that a parcel did not come which the carrier calls delivered; nothing is replaced.

    Its units leave the ledger, and the case waits until a physician settles it; the same word again is the same case.
    Raises UnknownParcel and WrongState.
    """
    parcel = lock_parcel(session, shipment_id)
    known = open_claim_about(session, parcel.id, kind=ClaimKind.NOT_DELIVERED)
    if known is not None and parcel.state == ShipmentState.DISPUTED:
        return known
    if ShipmentState(parcel.state) not in _AT_HOME:
        raise WrongState(
            "The carrier has not delivered this parcel yet, so there is nothing to dispute. Call us if it is late."
        )
    claim = write_claim(
        session,
        patient=lock_patient(session, parcel.patient_id),
        kind=ClaimKind.NOT_DELIVERED,
        units=session.get_one(Fill, parcel.fill_id).units,
        words=words,
        shipment_id=parcel.id,
        by=by,
        now=now,
    )
    open_claim_task(
        session,
        claim,
        kind=WorkKind.DELIVERY_DISPUTED,
        shipment_id=parcel.id,
        reason="The carrier calls the parcel delivered, the patient says that it did not come. Tell the pharmacy today "
        "and write down when, and ask the carrier who signed.",
        by=by,
        now=now,
    )
    add_word(session, parcel, ParcelWord.DISPUTED, by=by, now=now)
    settle_parcel(session, parcel, by=by, now=now)
    return claim


def tell_pharmacy_of_parcel(session: Session, *, shipment_id: UUID, by: Actor, now: datetime) -> Shipment:
    """Write down that the pharmacy was told of a lost or disputed parcel now (its duties: 21 CFR 1301.76(b))."""
    require_staff(by)
    parcel = lock_parcel(session, shipment_id)
    parcel.pharmacy_told_at = parcel.pharmacy_told_at or now
    parcel.touch(by=by, now=now)
    session.flush()
    note_parcel(session, parcel, "parcel.pharmacy_told", now=now)
    close_for(session, dedupe_key=f"parcel:{parcel.id}:{ShipmentState.LOST.value}", by=by, now=now)
    return parcel


def add_word(
    session: Session,
    parcel: Shipment,
    status: ParcelWord,
    *,
    by: Actor,
    now: datetime,
    detail: str | None = None,
    has_signature: bool = False,
) -> None:
    """Keep a person's word about a parcel as the newest one."""
    newest = max((each.at for each in tracking_of(session, parcel.id)), default=parcel.handed_over_at)
    row = TrackingEvent(id=new_id(), shipment_id=parcel.id, external_key=f"staff:{new_id()}", status=status.value)
    row.at, row.received_at = max(now, newest + _A_MOMENT), now
    row.word, row.detail, row.has_signature = status.value, detail, has_signature
    row.source, row.actor_name = "staff", by.name
    session.add(row)
    session.flush()
    note_parcel(session, parcel, "parcel.told", now=now, source="staff", status=status.value)


def _possible(
    session: Session, parcel: Shipment, told: Iterable[CarrierEvent], *, by: Actor, now: datetime
) -> list[CarrierEvent]:
    """Return the events that can be true; for the others somebody looks, once."""
    events = list(told)
    possible = [event for event in events if _is_possible(event, parcel, now=now)]
    if len(possible) < len(events) and not was_opened(session, dedupe_key=look_key(parcel, "impossible")):
        _ask(session, parcel, "impossible", by=by, now=now)
    return possible


def _is_possible(event: CarrierEvent, parcel: Shipment, *, now: datetime) -> bool:
    try:
        require_possible(_tracked(event), handed_over_at=parcel.handed_over_at, now=now)
    except ParcelRefused:
        return False
    return True


def _tracked(event: CarrierEvent) -> Tracked:
    status = ParcelWord(event.status.value)
    return Tracked(at=event.at, status=status, key=event.key, has_signature=bool(event.signed_by))


def _keep(
    session: Session, parcel: Shipment, events: Sequence[CarrierEvent], *, by: Actor, now: datetime
) -> list[CarrierEvent]:
    """Store events once and return those that are new, in their order; the same thing again finds its row there."""
    if not events:
        return []
    rows = [_stored(parcel, event, by=by, now=now) for event in events]
    written = set(session.scalars(_write_once(), rows))
    news = [event for event, row in zip(events, rows, strict=True) if row["id"] in written]
    for event in news:
        note_parcel(session, parcel, "parcel.told", now=now, source="carrier", status=event.status.value)
        parcel.signed_by = event.signed_by or parcel.signed_by
        parcel.expected_on = event.expected_on or parcel.expected_on
    return news


@cache
def _write_once() -> ReturningInsert[UUID]:
    wanted = insert(TrackingEvent).on_conflict_do_nothing(index_elements=["shipment_id", "external_key"])
    return wanted.returning(TrackingEvent.id)


def _stored(parcel: Shipment, event: CarrierEvent, *, by: Actor, now: datetime) -> dict[str, object]:
    return {
        "id": new_id(),
        "shipment_id": parcel.id,
        "external_key": event.key,
        "at": event.at,
        "status": event.status.value,
        "word": event.word[:_LONGEST_WORD],
        "detail": (event.detail or "")[:_LONGEST_WORD] or None,
        "place": (event.place or "")[:_LONGEST_WORD] or None,
        "has_signature": bool(event.signed_by),
        "source": "carrier",
        "received_at": now,
        "actor_name": by.name,
    }


def _ask(session: Session, parcel: Shipment, why: str, *, by: Actor, now: datetime) -> None:
    ask_for_a_look(session, parcel, kind=WorkKind.PARCEL_EXCEPTION, why=why, reason=_LOOKS[why], by=by, now=now)
