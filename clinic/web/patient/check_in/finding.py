"""Which check-in a patient's link leads to, and how it stands."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.access.rules.links import LinkPurpose
from clinic.kernel import journal
from clinic.monitoring.models import CheckIn
from clinic.monitoring.queries.answering import CHECKLIST, Sheet, check_in_of, checklist_of, sheet
from clinic.monitoring.rules.asking import Part, Question, questions, sections
from clinic.monitoring.rules.calendar import Part as CheckInPart
from clinic.monitoring.rules.instruments import Help
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.web.frame.language import prefer
from clinic.web.frame.requests import actor, now, runtime, see_other, visitor
from clinic.web.frame.visitors import AREA, LinkPass

PURPOSES = ("check_in", "visit", "course")
SEEN = "check_in.viewed"
SECONDS_A_QUESTION = 8
BEFORE = "pre"
"""The moment of what is asked right before a session."""


@dataclass(frozen=True)
class Opened:
    """An open check-in in front of its patient; `checklist` is the list before a session where its answers alarm."""

    patient: Patient
    sheet: Sheet
    checklist: tuple[Part, ...] = ()

    @property
    def check_in(self) -> CheckIn:
        """Return its row."""
        return self.sheet.check_in

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Return the questions in the order they are asked."""
        return questions(self.sheet.parts)

    @cached_property
    def sections(self) -> tuple[Part, ...]:
        """Return the parts in the order of one page."""
        return sections(self.sheet.parts)

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """Return the questions without an answer."""
        return tuple(one for one in self.questions if one.given is None)

    @property
    def count(self) -> int:
        """Return how many questions there are as the answers stand."""
        return len(self.questions)

    @property
    def minutes(self) -> int:
        """Return about how long the open questions take."""
        return max(1, round(len(self.open_questions) * SECONDS_A_QUESTION / 60))

    @property
    def shows(self) -> frozenset[Help]:
        """Return the help that the answers so far call for."""
        return frozenset(rung.shows for part in self._alarming for rung in part.alarms if rung.shows)

    @property
    def stops_session(self) -> bool:
        """Tell whether what is asked right before a session alarms."""
        return any(part.moment == BEFORE and part.alarms for part in self._alarming)

    @property
    def _alarming(self) -> tuple[Part, ...]:
        return (*self.checklist, *self.sheet.parts)


def shown(draw: Callable[[Opened], ResponseReturnValue], *, is_help: bool = False) -> ResponseReturnValue:
    """Return a page of the open check-in, and note that the patient saw it; else say how the check-in stands."""
    with runtime().begin(by=actor()) as session:
        link = visitor().link
        assert link is not None
        patient = people.patient(session, link.patient_id)
        prefer(patient.language)
        check_in = own_check_in(session, link)
        if check_in is None or check_in.state != "open":
            return _closed(check_in)
        seen = (patient.id,)
        journal.note(session, SEEN, subject_kind="check_in", subject_id=check_in.id, at=now(), patient_ids=seen)
        found = opened_sheet(session, patient, check_in)
        return draw(found) if found.sheet.parts or is_help else see_other("patient.checklist")


def opened_sheet(session: Session, patient: Patient, check_in: CheckIn) -> Opened:
    """Return an open check-in with what is asked here: the list before a session has pages of its own."""
    found = sheet(session, check_in)
    parts = tuple(part for part in found.parts if part.instrument.key != CHECKLIST)
    alarming = tuple(part for part in found.parts if part.instrument.key == CHECKLIST and part.alarms)
    return Opened(patient, Sheet(check_in=check_in, parts=parts), alarming)


def own_check_in(session: Session, link: LinkPass) -> CheckIn | None:
    """Return the check-in of a link: its own, or the checklist of the visit that the link is about.

    Of a signed-in patient it is the one in hand; with none in hand it is the checklist.
    """
    if link.purpose == LinkPurpose.CHECK_IN:
        return _of_patient(link, check_in_of(session, link.resource_id))
    return _in_hand(session, link) or own_checklist(session, link)


def own_checklist(session: Session, link: LinkPass) -> CheckIn | None:
    """Return the check-in with the list before a visit, to which a link leads.

    Who signed in comes to the own list whatever else is in hand: the visit's page and the texts lead there by address.
    """
    if link.purpose == LinkPurpose.CHECK_IN:
        return _of_patient(link, check_in_of(session, link.resource_id))
    in_hand = _in_hand(session, link)
    if in_hand is not None and in_hand.part == CheckInPart.BEFORE and in_hand.state == "open":
        return in_hand
    appointment_id = link.resource_id if link.purpose == LinkPurpose.VISIT else None
    return _of_patient(link, checklist_of(session, patient_id=link.patient_id, appointment_id=appointment_id))


def _in_hand(session: Session, link: LinkPass) -> CheckIn | None:
    """Return the check-in that a signed-in patient took in hand."""
    return _of_patient(link, check_in_of(session, link.resource_id)) if link.purpose == AREA else None


def _of_patient(link: LinkPass, found: CheckIn | None) -> CheckIn | None:
    return found if found is not None and found.patient_id == link.patient_id else None


def _closed(check_in: CheckIn | None) -> ResponseReturnValue:
    if check_in is not None and check_in.part == CheckInPart.BEFORE:
        return see_other("patient.checklist")
    if check_in is not None and check_in.state == "done":
        return see_other("patient.check_in_done")
    return render_template("patient/check_in/closed.html", check_in=check_in)
