"""Booking a whole course with one press: all of its dates or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel import request_key
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError, Invalid
from clinic.people import queries as people
from clinic.scheduling import queries as scheduling
from clinic.treatment import queries
from clinic.treatment.actions import courses
from clinic.treatment.errors import CourseProblem, CourseRefused
from clinic.treatment.rules.courses import ChosenVisit, CourseWish
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.courses.asked import CourseQuery, VisitChoice, address_of, with_kept
from clinic.web.coordinator.courses.planner import PAGE, Shown, course_page
from clinic.web.coordinator.courses.rows import OtherTime
from clinic.web.frame import policy
from clinic.web.frame.display import when
from clinic.web.frame.errors import status_of
from clinic.web.frame.forms import FormErrors, Many, WholeNumber, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.frame.telling import told


class BookForm(CourseQuery):
    """The dates as they were shown, with the wish that they came from and the plan's version."""

    visit: Many[VisitChoice]
    version: WholeNumber
    key: UUID

    words: ClassVar[Mapping[str, Any]] = {"visit": "Those were not the dates shown. Choose again."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One date that could not be booked, why, and up to three others that leave the rest as it is."""

    when: str
    sentence: str
    others: Sequence[OtherTime]


@blueprint.post("/patients/<uuid:patient_id>/course/book")
@policy.staff(Role.COORDINATOR, audit="course.viewed")
def book_course(patient_id: UUID) -> ResponseReturnValue:
    """Book every date that was shown, or none, and say which one is in the way."""
    form = read_form(BookForm)
    if isinstance(form, FormErrors):
        flash("Those dates could not be read. Look at the proposal and press the button once more.", "error")
        return see_other("coordinator.course", patient_id=patient_id)
    try:
        with runtime().begin(by=actor()) as session:
            count = _book_once(session, patient_id, form)
    except CourseRefused as refusal:
        return _refused(patient_id, form, refusal)
    except DomainError as refusal:
        return again(patient_id, form, refusal)
    flash(f"{_visits(count)} booked. One text tells of all dates; whoever gets no texts becomes a call for you.")
    return see_other("coordinator.course", patient_id=patient_id)


def _book_once(session: Session, patient_id: UUID, form: BookForm) -> int:
    """Book the course, or do nothing when the same form came before; return how many visits it has."""
    plan = queries.plan_for(session, patient_id=patient_id)
    if not form.visit:
        raise Invalid("There was no date to book. Ask for a proposal first.")
    content = f"{plan.id}{form.model_dump_json()}"
    if request_key.remember(session, by=actor(), key=form.key, content=content, now=now()) is None:
        courses.commit_course(
            session,
            plan_id=plan.id,
            visits=form.visit,
            version=form.version,
            by=actor(),
            now=now(),
            ring=runtime().link_ring,
        )
        request_key.settle(session, by=actor(), key=form.key, result_id=plan.id)
    return len(form.visit)


def again(
    patient_id: UUID, query: CourseQuery, refusal: DomainError, *, title: str = "Nothing was booked"
) -> ResponseReturnValue:
    """Show the planner as things stand now, with why the last step was refused."""
    with runtime().begin(by=actor()) as session:
        page = course_page(session, patient_id, query) | {"problem": told(refusal), "problem_title": title}
        return render_template(PAGE, **page), status_of(refusal)


def _refused(patient_id: UUID, form: BookForm, refusal: CourseRefused) -> ResponseReturnValue:
    """Name each date that is in the way with other times, and keep the rest of the course as it was."""
    lost = {one.index for one in refusal.problems}
    rest = with_kept(form.wish(), form.visit, but=lost).kept
    with runtime().begin(by=actor()) as session:
        zone = people.patient_for(session, actor=actor(), patient_id=patient_id, now=now()).zone
        troubles = [_trouble(session, form, one, zone=zone, patient_id=patient_id) for one in refusal.problems]
        page, is_kept = _page_with(session, patient_id, form.model_copy(update={"compare": False, "keep": rest}))
        page |= {"problem": refusal.message, "problems": troubles, "is_rest_kept": is_kept}
        return render_template(PAGE, **page), status_of(refusal)


def _page_with(session: Session, patient_id: UUID, query: CourseQuery) -> tuple[dict[str, object], bool]:
    """Return the planner with the rest of a course in place, or, where that cannot be, with a new course."""
    page = course_page(session, patient_id, query)
    shown = page.get("shown")
    if isinstance(shown, Shown) and shown.proposal.refusal is None:
        return page, True
    return course_page(session, patient_id, query.model_copy(update={"keep": ()})), False


def _trouble(session: Session, form: BookForm, found: CourseProblem, *, zone: str, patient_id: UUID) -> Trouble:
    lost = form.visit[found.index]
    others = [
        OtherTime(
            label=when(slot.starts_at, zone, "short"),
            physician=slot.physician_name,
            href=address_of(
                patient_id, _with(form, found.index, ChosenVisit(lost.visit_type, slot.physician_id, slot.starts_at))
            ),
        )
        for slot in scheduling.named(session, found.alternatives)
    ]
    return Trouble(when=when(lost.starts_at, zone, "short"), sentence=found.sentence, others=others)


def _with(form: BookForm, index: int, chosen: ChosenVisit) -> CourseWish:
    visits = [chosen if at == index else visit for at, visit in enumerate(form.visit)]
    return with_kept(form.wish(), visits)


def _visits(count: int) -> str:
    return "1 visit" if count == 1 else f"{count} visits"
