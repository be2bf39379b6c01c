"""Offering courses to the patient, who chooses one on the phone; and taking an offer back."""

from dataclasses import replace
from functools import partial
from typing import ClassVar
from uuid import UUID

from flask import flash
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError, Invalid
from clinic.treatment import queries
from clinic.treatment.actions import offers
from clinic.treatment.errors import OfferRefused
from clinic.treatment.queries.courses import CourseProposal, propose_course
from clinic.treatment.queries.offers import open_offer
from clinic.treatment.rules.courses import CourseWish
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.courses.asked import CourseChoice, CourseQuery, WholeCourse, with_kept
from clinic.web.coordinator.courses.booking import again
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, Many, NoFields, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.frame.telling import told


class OfferForm(CourseQuery):
    """The courses that were ticked, with the wish that they came from."""

    option: Many[CourseChoice]

    words: ClassVar[dict[str, str]] = {"option": "Those were not the courses shown. Choose again."}


@blueprint.post("/patients/<uuid:patient_id>/course/offer")
@policy.staff(Role.COORDINATOR, audit="course.viewed")
def offer_course(patient_id: UUID) -> ResponseReturnValue:
    """Text the patient a link to choose one of the ticked courses; nothing is held meanwhile."""
    form = read_form(OfferForm)
    if isinstance(form, FormErrors):
        flash("Those courses could not be read. Tick them once more.", "error")
        return see_other("coordinator.course", patient_id=patient_id)
    try:
        if not form.option:
            raise Invalid("Tick at least one course to offer.")
        with runtime().begin(by=actor()) as session:
            plan = queries.plan_for(session, patient_id=patient_id)
            judge = partial(_judged, session, plan.id, form.wish())
            found = [judge(option=option) for option in form.option]
            offers.offer_courses(
                session, plan_id=plan.id, proposals=found, by=actor(), now=now(), ring=runtime().link_ring
            )
    except DomainError as refusal:
        return again(patient_id, form, refusal, title="Nothing was offered")
    flash("Offered. The patient gets a text with a link to choose.")
    return see_other("coordinator.course", patient_id=patient_id)


def _judged(session: Session, plan_id: UUID, wished: CourseWish, *, option: WholeCourse) -> CourseProposal:
    """Return the ticked course as the planner sees it now, or raise OfferRefused when it cannot be had any more."""
    wish = with_kept(replace(wished, style=option.style), option.visits)
    found = propose_course(session, plan_id=plan_id, wish=wish, now=now())
    if found.refusal is not None or found.chosen() != option.visits:
        raise OfferRefused("One of these courses is not free any more. Look at the new ones and tick again.")
    return found


@blueprint.post("/patients/<uuid:patient_id>/course/offer/withdraw")
@policy.staff(Role.COORDINATOR)
def withdraw_course_offer(patient_id: UUID) -> ResponseReturnValue:
    """Take the open offer back; the patient's link then says that it is over."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            plan = queries.plan_for(session, patient_id=patient_id)
            found = open_offer(session, plan.id, now=now())
            if found is not None:
                offers.withdraw_offer(session, offer_id=found.id, by=actor(), now=now())
    except DomainError as refusal:
        flash(told(refusal), "error")
    else:
        flash("The offer is withdrawn. Nothing was booked." if found else "There is no open offer any more.")
    return see_other("coordinator.course", patient_id=patient_id)
