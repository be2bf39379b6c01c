"""The page of deliveries: what to keep aside, what is on its way, the next one, and what came before."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.medication.actions.recalls import hear_recall
from clinic.medication.models import RefillRequest, Shipment
from clinic.medication.queries.fills import fill_under_way
from clinic.medication.queries.ledger import balance_of
from clinic.medication.queries.leftovers import leftovers_of, lots_to_put_away, plan_that_is_over
from clinic.medication.queries.orders import live_order_of
from clinic.medication.queries.parcels import receipts_of, shipments_of
from clinic.medication.queries.recalls import waiting_notices
from clinic.medication.queries.verdicts import request_of, requests_of, verdicts
from clinic.medication.rules.parcels import ShipmentState
from clinic.medication.rules.reasons import for_patient
from clinic.web.frame import policy
from clinic.web.frame.forms import NoFields, read_form
from clinic.web.frame.language import language
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.deliveries.finding import PURPOSE, SEEN, reader, seen
from clinic.web.patient.deliveries.wording import STATES

_S = ShipmentState
_DELIVERED = frozenset({_S.DELIVERED, _S.DELIVERED_UNSIGNED})
_CANNOT_COME = frozenset({_S.RETURNING, _S.RETURNED_TO_PHARMACY, _S.CANCELED})
_PAST = frozenset({_S.CONFIRMED, _S.RETURNED_TO_PHARMACY, _S.CANCELED})
_PAST_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A parcel in front of its patient; `told_at` is when the patient said what was in it."""

    row: Shipment
    told_at: datetime | None

    @property
    def state(self) -> ShipmentState:
        """Return where it stands."""
        return ShipmentState(self.row.state)

    @property
    def word(self) -> str:
        """Return what that is called."""
        return str(STATES[self.state][0])

    @property
    def advice(self) -> str | None:
        """Return what the patient does about it."""
        found = STATES[self.state][1]
        return str(found) if found else None

    @property
    def is_delivered(self) -> bool:
        """Tell whether the carrier says that it is there."""
        return self.state in _DELIVERED

    @property
    def may_confirm(self) -> bool:
        """Tell whether the patient can say what was in it, which is said once."""
        return self.told_at is None and self.state not in _CANNOT_COME and self.state is not _S.CONFIRMED

    @property
    def is_past(self) -> bool:
        """Tell whether nothing is to be done about it any more."""
        return self.state in _PAST


@blueprint.get("/my-deliveries")
@policy.patient_link(PURPOSE, audit=SEEN)
def deliveries() -> str:
    """Show what is on its way and what can be said about it."""
    with runtime().begin(by=actor()) as session:
        patient = seen(session)
        parcels = [parcel_of(session, row) for row in shipments_of(session, patient.id)]
        return render_template(
            "patient/deliveries/overview.html",
            patient=patient,
            open=[each for each in parcels if not each.is_past],
            past=[each for each in parcels if each.is_past][:_PAST_SHOWN],
            aside=_aside(session, patient.id),
            has_notice=bool(waiting_notices(session, patient.id)),
            asked=request_of(session, patient.id),
            is_prepared=is_prepared(session, patient.id),
            may_ask=may_ask(session, patient.id),
            waits_for=_waits_for(session, patient.id),
            has_any=bool(parcels),
            left=lots_to_put_away(session, patient.id, today=in_zone(now(), patient.zone).date()),
            is_open=leftovers_of(session, patient.id) is not None,
            is_over=plan_that_is_over(session, patient.id) is not None,
            declined=_declined(session, patient.id, parcels),
        )


@blueprint.post("/my-deliveries/set-aside")
@policy.patient_link(PURPOSE)
def set_aside() -> ResponseReturnValue:
    """Take the patient's word that what was called back is kept aside."""
    read_form(NoFields)
    with runtime().begin(by=actor()) as session:
        for notice in waiting_notices(session, reader(session).id):
            hear_recall(session, notice_id=notice.id, by=actor(), now=now())
    flash(_("Thank you. Keep it apart until we have talked."))
    return see_other("patient.deliveries")


def parcel_of(session: Session, row: Shipment) -> Parcel:
    """Return a parcel as its patient sees it."""
    told = receipts_of(session, row.id)
    return Parcel(row=row, told_at=told[-1].at if told else None)


def is_prepared(session: Session, patient_id: UUID) -> bool:
    """Tell whether a parcel is being prepared that has not left yet."""
    fill = fill_under_way(session, patient_id)
    return fill is not None and fill.state != "handed_to_carrier"


def may_ask(session: Session, patient_id: UUID) -> bool:
    """Tell whether the patient can ask for the next parcel: something was ordered before, and nothing waits."""
    if request_of(session, patient_id) is not None or is_prepared(session, patient_id):
        return False
    if plan_that_is_over(session, patient_id) is not None:
        return False
    return live_order_of(session, patient_id) is not None or bool(shipments_of(session, patient_id))


def _declined(session: Session, patient_id: UUID, parcels: Iterable[Parcel]) -> RefillRequest | None:
    """Return the newest request if its answer was no and nothing was sent since."""
    newest = next(iter(requests_of(session, patient_id)), None)
    if newest is None or newest.state != "declined" or newest.answered_at is None:
        return None
    return None if any(each.row.handed_over_at > newest.answered_at for each in parcels) else newest


def _aside(session: Session, patient_id: UUID) -> list[str]:
    return [each.number for each in balance_of(session, patient_id) if each.recalled_at is not None]


def _waits_for(session: Session, patient_id: UUID) -> list[str]:
    """Return what the next parcel waits for, each sentence once."""
    if request_of(session, patient_id) is None:
        return []
    reasons = verdicts(session, [patient_id], now=now()).get(patient_id, ())
    return list(dict.fromkeys(for_patient(each, language=language()) for each in reasons))
