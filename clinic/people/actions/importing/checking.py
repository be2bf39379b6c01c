"""Looking at a batch of rows without writing anything: what the import would make of each."""

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime
from hashlib import blake2b

from sqlalchemy.orm import Session

from clinic.kernel.errors import DomainError
from clinic.people.actions.importing.adding import likenesses
from clinic.people.actions.importing.deciding import Around, Draft, Outcome, Taken, already_known, around
from clinic.people.actions.importing.drafting import drafts_of, read_rows, rejected
from clinic.people.rules import ConsentGiven, PatientFacts
from clinic.people.rules.importing import Header, ImportedRow, RawRow, RowRefused


class FileMemory:
    """What earlier rows of the file said, as short fingerprints: some 200 bytes for each row, no name among them."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._rows_of_keys: dict[bytes, bytes] = {}
        self._lines_of_people: dict[bytes, tuple[int, bytes]] = {}

    def keyed_before(self, row: ImportedRow) -> Outcome | None:
        """Return what a key's second row does, or None for its first."""
        if not row.external_key:
            return None
        key, says = _short(row.external_key), _short(row.new, row.consent)
        before = self._rows_of_keys.get(key)
        self._rows_of_keys[key] = says
        if before is None:
            return None
        return Outcome.UNCHANGED if before == says else Outcome.UPDATED

    def repeats(self, row: ImportedRow, facts: PatientFacts) -> bool:
        """Tell whether an earlier row said exactly this; raise RowRefused when it only seems to be the same person."""
        says, marks = _short(facts), [_short(*each) for each in likenesses(facts)]
        alike = [self._lines_of_people[mark] for mark in marks if mark in self._lines_of_people]
        for mark in marks:
            self._lines_of_people.setdefault(mark, (row.line, says))
        if not alike:
            return False
        if row.external_key is None and any(other == says for _, other in alike):
            return True
        raise RowRefused({"": f"This seems to be the person of line {alike[0][0]}. Keep one of the two rows."})


def look_at(
    session: Session, header: Header, rows: Sequence[RawRow], *, memory: FileMemory, now: datetime
) -> list[Taken]:
    """Return what an import of these rows would do now; nothing is written or locked."""
    drafts = drafts_of(session, read_rows(header, rows), is_locking=False, now=now)
    here = around(session, [draft for draft in drafts if isinstance(draft, Draft)], is_locking=False)
    return [
        draft if isinstance(draft, Taken) else _look_at_one(draft, here, memory=memory, now=now) for draft in drafts
    ]


def _look_at_one(draft: Draft, here: Around, *, memory: FileMemory, now: datetime) -> Taken:
    try:
        consent = here.consent_to_record(draft.row, draft.facts, now=now)
        outcome = memory.keyed_before(draft.row) or _outcome(draft, here, consent, memory=memory)
    except DomainError as refusal:
        return rejected(draft.raw, refusal)
    return Taken(row=draft.raw, outcome=outcome)


def _outcome(draft: Draft, here: Around, consent: ConsentGiven | None, *, memory: FileMemory) -> Outcome:
    found, facts, key = draft.found, draft.facts, draft.row.external_key
    if found is not None and here.says_nothing_new(found, facts):
        brings_key = key is not None and found.external_key is None
        return Outcome.UPDATED if consent or brings_key else Outcome.UNCHANGED
    others = here.alike(facts, except_id=found.id if found else None)
    if others and (found is not None or not here.repeats_a_record(facts, others, key=key)):
        raise already_known(others.values())
    if found is not None:
        return Outcome.UPDATED
    return Outcome.UNCHANGED if others or memory.repeats(draft.row, facts) else Outcome.CREATED


def _short(*parts: object) -> bytes:
    plain = [astuple(part) if hasattr(part, "__dataclass_fields__") else part for part in parts]  # type: ignore[call-overload]
    return blake2b(repr(plain).encode(), digest_size=8).digest()
