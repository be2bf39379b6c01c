"""Long pauses of patients: read where a session is booked and where a form is signed anew."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.kernel.statements import among
from clinic.people.models import CarePause

_PAUSE = select(CarePause).where(CarePause.patient_id == bindparam("of_patient"))
_PAUSES = select(CarePause).where(among(CarePause.patient_id, "ids"))


def care_pause(session: Session, patient_id: UUID) -> CarePause | None:
    """Return where the course of a patient may not go on just so, if it has a session behind it."""
    return session.scalar(_PAUSE, {"of_patient": patient_id}, execution_options={"populate_existing": True})


def care_pauses(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, CarePause]:
    """Return the same for several patients, by patient."""
    rows = session.scalars(_PAUSES, {"ids": list(patient_ids)}, execution_options={"populate_existing": True})
    return {row.patient_id: row for row in rows}


def is_from_before(session: Session, patient_id: UUID, signed_at: datetime) -> bool:
    """Tell whether a signature is from before a long pause, so that it is to be given anew."""
    pause = care_pause(session, patient_id)
    return pause is not None and pause.forms_since is not None and signed_at < pause.forms_since
