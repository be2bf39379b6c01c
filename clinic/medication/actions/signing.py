"""Signing an order: everything it needs is looked at once more, then what it says never changes."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.transaction import refusing
from clinic.medication.actions.order_moves import lock_for_physician, lock_order, move, require_own, second_order
from clinic.medication.actions.order_states import checked_reference
from clinic.medication.errors import NotYourOrder, OrderRefused, WrongState
from clinic.medication.models import Prescription
from clinic.medication.queries.signing import Signing, content_of, obstacles, signing_of
from clinic.medication.rules.orders import LIVE, OrderState, six_months_after
from clinic.medication.rules.signed_content import OrderContent, hash_of, require_complete


def sign_order(
    session: Session,
    *,
    order_id: UUID,
    version: int,
    pdmp_check_id: UUID,
    issued_on: date,
    external_reference: str | None = None,
    has_stepped_up: bool,
    by: Actor,
    now: datetime,
) -> Prescription:
    """Sign the own draft on the patient's today; an order that it amends is `replaced` in the same moment.

    `has_stepped_up` says that the second factor was given for this (21 CFR 1311.120 asks as much of the system that
    sends it, which this one is not). Raises OrderRefused with everything that is missing, at the first field of it,
    NotYourOrder, WrongState, SecondOrder, PdmpRefused and ChangedMeanwhile; then nothing was signed.
    """
    if not has_stepped_up:
        raise NotYourOrder("Confirm with your second factor first; an order is signed with it.")
    row, _ = lock_for_physician(session, order_id, by=by, now=now)
    require_own(session, row, by=by)
    if row.state != OrderState.DRAFT:
        raise WrongState("This order is signed already. Open it again to see where it is.")
    row.require_version(version)
    signing = signing_of(session, row, issued_on=issued_on, now=now)
    against = obstacles(session, signing, pdmp_check_id=pdmp_check_id)
    if against:
        raise OrderRefused(" ".join(each.sentence for each in against), field=against[0].field)
    content, reference = content_of(session, signing), checked_reference(external_reference)
    require_complete(content)
    with refusing(session, {"uq_prescription_live": second_order()}):
        _replace(session, row, by=by, now=now)
        _set_down(row, signing, content)
        row.pdmp_check_id, row.external_reference = pdmp_check_id, reference
        move(session, row, OrderState.SIGNED, by=by, now=now)
    return row


def _set_down(row: Prescription, signing: Signing, content: OrderContent) -> None:
    """Keep what is signed in one text with its hash, and the days that follow from it."""
    row.signed_content = content.canonical()
    row.content_hash = hash_of(row.signed_content)
    row.signed_at, row.issued_on = signing.now, signing.issued_on
    row.expires_on = six_months_after(signing.issued_on)
    row.patient_state = signing.patient.state


def _replace(session: Session, row: Prescription, *, by: Actor, now: datetime) -> None:
    """End the order in whose place this one comes, if it still counts."""
    if row.amends_id is None:
        return
    old, _ = lock_order(session, row.amends_id)
    if OrderState(old.state) in LIVE:
        move(session, old, OrderState.REPLACED, by=by, now=now)
