"""Putting in what a clinic has the right to use: official translations, and definitions of licensed instruments."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, Role
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.ids import new_id
from clinic.kernel.journal import note
from clinic.kernel.text import clean_note
from clinic.kernel.transaction import refusing
from clinic.monitoring.errors import BrokenInstrument, InstrumentsNotYours, SupplementRefused
from clinic.monitoring.models import InstrumentSupplement
from clinic.monitoring.queries.instruments import DEFINITION, TRANSLATION, instrument, supplies, unknown_instrument
from clinic.monitoring.rules.instruments import Instrument
from clinic.monitoring.rules.nodes import parsed
from clinic.monitoring.rules.supplementing import may_be_defined, may_be_translated, read_definition, read_translation

_SHORTEST_NOTE = 10
_LONGEST_NOTE = 1000
_NUMBER_TAKEN = "uq_instrument_supplement_instrument_key"


def supply_instrument(
    session: Session,
    *,
    key: str,
    kind: str,
    language: str,
    text: str,
    licence_note: str,
    seen: int,
    by: Actor,
    now: datetime,
) -> InstrumentSupplement:
    """Keep a translation or a definition, which counts from now on; the same again changes nothing.

    A definition is a version of its own, and what was asked before stays as it was asked. `seen` is the number of the
    newest one that the person saw, 0 for none. Raises SupplementRefused at its field, UnknownInstrument,
    InstrumentsNotYours and ChangedMeanwhile.
    """
    if not by.has(Role.ADMIN):
        raise InstrumentsNotYours("Administrators put in sets of questions. Ask one of them.")
    supplied_instrument(session, key=key, kind=kind, language=language, text=text)
    row = InstrumentSupplement(id=new_id(), instrument_key=key, kind=kind, language=language, at=now)
    row.content, row.licence_note = parsed(text, "Your text").raw, _licence_note(licence_note)
    row.actor_id, row.actor_name = by.id, by.name
    newest = next((each for each in supplies(session, key).of(key, kind) if each.language == language), None)
    if newest is not None and (newest.content, newest.licence_note) == (row.content, row.licence_note):
        return newest
    _require_seen(newest, seen)
    _add(session, row, number=newest.number + 1 if newest is not None else 1)
    return row


def supplied_instrument(session: Session, *, key: str, kind: str, language: str, text: str) -> Instrument:
    """Return the instrument as it will be asked, or raise SupplementRefused; nothing is kept."""
    allowed = {DEFINITION: may_be_defined(key), TRANSLATION: may_be_translated(key, language)}
    if not allowed.get(kind):
        raise unknown_instrument()
    try:
        if kind == DEFINITION:
            return read_definition(text, key, language=language)
        return read_translation(text, instrument(session, key), language=language)
    except BrokenInstrument as fault:
        raise SupplementRefused(f"{fault}.", field="text") from fault


def _licence_note(typed: str) -> str:
    found = clean_note(typed, field="licence_note")
    if not _SHORTEST_NOTE <= len(found) <= _LONGEST_NOTE:
        raise SupplementRefused(
            f"Say by what right you use these words, in {_SHORTEST_NOTE} to {_LONGEST_NOTE} characters.",
            field="licence_note",
        )
    return found


def _require_seen(newest: InstrumentSupplement | None, seen: int) -> None:
    if newest is not None and newest.number != seen:
        raise ChangedMeanwhile(
            f"{newest.actor_name} put in number {newest.number} after you opened this. Look at it, then save yours.",
            who=newest.actor_name,
            at=newest.at,
        )


def _add(session: Session, row: InstrumentSupplement, *, number: int) -> None:
    row.number = number
    taken = ChangedMeanwhile("A colleague put in other words at the same moment. Look at them, then save yours.")
    with refusing(session, {_NUMBER_TAKEN: taken}):
        session.add(row)
    note(
        session,
        "instrument.supplied",
        subject_kind="instrument",
        subject_id=row.id,
        at=row.at,
        key=row.instrument_key,
        kind=row.kind,
        language=row.language,
        number=number,
    )
