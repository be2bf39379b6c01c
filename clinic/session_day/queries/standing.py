"""Where sessions stand before they begin, many at once."""

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased

from clinic.kernel.statements import among
from clinic.monitoring.models import Assessment, CheckIn
from clinic.monitoring.queries.answering import CHECKLIST
from clinic.scheduling.models import Appointment
from clinic.session_day.models import SessionChecklist, SupportPerson
from clinic.session_day.rules.standing import FINISHED_LATE, ChecklistStanding, DayStanding, SupportStanding

ATTESTED_WITHIN = timedelta(hours=12)
"""Who said earlier to be there said so about another day."""


def standing_of(session: Session, appointment_ids: Collection[UUID], *, now: datetime) -> dict[UUID, DayStanding]:
    """Return the standing of each of these visits, by visit, in one statement; unknown ids are absent.

    A list that has not opened by `now`, or ran out, stands as `none`; so does that of a day from which the visit moved.
    """
    found = session.execute(_wanted(), {"ids": list(appointment_ids)})
    return {row.id: _standing(row, now) for row in found}


@cache
def _wanted() -> Select[*tuple[Any, ...]]:
    """Choose visits with the list of their day and who is named for them now."""
    asked, sheet, later, later_sheet = aliased(Assessment), aliased(CheckIn), aliased(Assessment), aliased(CheckIn)
    is_asked_later = exists().where(
        later.appointment_id == asked.appointment_id,
        later.instrument_key == CHECKLIST,
        later.state != "canceled",
        later_sheet.id == later.check_in_id,
        later_sheet.due_on > sheet.due_on,
    )
    return (
        select(
            *(Appointment.id, Appointment.starts_at, Appointment.time_version),
            *(asked.state.label("asked"), sheet.state.label("sheet"), sheet.closes_at),
            *(SessionChecklist.outcome, SessionChecklist.reasons, SessionChecklist.is_late),
            *(SessionChecklist.finished_at, SupportPerson.state, SupportPerson.attested_at),
            SupportPerson.time_version.label("told_version"),
        )
        .outerjoin(
            asked,
            (asked.appointment_id == Appointment.id)
            & (asked.instrument_key == CHECKLIST)
            & (asked.state != "canceled"),
        )
        .outerjoin(sheet, sheet.id == asked.check_in_id)
        .outerjoin(SessionChecklist, SessionChecklist.assessment_id == asked.id)
        .outerjoin(
            SupportPerson, (SupportPerson.appointment_id == Appointment.id) & SupportPerson.replaced_at.is_(None)
        )
        .where(among(Appointment.id, "ids"), ~is_asked_later)
    )


def _standing(row: Any, now: datetime) -> DayStanding:  # noqa: ANN401 - a row of the statement above
    is_open = row.asked == "waiting" and row.sheet == "open" and row.closes_at > now
    checklist: ChecklistStanding = "open" if row.is_late else row.outcome or ("open" if is_open else "none")
    person = support_standing(row.state, row)
    return DayStanding(
        checklist=checklist,
        checklist_reasons=(*(row.reasons or ()), *((FINISHED_LATE,) if row.is_late else ())),
        checklist_finished_at=row.finished_at,
        support_person=person,
        attested_at=row.attested_at if person == "attested" else None,
    )


def support_standing(state: str | None, row: Any) -> SupportStanding:  # noqa: ANN401 - any row with these columns
    """Return what a support person said about the time that the visit has now."""
    if state is None:
        return "none"
    if state != "declined" and row.told_version != row.time_version:
        return "named"
    if state == "attested" and row.attested_at < row.starts_at - ATTESTED_WITHIN:
        return "confirmed"
    found: SupportStanding = state  # type: ignore[assignment] # the table allows these four only
    return found
