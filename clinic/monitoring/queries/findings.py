"""Findings of patients: for a page with what was taken back, for the rules without."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from clinic.kernel.statements import among
from clinic.monitoring.errors import UnknownFinding
from clinic.monitoring.models import ClinicalFinding
from clinic.monitoring.rules.evidence import FindingFact
from clinic.monitoring.rules.findings import KINDS, FindingKind, detail_words
from clinic.people.models import Patient
from clinic.people.queries import record_ids, records_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """Who said when why a finding was not so."""

    by_name: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """A finding as its page shows it."""

    id: UUID
    kind: str
    details: Mapping[str, Any]
    found_on: date
    note: str
    by_name: str
    at: datetime
    taken_back: TakenBack | None

    @property
    def title(self) -> str:
        """Return what the kind is called."""
        return KINDS[FindingKind(self.kind)].title

    @property
    def detail_words(self) -> list[tuple[str, str]]:
        """Return the details as pairs of label and words."""
        return detail_words(FindingKind(self.kind), self.details)


def findings_of(session: Session, patient_id: UUID) -> list[FindingRow]:
    """Return a patient's findings, the newest day first; those taken back say so."""
    wanted = select(ClinicalFinding).where(ClinicalFinding.patient_id.in_(records_of(patient_id)))
    found = list(session.scalars(wanted))
    back = {row.corrects_id: row for row in found if row.corrects_id is not None}
    rows = [_row(row, back.get(row.id)) for row in found if row.corrects_id is None]
    return sorted(rows, key=lambda row: (row.found_on, row.at), reverse=True)


def finding(session: Session, *, patient_id: UUID, finding_id: UUID) -> ClinicalFinding:
    """Return a finding of this patient's that is no correction, or raise UnknownFinding."""
    found = session.get(ClinicalFinding, finding_id)
    if found is None or found.corrects_id is not None or found.patient_id not in record_ids(session, patient_id):
        raise UnknownFinding("There is no such finding. Open the page again.")
    return found


def patient_of_finding(session: Session, finding_id: UUID) -> UUID | None:
    """Return whom a finding is about, or None when there is no such finding."""
    return session.scalar(select(ClinicalFinding.patient_id).where(ClinicalFinding.id == finding_id))


def is_taken_back(session: Session, finding_id: UUID) -> bool:
    """Tell whether somebody wrote that a finding was not so."""
    wanted = select(ClinicalFinding.id).where(ClinicalFinding.corrects_id == finding_id)
    return session.scalar(wanted.limit(1)) is not None


@cache
def _standing() -> Select[UUID, ClinicalFinding]:
    back = aliased(ClinicalFinding)
    return (
        select(func.coalesce(Patient.merged_into_id, Patient.id), ClinicalFinding)
        .join(Patient, Patient.id == ClinicalFinding.patient_id)
        .outerjoin(back, back.corrects_id == ClinicalFinding.id)
        .where(
            or_(among(Patient.id, "of_patients"), among(Patient.merged_into_id, "of_patients")),
            ClinicalFinding.corrects_id.is_(None),
            back.id.is_(None),
        )
        .order_by(ClinicalFinding.found_on, ClinicalFinding.at, ClinicalFinding.id)
    )


def facts_of(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, tuple[FindingFact, ...]]:
    """Return the findings of patients as the rules read them, oldest first; those taken back are left out.

    What was found of a record that was merged is its survivor's.
    """
    found: defaultdict[UUID, list[FindingFact]] = defaultdict(list)
    for owner, row in session.execute(_standing(), {"of_patients": list(patient_ids)}):
        found[owner].append(FindingFact(id=row.id, kind=row.kind, on=row.found_on, details=row.details))
    return {patient_id: tuple(rows) for patient_id, rows in found.items()}


def _row(row: ClinicalFinding, back: ClinicalFinding | None) -> FindingRow:
    return FindingRow(
        id=row.id,
        kind=row.kind,
        details=row.details,
        found_on=row.found_on,
        note=row.note or "",
        by_name=row.actor_name,
        at=row.at,
        taken_back=TakenBack(by_name=back.actor_name, at=back.at, reason=back.note or "") if back else None,
    )
