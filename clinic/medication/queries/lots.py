"""Lots by id and by the number on a label, with what speaks against their units."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, select
from sqlalchemy.orm import Session

from clinic.kernel.statements import among
from clinic.medication.errors import LotUnknown
from clinic.medication.models import FillLot, Lot, LotRecall, Pharmacy
from clinic.medication.rules.units import LotFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class LotRow:
    """A lot in a list, with its pharmacy, how many fills it went into and whether it was recalled."""

    lot: Lot
    pharmacy_name: str
    fills: int
    is_recalled: bool


def lots(session: Session, *, number: str = "") -> list[LotRow]:
    """Return every lot whose number holds what was typed, the newest first."""
    went = select(FillLot.lot_id, func.count().label("fills")).group_by(FillLot.lot_id).subquery()
    wanted = (
        select(Lot, Pharmacy.name, func.coalesce(went.c.fills, 0), LotRecall.id.is_not(None))
        .join(Pharmacy, Pharmacy.id == Lot.pharmacy_id)
        .outerjoin(went, went.c.lot_id == Lot.id)
        .outerjoin(LotRecall, LotRecall.lot_id == Lot.id)
        .where(_plain_column().contains(plain_number(number), autoescape=True))
        .order_by(Lot.compounded_on.desc(), Lot.number, Lot.id)
    )
    return [
        LotRow(lot=found, pharmacy_name=name, fills=fills, is_recalled=is_recalled)
        for found, name, fills, is_recalled in session.execute(wanted)
    ]


def lot(session: Session, lot_id: UUID) -> Lot:
    """Return the lot, or raise LotUnknown."""
    found = session.get(Lot, lot_id)
    if found is None:
        raise LotUnknown("There is no such lot. Choose one from the list.")
    return found


def lot_by_number(session: Session, number: str, *, pharmacy_id: UUID) -> Lot | None:
    """Return a pharmacy's lot by its number however it is spaced or capitalized, or None."""
    wanted = select(Lot).where(Lot.pharmacy_id == pharmacy_id, _plain_column() == plain_number(number))
    return session.scalar(wanted.limit(1))


def facts_of_lots(session: Session, lot_ids: Collection[UUID]) -> dict[UUID, LotFacts]:
    """Return what decides whether units of these lots may be used, by lot."""
    return {row.id: _facts(row) for row in session.execute(_of_lots(), {"of_lots": list(lot_ids)})}


@cache
def _of_lots() -> Select[*tuple[Any, ...]]:
    return _with_recall().where(among(Lot.id, "of_lots"))


def lots_of_fills(session: Session, fill_ids: Collection[UUID]) -> dict[UUID, tuple[LotFacts, ...]]:
    """Return the lots that went into each of these fills; one without any is absent."""
    found: dict[UUID, tuple[LotFacts, ...]] = {}
    for row in session.execute(_of_fills(), {"of_fills": list(fill_ids)}):
        found[row.fill_id] = (*found.get(row.fill_id, ()), _facts(row))
    return found


@cache
def _of_fills() -> Select[*tuple[Any, ...]]:
    wanted = _with_recall().add_columns(FillLot.fill_id).join(FillLot, FillLot.lot_id == Lot.id)
    return wanted.where(among(FillLot.fill_id, "of_fills")).order_by(Lot.number)


def packed_lots(session: Session, fill_id: UUID) -> list[tuple[Lot, int]]:
    """Return the lots of a fill with how many units of each were packed, by number."""
    return [(found, units) for found, units in session.execute(_packed(), {"of_fill": fill_id})]


@cache
def _packed() -> Select[Lot, int]:
    wanted = select(Lot, FillLot.units).join(FillLot, FillLot.lot_id == Lot.id)
    return wanted.where(FillLot.fill_id == bindparam("of_fill")).order_by(Lot.number)


def plain_number(typed: str) -> str:
    """Return a lot number as it is compared: letters and digits only, in capitals."""
    return "".join(symbol for symbol in typed.upper() if symbol.isascii() and symbol.isalnum())


def _plain_column() -> ColumnElement[str]:
    return func.upper(func.regexp_replace(Lot.number, "[^A-Za-z0-9]", "", "g"))


def _with_recall() -> Select[*tuple[Any, ...]]:
    recalled_at = LotRecall.at.label("recalled_at")
    return select(Lot.id, Lot.number, Lot.beyond_use_on, recalled_at).outerjoin(LotRecall, LotRecall.lot_id == Lot.id)


def _facts(row: Row[*tuple[Any, ...]]) -> LotFacts:
    return LotFacts(number=row.number, beyond_use_on=row.beyond_use_on, is_recalled=row.recalled_at is not None)
