"""The course planner: what is planned, what could be, how much slack each date has, and what stands in the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.treatment import queries
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries import courses
from clinic.treatment.queries.courses import CourseProposal, ProposedVisit
from clinic.treatment.queries.offers import open_offer
from clinic.treatment.rules.courses import MOST_AT_ONCE, ChosenVisit, CourseWish
from clinic.treatment.rules.phases import SESSION_PHASES, Phase
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.courses.asked import (
    STYLES,
    CourseQuery,
    address_of,
    course_value,
    parameters_of,
    wish_words,
    with_kept,
)
from clinic.web.coordinator.courses.rows import CourseRow, months_of, rows_of, spread
from clinic.web.coordinator.courses.wish_words import wishes_of
from clinic.web.frame import policy
from clinic.web.frame.forms import blank_form, read_query
from clinic.web.frame.requests import actor, now, runtime, see_other

PAGE = "coordinator/courses/planner.html"
_MOST_BESIDE = 2
ONE_BY_ONE = (Phase.MAINTENANCE, Phase.TAPER)
"""Phases in which a coordinator says how many dates to plan at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One whole course: its visits, one box's value for all that are new, and the address that keeps them."""

    proposal: CourseProposal
    rows: Sequence[CourseRow]
    value: str
    spread: str
    address: str


@blueprint.get("/patients/<uuid:patient_id>/course")
@policy.staff(Role.COORDINATOR, audit="course.viewed")
def course(patient_id: UUID) -> str:
    """Show a patient's course with a proposal for the dates that are missing."""
    query = read_query(CourseQuery)
    with runtime().begin(by=actor()) as session:
        return render_template(PAGE, **course_page(session, patient_id, query))


def course_page(session: Session, patient_id: UUID, query: CourseQuery) -> dict[str, object]:
    """Return what the planner shows, and note that it was seen."""
    patient = patient_seen(session, patient_id)
    plan = queries.plan_of_patient(session, patient_id)
    page: dict[str, object] = {
        "patient": patient,
        "contact": people.contact_of(session, patient),
        "head": queries.header(session, patient_id, now=now()),
        "plan": plan,
        "problems": (),
    }
    return page | (_planned(session, patient, plan, query=query) if plan is not None else {})


def patient_seen(session: Session, patient_id: UUID) -> Patient:
    """Return the patient whose course is about to be shown, with a line in the journal."""
    found = people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
    journal.note(
        session, "course.viewed", subject_kind="patient", subject_id=patient_id, at=now(), patient_ids=(patient_id,)
    )
    return found


def no_plan_yet(patient_id: UUID) -> ResponseReturnValue | None:
    """Return the way to the page that opens a plan, for a patient who has none; else nothing."""
    with runtime().begin(by=actor()) as session:
        people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
        if queries.plan_of_patient(session, patient_id) is not None:
            return None
    return see_other("coordinator.course", patient_id=patient_id)


def _planned(session: Session, patient: Patient, plan: TreatmentPlan, *, query: CourseQuery) -> dict[str, object]:
    wish, phase = query.wish(), Phase(plan.phase)
    progress = queries.progress(session, plan, now=now())
    found = courses.propose_course(session, plan_id=plan.id, wish=wish, now=now(), by=actor())
    boxes: dict[str, Any] = {**parameters_of(wish), "style": wish.style, "keep": None}
    return {
        "wished": wish_words(wish, people.physician(session, wish.physician_id or plan.physician_id).full_name),
        "progress": progress,
        "has_sessions": phase in SESSION_PHASES,
        "broken": courses.course_problems(session, plan, now=now()),
        "shown": shown_of(found, wish, patient.id),
        "months": months_of(found, progress, today=in_zone(now(), patient.zone).date()),
        "relaxations": _relaxations(found, patient.id),
        "compared": _compared(session, plan, query, beside=found) if query.compare else None,
        "compare": address_of(patient.id, wish, compare="yes"),
        "alone": address_of(patient.id, wish),
        "asked_again": address_of(patient.id, CourseWish()),
        "kept": parameters_of(wish),
        "offer": open_offer(session, plan.id, now=now()),
        "facts": wishes_of(session, plan),
        "form": blank_form(**boxes),
        "key": str(new_id()),
        **_choices(session, phase),
    }


def _choices(session: Session, phase: Phase) -> Mapping[str, object]:
    numbers = [(str(one), f"{one} visit{'s' if one > 1 else ''}") for one in range(1, MOST_AT_ONCE + 1)]
    return {
        "physicians": [(str(one.id), one.full_name) for one in people.active_physicians(session)],
        "styles": STYLES,
        "numbers": numbers if phase in ONE_BY_ONE else [],
    }


def shown_of(found: CourseProposal, wish: CourseWish, patient_id: UUID) -> Shown:
    """Return a proposal as pages show it."""
    at = partial(_choosing, found, patient_id)
    whole = wish_keeping(wish, found)
    return Shown(
        proposal=found,
        rows=rows_of(found, at=at),
        value=course_value(found.wish.style, found.chosen()),
        spread=spread(found),
        address=address_of(patient_id, whole),
    )


def wish_keeping(wish: CourseWish, found: CourseProposal) -> CourseWish:
    """Return the wish with every new date of a proposal chosen."""
    return with_kept(wish, found.chosen())


def _choosing(found: CourseProposal, patient_id: UUID, /, *, one: ProposedVisit, chosen: ChosenVisit) -> str:
    """Return the address of the course in which one visit is at another time and the others where they are."""
    visits = [chosen if each is one else each.chosen for each in found.new]
    return address_of(patient_id, with_kept(found.wish, visits))


def _relaxations(found: CourseProposal, patient_id: UUID) -> list[tuple[str, str | None]]:
    refusal = found.refusal
    if refusal is None:
        return []
    return [(one.words, address_of(patient_id, one.wish) if one.wish else None) for one in refusal.relaxations]


def _compared(session: Session, plan: TreatmentPlan, query: CourseQuery, *, beside: CourseProposal) -> list[Shown]:
    """Return up to two other courses, found as if no date had been chosen yet."""
    wish = replace(query.wish(), kept=())
    found = courses.alternative_courses(session, plan_id=plan.id, wish=wish, now=now(), by=actor())
    others = [one for one in found if one.chosen() != beside.chosen()]
    return [shown_of(one, one.wish, plan.patient_id) for one in others[:_MOST_BESIDE]]
