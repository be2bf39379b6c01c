"""What a gateway reports by itself: kept once, and a reason to ask it again, never believed as it stands."""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.billing.actions.disputes import note_dispute
from clinic.billing.actions.unmatched import STRANGERS, report_unmatched
from clinic.billing.actions.withdrawing import QUEUE
from clinic.billing.models import CardSetup, Payment, Refund
from clinic.gateways.payments import EventKind, GatewayEvent
from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.tables import Inbox

_Row = TypeVar("_Row", CardSetup, Payment, Refund)
_NOBODYS = (
    "The gateway reports money that this clinic did not move. Somebody else uses the same account there, or "
    "somebody moved it by hand. Nothing was changed here."
)


def take_news(session: Session, *, event: GatewayEvent, source: str, by: Actor, now: datetime) -> bool:
    """Take a verified report and tell whether it is about something of ours and came for the first time.

    What it is about is looked at again at once. One about another installation's money changes nothing; a person is
    told.
    """
    if not _is_new(session, event, source=source, now=now) or event.kind is EventKind.OTHER:
        return False
    about = _about(session, event, source=source)
    if isinstance(about, Payment) and event.kind is EventKind.DISPUTE:
        note_dispute(session, about, dispute_id=event.dispute_id or event.event_id, by=by, now=now)
    elif about is not None:
        about.next_look_at = now
        journal.wake(session, QUEUE)
    elif event.kind is not EventKind.CARD:
        report_unmatched(session, key=STRANGERS, reason=_NOBODYS, by=by, now=now)
    return about is not None


def _is_new(session: Session, event: GatewayEvent, *, source: str, now: datetime) -> bool:
    """Keep that a report came, by its ids alone."""
    row = {
        "source": source,
        "external_id": event.event_id,
        "payload": {
            "said": event.said,
            "payment_id": event.payment_id,
            "refund_id": event.refund_id,
            "setup_id": event.setup_id,
            "dispute_id": event.dispute_id,
            "reference": event.reference,
        },
        "received_at": now,
        "handled_at": now,
        "attempt_count": 1,
    }
    wanted = insert(Inbox).values(row).on_conflict_do_nothing(index_elements=["source", "external_id"])
    return session.scalar(wanted.returning(Inbox.id)) is not None


def _about(session: Session, event: GatewayEvent, *, source: str) -> CardSetup | Payment | Refund | None:
    """Return our row that a report is about, locked: by the reference that we gave, or by the gateway's own name."""
    if event.kind is EventKind.CARD:
        named = select(CardSetup.id).where(CardSetup.gateway_setup_id == event.setup_id, CardSetup.gateway == source)
        return _locked(session, CardSetup, _ours(event) or session.scalar(named))
    if event.kind is EventKind.REFUND:
        named = select(Refund.id).where(Refund.gateway_refund_id == event.refund_id, Refund.gateway == source)
        return _locked(session, Refund, _ours(event) or session.scalar(named))
    named = select(Payment.id).where(Payment.gateway_payment_id == event.payment_id, Payment.gateway == source)
    return _locked(session, Payment, session.scalar(named) or _ours(event))


def _locked(session: Session, table: type[_Row], row_id: UUID | None) -> _Row | None:
    return session.get(table, row_id, with_for_update=True, populate_existing=True) if row_id else None


def _ours(event: GatewayEvent) -> UUID | None:
    try:
        return UUID(event.reference or "")
    except ValueError:
        return None
