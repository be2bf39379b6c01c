"""Which checklist a patient's link leads to, how far it is, and the one way in which its forms are acted upon."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.kernel import journal
from clinic.monitoring.errors import CheckInClosed
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries import appointment
from clinic.session_day.errors import ChecklistFinished, NoChecklist, NotASession
from clinic.session_day.models import SessionChecklist
from clinic.session_day.queries.checklists import Checklist, asked_in, checklist_row, open_checklist
from clinic.web.frame.language import prefer
from clinic.web.frame.requests import actor, now, runtime, see_other, visitor
from clinic.web.patient.check_in.finding import PURPOSES, own_checklist

__all__ = ["PURPOSES", "SEEN", "STEPS", "OnDay", "found_checklist", "seen", "while_open"]

SEEN = "checklist.viewed"

STEPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "you": ("thoughts", "mood", "seeing_hearing", "racing"),
        "body": ("well", "not_pregnant", "bladder_ok"),
        "food": ("food_stopped", "hydrated"),
        "taken": ("no_alcohol", "no_sedatives"),
        "around": ("safe_place", "sitter_present", "no_driving", "units"),
    }
)
"""The pages of questions with what each asks, in order; the readings follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDay:
    """A checklist in front of its patient: open, or finished with how it ended."""

    patient: Patient
    visit: Appointment
    open: Checklist | None
    finished: SessionChecklist | None

    def is_step_done(self, step: str) -> bool:
        """Tell whether nothing is missing on a page of questions."""
        return self.open is not None and not set(STEPS[step]) & set(self.open.missing)

    @property
    def next_step(self) -> str | None:
        """Return the first page of questions on which something is missing."""
        return next((step for step in STEPS if not self.is_step_done(step)), None)


def found_checklist(session: Session) -> OnDay | None:
    """Return the checklist of the reader's link, and speak the patient's language; None where there is none."""
    link = visitor().link
    assert link is not None
    patient = people.patient(session, link.patient_id)
    prefer(patient.language)
    check_in = own_checklist(session, link)
    if check_in is None:
        return None
    asked = asked_in(session, check_in.id)
    if asked is None or asked.appointment_id is None:
        return None
    visit = appointment(session, asked.appointment_id)
    row = checklist_row(session, asked.id)
    finished = row if row is not None and row.finished_at is not None else None
    return OnDay(patient=patient, visit=visit, open=open_checklist(session, visit, now=now()), finished=finished)


def seen(draw: Callable[[Session, OnDay], ResponseReturnValue], *, is_end: bool = False) -> ResponseReturnValue:
    """Return a page of the checklist, and note that the patient saw it; a finished one leads to its end."""
    with runtime().begin(by=actor()) as session:
        found = found_checklist(session)
        if found is None or (found.open is None and found.finished is None):
            return render_template("patient/checklist/closed.html")
        if found.open is None and not is_end:
            return see_other("patient.checklist_end")
        ids = (found.patient.id,)
        journal.note(session, SEEN, subject_kind="appointment", subject_id=found.visit.id, at=now(), patient_ids=ids)
        return draw(session, found)


def while_open(do: Callable[[Session, OnDay], ResponseReturnValue]) -> ResponseReturnValue:
    """Act on an open checklist; one that takes nothing any more says so on its first page.

    Who signed in has it in hand from then on, so that the pages of help and of more questions are about it.
    """
    try:
        with runtime().begin(by=actor()) as session:
            found = found_checklist(session)
            if found is None or found.open is None:
                return see_other("patient.checklist")
            _take_in_hand(session, found.open.check_in.id)
            return do(session, found)
    except (CheckInClosed, NoChecklist, ChecklistFinished, NotASession):
        return see_other("patient.checklist")


def _take_in_hand(session: Session, check_in_id: UUID) -> None:
    here = visitor()
    if here.is_in_area and here.link is not None and here.session_id and here.link.resource_id != check_in_id:
        access.take_in_hand(session, session_id=here.session_id, opened_id=check_in_id)
