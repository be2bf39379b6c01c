"""Instruments as they are asked now or were asked then: what is shipped, with what the clinic put in itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.orm import Session

from clinic.monitoring.errors import BrokenInstrument, UnknownInstrument
from clinic.monitoring.models import InstrumentSupplement
from clinic.monitoring.rules.instruments import Instrument
from clinic.monitoring.rules.registry import newest, shipped, slots
from clinic.monitoring.rules.supplementing import SUPPLIED_FROM, stored_definition, translation_of

IS_ANY_PUT_IN: ColumnElement[bool] = select(InstrumentSupplement.id).exists()
"""Whether the clinic put in anything itself, as a column of a statement that is asked anyway."""

DEFINITION, TRANSLATION = "definition", "translation"

_SUPPLIES = select(InstrumentSupplement).order_by(InstrumentSupplement.number.desc())
_SUPPLIES_OF = _SUPPLIES.where(InstrumentSupplement.instrument_key == bindparam("of_key"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplies:
    """What a clinic put in, all of it or that of one instrument, the newest of a kind and language first."""

    rows: tuple[InstrumentSupplement, ...]

    def of(self, key: str, kind: str) -> list[InstrumentSupplement]:
        """Return the rows of one instrument and kind, the newest first."""
        return [row for row in self.rows if row.instrument_key == key and row.kind == kind]


def instrument(session: Session, key: str, version: int | None = None) -> Instrument:
    """Return an instrument in a version, or in the one that is asked now, with the clinic's translations.

    Raises UnknownInstrument for a key or version that does not exist, and for a licensed slot that nobody has filled.
    """
    found = _find(key, version, supplies(session, key))
    if found is None:
        raise unknown_instrument()
    return found


def instruments(session: Session) -> dict[str, Instrument]:
    """Return every instrument that can be asked now, by key."""
    known = supplies(session)
    keys = {key for key, _ in shipped()} | {row.instrument_key for row in known.rows if row.kind == DEFINITION}
    return {key: found for key in sorted(keys) if (found := _find(key, None, known)) is not None}


def instruments_in(
    session: Session, versions: Iterable[tuple[str, int]], *, is_any_put_in: bool = True
) -> dict[tuple[str, int], Instrument]:
    """Return instruments in the versions they were asked in, by key and version; raises UnknownInstrument.

    `is_any_put_in` is what IS_ANY_PUT_IN said to a caller who has asked already.
    """
    known = supplies(session) if is_any_put_in else Supplies(rows=())
    found = {(key, version): _find(key, version, known) for key, version in set(versions)}
    if None in found.values():
        raise unknown_instrument()
    return {where: one for where, one in found.items() if one is not None}


def languages_of(session: Session, key: str) -> tuple[str, ...]:
    """Return the languages in which an instrument is asked now; raises UnknownInstrument."""
    return instrument(session, key).languages


def is_slot_filled(session: Session, key: str) -> bool:
    """Return whether the clinic put in the definition of this licensed instrument; raises UnknownInstrument."""
    if key not in slots():
        raise unknown_instrument()
    return bool(supplies(session, key).of(key, DEFINITION))


def supplies(session: Session, key: str | None = None) -> Supplies:
    """Return what the clinic put in for one instrument, or for all."""
    found = session.scalars(_SUPPLIES) if key is None else session.scalars(_SUPPLIES_OF, {"of_key": key})
    return Supplies(rows=tuple(found))


def unknown_instrument() -> UnknownInstrument:
    """Return the refusal for an instrument that does not exist or has no text yet."""
    return UnknownInstrument("There is no such set of questions. Open the list of instruments again.")


def _find(key: str, version: int | None, known: Supplies) -> Instrument | None:
    own = known.of(key, DEFINITION)
    if version is not None:
        own = [row for row in own if SUPPLIED_FROM + row.number == version]
    try:
        found = _defined(key, own) or _shipped(key, version)
    except BrokenInstrument:
        return None
    return None if found is None else _with_translations(found, known.of(key, TRANSLATION))


def _defined(key: str, rows: list[InstrumentSupplement]) -> Instrument | None:
    return stored_definition(rows[0].content, key, number=rows[0].number) if rows else None


def _shipped(key: str, version: int | None) -> Instrument | None:
    return newest(key) if version is None else shipped().get((key, version))


def _with_translations(found: Instrument, rows: Iterable[InstrumentSupplement]) -> Instrument:
    """Return the instrument with the newest translation of this version in each language."""
    done = set(found.languages)
    for row in rows:
        if row.language in done or row.content.get("version") != found.version:
            continue
        try:
            found = translation_of(row.content, found, language=row.language)
        except BrokenInstrument:
            continue
        done.add(row.language)
    return found
