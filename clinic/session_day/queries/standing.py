"""Where sessions stand before they begin, many at once."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from clinic.monitoring.models import Assessment, CheckIn
from clinic.monitoring.queries.answering import CHECKLIST
from clinic.scheduling.models import Appointment
from clinic.session_day.models import SessionDay, SupportPerson
from clinic.session_day.rules.standing import FINISHED_LATE, ChecklistStanding, DayStanding


def standing_of(session: Session, appointment_ids: Collection[UUID], *, now: datetime) -> dict[UUID, DayStanding]:
    """Return the standing of each of these visits, by visit, in one statement; unknown ids are absent.

    A list that has not opened by `now`, or ran out, stands as `none`.
    """
    is_open = exists().where(
        Assessment.appointment_id == Appointment.id,
        Assessment.instrument_key == CHECKLIST,
        Assessment.state == "waiting",
        CheckIn.id == Assessment.check_in_id,
        CheckIn.state == "open",
        CheckIn.closes_at > now,
    )
    wanted = (
        select(
            *(Appointment.id, is_open.label("is_open"), SessionDay.outcome, SessionDay.reasons, SessionDay.is_late),
            *(SessionDay.finished_at, SupportPerson.state, SupportPerson.attested_at),
        )
        .outerjoin(SessionDay, SessionDay.appointment_id == Appointment.id)
        .outerjoin(
            SupportPerson, (SupportPerson.appointment_id == Appointment.id) & SupportPerson.replaced_at.is_(None)
        )
        .where(Appointment.id.in_(list(appointment_ids)))
    )
    return {row.id: _standing(row) for row in session.execute(wanted)}


def _standing(row: Any) -> DayStanding:  # noqa: ANN401 - a row of the statement above
    reasons = (*(row.reasons or ()), *((FINISHED_LATE,) if row.is_late else ()))
    checklist: ChecklistStanding = "open" if row.is_late else row.outcome or ("open" if row.is_open else "none")
    return DayStanding(
        checklist=checklist,
        checklist_reasons=reasons,
        checklist_finished_at=row.finished_at,
        support_person=row.state or "none",
        attested_at=row.attested_at,
    )
