"""The board of deliveries: what is to order, at the pharmacy, on its way, in trouble or unconfirmed, since when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from flask import render_template, url_for
from pydantic import Field

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.medication.queries.deliveries import Card, CardKind, Column, delivery_board
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.parcels import ShipmentState
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.deliveries.words import (
    ASK_CARRIER,
    ASK_FOR_SCAN,
    ASK_PHARMACY,
    COLUMNS,
    FILL_NEXT,
    LATE_AFTER,
    PARCEL_NEXT,
    REQUEST_NEXT,
    REQUEST_WORD,
    SCAN_LATE_AFTER,
    fill_word,
    parcel_word,
)
from clinic.web.frame import policy
from clinic.web.frame.forms import FormModel, Line, WholeNumber, read_query
from clinic.web.frame.paging import PAGE_SIZE, Page, offset_of
from clinic.web.frame.requests import actor, now, runtime

_PLACES: Mapping[CardKind, tuple[str, str]] = {
    CardKind.REQUEST: ("coordinator.patient", "patient_id"),
    CardKind.FILL: ("coordinator.fill", "fill_id"),
    CardKind.SHIPMENT: ("coordinator.parcel", "shipment_id"),
}


class BoardQuery(FormModel):
    """One column of the board on its own, and the page of it."""

    column: Line = ""
    page: Annotated[WholeNumber, Field(ge=1)] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardCard:
    """A card with its state and the next step in words, and the page that it opens."""

    card: Card
    word: str
    next_step: str
    is_late: bool
    expected_on: date | None
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardColumn:
    """A column with its title, what stands in it and the cards that are shown, the oldest first."""

    key: str
    title: str
    about: str
    page: Page[BoardCard]
    late: int


@blueprint.get("/deliveries")
@policy.staff(Role.COORDINATOR, audit="deliveries.viewed")
def deliveries() -> str:
    """Show every request, fill and parcel that is not over, or one column in pages."""
    wanted = read_query(BoardQuery)
    alone = next((each for each in Column if _key(each) == wanted.column), None)
    with runtime().begin(by=actor()) as session:
        board = delivery_board(session)
        columns = [_column(each, board[each], number=wanted.page if alone else 1) for each in Column]
        shown = [each for each in columns if alone is None or each.key == _key(alone)]
        seen = tuple({one.card.patient_id for each in shown for one in each.page.rows})
        journal.note(session, "deliveries.viewed", subject_kind="patient", subject_id=None, at=now(), patient_ids=seen)
    return render_template(
        "coordinator/deliveries/board.html",
        columns=shown,
        alone=alone is not None,
        counts=[_count(each) for each in columns],
        total=sum(each.page.total for each in columns),
        calls=len(board[Column.EXCEPTIONS]),
        late=sum(each.late for each in columns),
    )


def _count(column: BoardColumn) -> tuple[int, str, str, str]:
    """Return a column as a number that leads to it."""
    is_urgent = column.key == _key(Column.EXCEPTIONS) and column.page.total
    look = "action" if is_urgent else column.key
    return column.page.total, column.title.lower(), url_for("coordinator.deliveries", _anchor=column.key), look


def _column(column: Column, cards: Sequence[Card], *, number: int) -> BoardColumn:
    title, about = COLUMNS[column]
    page = min(number, Page(rows=(), number=1, total=len(cards)).last)
    shown = [_shown(column, card) for card in cards[offset_of(page) : offset_of(page) + PAGE_SIZE]]
    return BoardColumn(
        key=_key(column),
        title=title,
        about=about,
        page=Page(rows=shown, number=page, total=len(cards)),
        late=sum(_is_late(column, card) for card in cards),
    )


def _key(column: Column) -> str:
    return column.value.replace("_", "-")


def _shown(column: Column, card: Card) -> BoardCard:
    endpoint, argument = _PLACES[card.kind]
    wanted = card.patient_id if card.kind is CardKind.REQUEST else card.id
    is_late = _is_late(column, card)
    word, next_step = _words(card)
    return BoardCard(
        card=card,
        word=word,
        next_step=next_step or (_late_step(card) if is_late else ""),
        is_late=is_late,
        expected_on=card.expected_on if column is Column.IN_TRANSIT else None,
        href=url_for(endpoint, **{argument: wanted}),  # type: ignore[arg-type]
    )


def _words(card: Card) -> tuple[str, str]:
    if card.kind is CardKind.REQUEST:
        return REQUEST_WORD, REQUEST_NEXT
    if card.kind is CardKind.FILL:
        return fill_word(card.state), FILL_NEXT.get(FillState(card.state), "")
    return parcel_word(card.state), PARCEL_NEXT.get(ShipmentState(card.state), "")


def _late_step(card: Card) -> str:
    """Return whom to ask about what is late and not our turn."""
    if card.kind is CardKind.FILL:
        return ASK_PHARMACY
    return ASK_FOR_SCAN if card.state == ShipmentState.LABEL_CREATED else ASK_CARRIER


def _is_late(column: Column, card: Card) -> bool:
    today = in_zone(now(), runtime().clinic.zone).date()
    is_overdue = column is Column.IN_TRANSIT and card.expected_on is not None and card.expected_on < today
    most = SCAN_LATE_AFTER if card.state == ShipmentState.LABEL_CREATED else LATE_AFTER[column]
    return is_overdue or card.age(now()) > most
