"""Whether a text about a parcel, a recall, the next shipment or what is left is still true when it would leave."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from clinic.medication.models import RecallNotice, RefillRequest, Shipment
from clinic.medication.queries.leftovers import leftovers_of
from clinic.medication.queries.verdicts import request_of, verdicts
from clinic.medication.rules.parcels import ShipmentState
from clinic.medication.rules.reasons import ReasonCode
from clinic.messaging.rules.kinds import Drop, Planned, Send, Verdict
from clinic.treatment.models import TreatmentPlan

SUBJECT, NOTICE, REQUEST, SUPPLY = "shipment", "recall_notice", "refill_request", "supply"
"""What texts are about: a parcel, a patient's notice of a recall, a request, and what a plan has left at home."""

_S = ShipmentState
TRUE_IN: Mapping[str, frozenset[ShipmentState]] = MappingProxyType(
    {
        "SHIP_SENT": frozenset({_S.LABEL_CREATED, _S.IN_TRANSIT, _S.OUT_FOR_DELIVERY}),
        "SHIP_ATTEMPT": frozenset({_S.DELIVERY_ATTEMPTED, _S.PICKUP_READY}),
        "SHIP_DELIVERED": frozenset({_S.DELIVERED, _S.DELIVERED_UNSIGNED}),
        "SHIP_CONFIRM": frozenset({_S.DELIVERED, _S.DELIVERED_UNSIGNED}),
    }
)
"""The states of a parcel in which each text about it says what is so."""

_UNCOUNTED = frozenset({ReasonCode.COUNT_MISSING, ReasonCode.COUNT_OLD})


def shipment_guard(session: Session, planned: Planned, _now: datetime) -> Verdict:
    """Tell of a parcel only what is still so: nobody waits at the door for what came or went back meanwhile."""
    parcel = session.get(Shipment, planned.subject_id) if planned.subject_id else None
    if parcel is None:
        return Drop("no_subject")
    is_true = ShipmentState(parcel.state) in TRUE_IN.get(planned.template_key, frozenset())
    return Send() if is_true else Drop("parcel_moved_on")


def recall_guard(session: Session, planned: Planned, _now: datetime) -> Verdict:
    """Tell of a recall nobody who has heard of it, by telephone or on the page."""
    notice = session.get(RecallNotice, planned.subject_id) if planned.subject_id else None
    if notice is None:
        return Drop("no_subject")
    return Send() if notice.heard_at is None else Drop("recall_heard")


def request_guard(session: Session, planned: Planned, now: datetime) -> Verdict:
    """Ask for a count only while one is missing, and tell of an answer only who has not asked anew."""
    request = session.get(RefillRequest, planned.subject_id) if planned.subject_id else None
    if request is None:
        return Drop("no_subject")
    if planned.template_key == "SHIP_COUNT":
        return Send() if is_count_wanted(session, request, now=now) else Drop("count_known")
    return Send() if request_of(session, request.patient_id) is None else Drop("asked_again")


def supply_guard(session: Session, planned: Planned, _now: datetime) -> Verdict:
    """Tell of what is left at home only while something is to be done about it."""
    plan = session.get(TreatmentPlan, planned.subject_id) if planned.subject_id else None
    if plan is None:
        return Drop("no_subject")
    return Send() if leftovers_of(session, plan.patient_id) else Drop("supply_closed")


def is_count_wanted(session: Session, request: RefillRequest, *, now: datetime) -> bool:
    """Tell whether a request waits for a count that the patient can make."""
    if request.state != "open":
        return False
    found = verdicts(session, [request.patient_id], now=now).get(request.patient_id, ())
    return any(reason.code in _UNCOUNTED for reason in found)
