"""Reports that a carrier service sends by itself: each is taken once, whichever parcel it is about."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.gateways.carriers.easypost_webhooks import Report
from clinic.kernel.actor import Actor
from clinic.kernel.tables import Inbox
from clinic.medication.actions.parcels import take_events
from clinic.medication.models import Shipment
from clinic.medication.queries.parcels import plain_tracking, shipment_by_number, shipment_by_tracker

SOURCE = "easypost"


def take_report(session: Session, *, report: Report, by: Actor, now: datetime) -> Shipment | None:
    """Take what a verified report says and return its parcel; None when it came before or is about none of ours.

    A report may come before the parcel's tracker is known here, so the carrier's number finds it too.
    """
    if not _is_new(session, report, now=now):
        return None
    parcel = _parcel_of(session, report)
    if parcel is None or plain_tracking(report.tracking_number or "") != parcel.tracking_number:
        return None
    return take_events(session, shipment_id=parcel.id, events=report.events, by=by, now=now)


def _is_new(session: Session, report: Report, *, now: datetime) -> bool:
    """Keep that a report came, without what it says, which the parcel's own history holds."""
    row = {
        "source": SOURCE,
        "external_id": report.event_id,
        "payload": {"description": report.description, "tracker_id": report.tracker_id},
        "received_at": now,
        "handled_at": now,
        "attempt_count": 1,
    }
    wanted = insert(Inbox).values(row).on_conflict_do_nothing(index_elements=["source", "external_id"])
    return session.scalar(wanted.returning(Inbox.id)) is not None


def _parcel_of(session: Session, report: Report) -> Shipment | None:
    found = shipment_by_tracker(session, report.tracker_id) if report.tracker_id else None
    if found is None and report.tracking_number and report.carrier:
        found = shipment_by_number(session, report.tracking_number, carrier=report.carrier)
    return found
