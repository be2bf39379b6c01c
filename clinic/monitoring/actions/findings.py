"""What a physician saw or was told: recorded with its day and coded details, taken back by a second entry."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal, outbox
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import in_zone
from clinic.kernel.text import clean_note
from clinic.monitoring.errors import FindingRefused, FindingTakenBack
from clinic.monitoring.models import ClinicalFinding
from clinic.monitoring.queries.findings import finding, is_taken_back
from clinic.monitoring.rules.findings import LONGEST_NOTE, FindingKind, checked_day, checked_details
from clinic.people.queries import lock_patient

RECORDED = "finding.recorded"
_SHORTEST_REASON = 5


def record_finding(
    session: Session,
    *,
    patient_id: UUID,
    kind: FindingKind,
    details: Mapping[str, object],
    found_on: date,
    note: str | None,
    by: Actor,
    now: datetime,
) -> UUID:
    """Keep a finding and let the rules look at it; raises FindingRefused.

    Who may do this is the page's to say: only physicians who see the patient reach it.
    """
    patient = lock_patient(session, patient_id)
    words = _words(note)
    row = ClinicalFinding(
        id=new_id(),
        patient_id=patient_id,
        kind=kind.value,
        details=checked_details(kind, details),
        found_on=checked_day(found_on, today=in_zone(now, patient.zone).date()),
        at=now,
        actor_id=by.id,
        actor_name=by.name,
    )
    row.note = words or None
    return _keep(session, row, RECORDED, now=now)


def take_back_finding(
    session: Session, *, finding_id: UUID, patient_id: UUID, reason: str, by: Actor, now: datetime
) -> UUID:
    """Write that a finding was not so; both entries stay. Flags that stand on it stay, too, until somebody decides.

    Raises UnknownFinding, FindingTakenBack and FindingRefused.
    """
    lock_patient(session, patient_id)
    wrong = finding(session, patient_id=patient_id, finding_id=finding_id)
    if is_taken_back(session, finding_id):
        raise FindingTakenBack("Somebody has taken this back already. Open the page again.")
    words = _words(reason, field="reason")
    if len(words) < _SHORTEST_REASON:
        raise FindingRefused("Say in a few words what was wrong.", field="reason")
    row = ClinicalFinding(
        id=new_id(),
        patient_id=wrong.patient_id,
        kind=wrong.kind,
        details={},
        found_on=wrong.found_on,
        corrects_id=wrong.id,
        at=now,
        actor_id=by.id,
        actor_name=by.name,
    )
    row.note = words
    return _keep(session, row, "finding.taken_back", now=now)


def _words(note: str | None, *, field: str = "note") -> str:
    words = clean_note(note or "", field=field)
    if len(words) > LONGEST_NOTE:
        raise FindingRefused(f"Use at most {LONGEST_NOTE:,} characters.", field=field)
    return words


def _keep(session: Session, row: ClinicalFinding, action: str, *, now: datetime) -> UUID:
    session.add(row)
    session.flush()
    outbox.publish(session, RECORDED, subject_id=row.id, now=now)
    ids = (row.patient_id,)
    journal.note(session, action, subject_kind="clinical_finding", subject_id=row.id, at=now, patient_ids=ids)
    return row.id
