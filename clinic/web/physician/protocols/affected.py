"""Which plans follow older versions of a protocol, as far as the reader may know: names of own patients only."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.people import queries as people
from clinic.treatment import queries
from clinic.treatment.queries import PlanRow
from clinic.web.frame.requests import actor, now

_MOST_PATIENTS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Affected:
    """The plans of the reader's own patients, and how many others there are."""

    own: Sequence[PlanRow]
    others: int


def affected_by(session: Session, protocol_id: UUID) -> Affected:
    """Return the live plans on any version of the protocol, and note whose names the reader sees."""
    plans = queries.who_is_affected(session, protocol_id)
    mine = own_patients(session)
    own = [plan for plan in plans if plan.patient_id in mine]
    if own:
        seen = tuple(plan.patient_id for plan in own)
        journal.note(session, "patients.listed", subject_kind="patient", subject_id=None, at=now(), patient_ids=seen)
    return Affected(own=own, others=len(plans) - len(own))


def own_patients(session: Session) -> set[UUID]:
    """Return the ids of the reader's patients; administrators who are no physicians have none."""
    found = people.physician_of_staff(session, actor().id) if actor().has(Role.PHYSICIAN) else None
    if found is None:
        return set()
    rows = people.patients_of_physician(session, physician_id=found.id, now=now(), limit=_MOST_PATIENTS)
    return {row.id for row in rows}
