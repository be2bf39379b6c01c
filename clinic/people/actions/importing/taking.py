"""Taking a batch of rows in by the same rules as a person at a form; a row goes in wholly or not at all."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.errors import DomainError
from clinic.people.actions.consent import record_consent
from clinic.people.actions.importing.adding import Newcomer, Newcomers, add_newcomers
from clinic.people.actions.importing.deciding import (
    Around,
    Draft,
    Outcome,
    Taken,
    already_known,
    around,
    lock_birth_dates,
)
from clinic.people.actions.importing.drafting import Read, drafts_of, read_rows, rejected, waves
from clinic.people.actions.patients import edit_patient, lock_number
from clinic.people.errors import DuplicatePatient
from clinic.people.models import Patient
from clinic.people.queries.patients import patients_by_id
from clinic.people.rules import ConsentGiven
from clinic.people.rules.importing import Header, RawRow

BATCH = 100
"""Rows in one transaction: a colleague who saves a patient waits for one batch at most."""

_ONE_IMPORT_AT_A_TIME = 0x494D504F5254  # "IMPORT"


def take(session: Session, header: Header, rows: Sequence[RawRow], *, by: Actor, now: datetime) -> list[Taken]:
    """Add or update the patients of these rows and return what became of each, in order.

    Batches of two imports wait for each other, because each locks many records.
    """
    session.execute(select(func.pg_advisory_xact_lock(_ONE_IMPORT_AT_A_TIME)))
    taken: list[Taken] = []
    for wave in waves(read_rows(header, rows)):
        taken += _Wave(session, wave, by=by, now=now).take()
    return taken


class _Wave:
    """Rows of which no two name one record: all that they meet is read at once, newcomers are written together."""

    def __init__(self, session: Session, wave: Sequence[Read], *, by: Actor, now: datetime) -> None:
        self._session, self._by, self._now = session, by, now
        self._drafts = drafts_of(session, wave, is_locking=True, now=now)
        readable = [draft for draft in self._drafts if isinstance(draft, Draft)]
        days = {draft.facts.birth_date for draft in readable if draft.found is None}
        lock_birth_dates(session, days, lock_number={day: lock_number(day) for day in days})
        self._around: Around = around(session, readable, is_locking=True)
        self._new = Newcomers()
        self._agreed: set[str] = set()

    def take(self) -> list[Taken]:
        taken = [draft if isinstance(draft, Taken) else self._take_one(draft) for draft in self._drafts]
        self._write_newcomers()
        return taken

    def _take_one(self, draft: Draft) -> Taken:
        try:
            consent = self._around.consent_to_record(draft.row, draft.facts, now=self._now)
            consent = self._once(draft, consent)
            outcome = self._newcomer(draft, consent) if draft.found is None else self._update(draft, consent)
        except DuplicatePatient as alike:
            numbers = [one.record_number for one in patients_by_id(self._session, alike.existing_ids).values()]
            return rejected(draft.raw, already_known(numbers))
        except DomainError as refusal:
            return rejected(draft.raw, refusal)
        return Taken(row=draft.raw, outcome=outcome)

    def _once(self, draft: Draft, consent: ConsentGiven | None) -> ConsentGiven | None:
        """Record the consent of a number that a family shares once."""
        if consent is None or draft.facts.e164 in self._agreed:
            return None
        self._agreed.add(draft.facts.e164)
        return consent

    def _newcomer(self, draft: Draft, consent: ConsentGiven | None) -> Outcome:
        """Line somebody new up, unless a record or an earlier row is about the same person."""
        alike = self._around.alike(draft.facts, except_id=None)
        if alike and not self._around.repeats_a_record(draft.facts, alike, key=draft.row.external_key):
            raise already_known(alike.values())
        if alike or self._new.repeats(draft):
            return Outcome.UNCHANGED
        self._new.add(Newcomer(facts=draft.facts, external_key=draft.row.external_key, consent=consent))
        return Outcome.CREATED

    def _update(self, draft: Draft, consent: ConsentGiven | None) -> Outcome:
        found, key = draft.found, draft.row.external_key
        assert found is not None
        brings_key = key is not None and found.external_key is None
        has_news = not self._around.says_nothing_new(found, draft.facts)
        if has_news:
            self._write_newcomers()
            edit_patient(
                self._session, patient_id=found.id, new=draft.new, version=found.version, by=self._by, now=self._now
            )
        if brings_key:
            self._give_key(found, key)
        if consent is not None:
            record_consent(self._session, patient_id=found.id, consent=consent, by=self._by, now=self._now)
        return Outcome.UPDATED if has_news or brings_key or consent else Outcome.UNCHANGED

    def _give_key(self, found: Patient, key: str | None) -> None:
        found.external_key = key
        self._session.flush()
        journal.note(
            self._session,
            "patient.key_given",
            subject_kind="patient",
            subject_id=found.id,
            at=self._now,
            patient_ids=(found.id,),
        )

    def _write_newcomers(self) -> None:
        add_newcomers(self._session, self._new.waiting(), by=self._by, now=self._now)
