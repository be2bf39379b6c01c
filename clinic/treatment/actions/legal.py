"""Writing down what the law allows, from when until when; the audit trail keeps what it said before, and why."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.ids import new_id
from clinic.treatment.errors import LegalBasesNotYours
from clinic.treatment.models import LegalBasis
from clinic.treatment.queries.legal import basis_of, legal_bases, unknown_basis
from clinic.treatment.rules.legal import NewBasis, checked_basis, require_no_double
from clinic.treatment.rules.plans import written_reason

_FIELDS = ("name", "level", "state", "schedule", "valid_from", "valid_until", "needs_in_person_exam", "source", "note")
_ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('legal_basis'))")


def add_legal_basis(session: Session, *, new: NewBasis, reason: str, by: Actor, now: datetime) -> LegalBasis:
    """Write down a basis and return it.

    Raises LegalBasisRefused at a field, LegalBasisOverlaps, ReasonTooShort, LegalBasesNotYours.
    """
    why = _begin(session, reason, by=by)
    wanted = checked_basis(new)
    require_no_double(wanted, legal_bases(session))
    row = LegalBasis(id=new_id(), created_at=now, **asdict(wanted))
    _save(session, row, "legal_basis.added", reason=why, before={}, by=by, now=now)
    return row


def change_legal_basis(
    session: Session, *, basis_id: UUID, new: NewBasis, reason: str, version: int, by: Actor, now: datetime
) -> LegalBasis:
    """Say of a basis what is wanted now and return it; the same again changes nothing.

    Raises what `add_legal_basis` raises, UnknownLegalBasis and ChangedMeanwhile.
    """
    why = _begin(session, reason, by=by)
    row = _locked(session, basis_id, version=version)
    wanted = checked_basis(new)
    require_no_double(wanted, [basis for basis in legal_bases(session) if basis.id != basis_id])
    before = _values(row)
    for field, value in asdict(wanted).items():
        setattr(row, field, value)
    if _values(row) != before:
        _save(session, row, "legal_basis.changed", reason=why, before=before, by=by, now=now)
    return row


def remove_legal_basis(
    session: Session, *, basis_id: UUID, reason: str, version: int, by: Actor, now: datetime
) -> LegalBasis:
    """Take a basis off the list; what was booked stays booked and counts as not covered by it from now on.

    Raises UnknownLegalBasis, ChangedMeanwhile, ReasonTooShort, LegalBasesNotYours.
    """
    why = _begin(session, reason, by=by)
    row = _locked(session, basis_id, version=version)
    before = _values(row)
    row.removed_at = now
    _save(session, row, "legal_basis.removed", reason=why, before=before, by=by, now=now)
    return row


def _begin(session: Session, reason: str, *, by: Actor) -> str:
    """Return the reason if the actor may do this; others who do wait, so that no two of a kind come about."""
    if by.kind is not ActorKind.SYSTEM and not by.has(Role.PHYSICIAN, Role.ADMIN):
        raise LegalBasesNotYours("Only physicians and administrators write down what the law says. Ask one of them.")
    why = written_reason(reason)
    assert why is not None
    session.execute(_ONE_AT_A_TIME)
    return why


def _locked(session: Session, basis_id: UUID, *, version: int) -> LegalBasis:
    wanted = select(LegalBasis).where(LegalBasis.id == basis_id, LegalBasis.removed_at.is_(None)).with_for_update()
    row = session.scalar(wanted.execution_options(populate_existing=True))
    if row is None:
        raise unknown_basis()
    row.require_version(version)
    return row


def _save(
    session: Session,
    row: LegalBasis,
    action: str,
    *,
    reason: str,
    before: Mapping[str, object],
    by: Actor,
    now: datetime,
) -> None:
    row.touch(by=by, now=now)
    session.add(row)
    session.flush()
    after = _values(row)
    journal.note(
        session,
        action,
        subject_kind="legal_basis",
        subject_id=row.id,
        at=now,
        patient_ids=(),
        reason=reason,
        before=journal.changed(before, after) if row.removed_at is None else dict(before),
        **after,
    )


def _values(row: LegalBasis) -> dict[str, object]:
    """Return what a basis says, as the audit trail keeps it."""
    return {field: _plain(getattr(basis_of(row), field)) for field in _FIELDS}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
