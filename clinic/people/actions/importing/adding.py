"""Many new patients at once: the rows that `add_patient` writes one by one, with a statement for each table."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_record_number
from clinic.people.actions.consent import record_consent
from clinic.people.actions.importing.deciding import Draft, already_known
from clinic.people.actions.patients import new_record, note_added
from clinic.people.actions.phones import keep_phones
from clinic.people.models import Patient
from clinic.people.rules import ConsentGiven, PatientFacts, key_of_name

Likeness = tuple[str, str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Somebody new, found sound and like nobody else, with the record number to be."""

    facts: PatientFacts
    external_key: str | None
    consent: ConsentGiven | None
    record_number: str = field(default_factory=new_record_number)


class Newcomers:
    """People of one batch who are not written yet, by what makes two rows about one person."""

    def __init__(self) -> None:
        """Know nobody yet."""
        self._waiting: list[Newcomer] = []
        self._alike: dict[Likeness, Newcomer] = {}

    def add(self, one: Newcomer) -> None:
        """Line somebody up."""
        self._waiting.append(one)
        self._alike.update(dict.fromkeys(likenesses(one.facts), one))

    def repeats(self, draft: Draft) -> bool:
        """Tell whether an earlier row said exactly this; raise RowRefused when it only seems to be the same person."""
        alike = [self._alike[each] for each in likenesses(draft.facts) if each in self._alike]
        if alike and (draft.row.external_key is not None or all(one.facts != draft.facts for one in alike)):
            raise already_known([alike[0].record_number])
        return bool(alike)

    def waiting(self) -> list[Newcomer]:
        """Return who is to be written, once; their likenesses stay known."""
        waiting, self._waiting = self._waiting, []
        return waiting


def likenesses(facts: PatientFacts) -> tuple[Likeness, Likeness]:
    """Return the two ways in which somebody is taken for the same person."""
    name = key_of_name(facts.legal_first_name, facts.legal_last_name)
    return ("phone", facts.e164, facts.birth_date), ("name", name, facts.birth_date)


def add_newcomers(session: Session, newcomers: Sequence[Newcomer], *, by: Actor, now: datetime) -> None:
    """Write these people; the caller has made sure that nobody alike is there or can come meanwhile."""
    if not newcomers:
        return
    phones = keep_phones(session, {one.facts.e164 for one in newcomers}, now=now)
    taken = _numbers_in_use(session, newcomers)
    records = []
    for one in newcomers:
        number = one.record_number if one.record_number not in taken else new_record_number()
        record = new_record(one.facts, record_number=number, phone_id=phones[one.facts.e164], by=by, now=now)
        record.external_key = one.external_key
        records.append(record)
    session.add_all(records)
    session.flush()
    for one, record in zip(newcomers, records, strict=True):
        note_added(session, record, now=now)
        if one.consent is not None:
            record_consent(session, patient_id=record.id, consent=one.consent, by=by, now=now)


def _numbers_in_use(session: Session, newcomers: Sequence[Newcomer]) -> set[str]:
    numbers = [one.record_number for one in newcomers]
    return set(session.scalars(select(Patient.record_number).where(Patient.record_number.in_(numbers))))
