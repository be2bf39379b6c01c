"""The board of deliveries: what is to order, at the pharmacy, on its way, in trouble or unconfirmed, since when."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CompoundSelect, ScalarSelect, func, literal, select, union_all
from sqlalchemy.orm import Session

from clinic.medication.models import Fill, RefillRequest, Shipment
from clinic.medication.queries.records import one_of
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.parcels import OVER, ShipmentState
from clinic.people.models import Patient

_F, _S = FillState, ShipmentState


class Column(StrEnum):
    """Where a card stands; the clinic acts in the first one, the fourth and the fifth."""

    TO_ORDER = "to_order"
    AT_PHARMACY = "at_pharmacy"
    IN_TRANSIT = "in_transit"
    EXCEPTIONS = "exceptions"
    UNCONFIRMED = "unconfirmed"


class CardKind(StrEnum):
    """What a card is about, and so which page it opens."""

    REQUEST = "request"
    FILL = "fill"
    SHIPMENT = "shipment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One request, fill or parcel; `since` is when it entered its state. Nothing on it is clinical."""

    kind: CardKind
    id: UUID
    patient_id: UUID
    patient_name: str
    state: str
    since: datetime
    expected_on: date | None = None

    def age(self, now: datetime) -> timedelta:
        """Return for how long it has stood there."""
        return now - self.since


Board = dict[Column, list[Card]]
"""The cards of each column, the oldest first."""

_OF_FILL = {
    **dict.fromkeys((_F.REQUESTED, _F.BLOCKED, _F.RELEASED), Column.TO_ORDER),
    **dict.fromkeys((_F.SENT, _F.ACCEPTED, _F.COMPOUNDING, _F.VERIFIED, _F.PACKED), Column.AT_PHARMACY),
    _F.CLARIFICATION: Column.EXCEPTIONS,
}
_OF_PARCEL = {
    **dict.fromkeys((_S.LABEL_CREATED, _S.IN_TRANSIT, _S.OUT_FOR_DELIVERY), Column.IN_TRANSIT),
    **dict.fromkeys((_S.PICKUP_READY, _S.DELIVERY_ATTEMPTED, _S.EXCEPTION), Column.EXCEPTIONS),
    **dict.fromkeys((_S.DISPUTED, _S.RETURNING), Column.EXCEPTIONS),
    **dict.fromkeys((_S.DELIVERED, _S.DELIVERED_UNSIGNED), Column.UNCONFIRMED),
}

_IS_UNFILLED: ColumnElement[bool] = (RefillRequest.state == "open") & ~(
    select(Fill.id).where(Fill.patient_id == RefillRequest.patient_id, Fill.state.in_(sorted(_OF_FILL))).exists()
)
"""A request waits for an answer, and there is no fill yet."""


def delivery_board(session: Session) -> Board:
    """Return every request, fill and parcel that is not over, in three statements."""
    board: Board = {column: [] for column in Column}
    for column, card in (*_requests(session), *_fills(session), *_parcels(session)):
        board[column].append(card)
    for cards in board.values():
        cards.sort(key=lambda card: (card.since, card.patient_name, card.id))
    return board


def undecided(session: Session, panel: CompoundSelect[UUID]) -> list[Card]:
    """Return the requests and the unreleased fills of the patients of another statement, the longest waiting first."""
    row = _undecided(panel).subquery()
    wanted = select(row, _name()).join(Patient, Patient.id == row.c.patient_id).order_by(row.c.since, _name(), row.c.id)
    return [
        Card(
            kind=CardKind(found.kind),
            id=found.id,
            patient_id=found.patient_id,
            patient_name=found.patient_name,
            state=found.state,
            since=found.since,
        )
        for found in session.execute(wanted)
    ]


def count_undecided(panel: CompoundSelect[UUID]) -> ScalarSelect[int]:
    """Return the statement that counts the same."""
    return select(func.count()).select_from(_undecided(panel).subquery()).scalar_subquery()


def fills_to_decide(session: Session, patient_ids: Collection[UUID]) -> list[Fill]:
    """Return the fills of these patients that were asked for and not released yet; a patient has one at most."""
    return list(session.scalars(select(Fill).where(one_of(Fill.patient_id, patient_ids), Fill.state.in_(_TO_DECIDE))))


_TO_DECIDE = sorted((_F.REQUESTED, _F.BLOCKED))


def _undecided(panel: CompoundSelect[UUID]) -> CompoundSelect[Any]:
    request, fill = literal(CardKind.REQUEST.value).label("kind"), literal(CardKind.FILL.value).label("kind")
    return union_all(
        select(
            *(request, RefillRequest.id, RefillRequest.patient_id, RefillRequest.state),
            RefillRequest.asked_at.label("since"),
        ).where(_IS_UNFILLED, RefillRequest.patient_id.in_(panel)),
        select(fill, Fill.id, Fill.patient_id, Fill.state, Fill.state_since).where(
            Fill.state.in_(_TO_DECIDE), Fill.patient_id.in_(panel)
        ),
    )


def _requests(session: Session) -> Iterable[tuple[Column, Card]]:
    """Yield open requests of which there is no fill yet."""
    wanted = select(RefillRequest, _name()).join(Patient, Patient.id == RefillRequest.patient_id).where(_IS_UNFILLED)
    for row, name in session.execute(wanted):
        yield (
            Column.TO_ORDER,
            Card(
                kind=CardKind.REQUEST,
                id=row.id,
                patient_id=row.patient_id,
                patient_name=name,
                state=row.state,
                since=row.asked_at,
            ),
        )


def _fills(session: Session) -> Iterable[tuple[Column, Card]]:
    wanted = select(Fill, _name()).join(Patient, Patient.id == Fill.patient_id).where(Fill.state.in_(sorted(_OF_FILL)))
    for row, name in session.execute(wanted):
        yield (
            _OF_FILL[FillState(row.state)],
            Card(
                kind=CardKind.FILL,
                id=row.id,
                patient_id=row.patient_id,
                patient_name=name,
                state=row.state,
                since=row.state_since,
            ),
        )


def _parcels(session: Session) -> Iterable[tuple[Column, Card]]:
    wanted = (
        select(Shipment, _name())
        .join(Patient, Patient.id == Shipment.patient_id)
        .where(Shipment.state.not_in(sorted(OVER)))
    )
    for row, name in session.execute(wanted):
        yield (
            _OF_PARCEL[ShipmentState(row.state)],
            Card(
                kind=CardKind.SHIPMENT,
                id=row.id,
                patient_id=row.patient_id,
                patient_name=name,
                state=row.state,
                since=row.state_since,
                expected_on=row.expected_on,
            ),
        )


def _name() -> ColumnElement[str]:
    return (Patient.legal_last_name + ", " + Patient.legal_first_name).label("patient_name")
