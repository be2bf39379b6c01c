"""Whether a patient knows where a visit stands now."""

from sqlalchemy.orm import Session

from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.telling import left_texts, steps_of
from clinic.scheduling.rules.telling import Place, last_told


def knows_present_place(session: Session, visit: Appointment, *, told_version: int | None) -> bool:
    """Tell whether a text of `told_version`, or what the patient was told after it, names the present time."""
    if told_version == visit.time_version:
        return True
    told = last_told(steps_of(session, visit.id), left_texts(session, visit.id))
    return told is not None and told.place == Place(visit.physician_id, visit.starts_at)
