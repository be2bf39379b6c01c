"""All of a patient's dates on one page, and the courses that the clinic offers to choose from."""

from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_babel.speaklater import LazyString
from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.errors import DomainError
from clinic.people import queries as people
from clinic.people.models import Patient
from clinic.scheduling import queries
from clinic.scheduling.rules.states import AppointmentState
from clinic.treatment import queries as plans
from clinic.treatment.actions.declining import decline_offer
from clinic.treatment.actions.offers import take_offer
from clinic.treatment.queries.offers import OfferOption, OfferView, open_offer
from clinic.treatment.rules.courses import LATER_WORDS, STYLE_WORDS, CourseStyle
from clinic.web.frame import policy
from clinic.web.frame.errors import status_of
from clinic.web.frame.forms import FormErrors, FormModel, WholeNumber, read_form
from clinic.web.frame.language import prefer
from clinic.web.frame.requests import actor, now, runtime, see_other, visitor
from clinic.web.patient import blueprint
from clinic.web.patient.wording import told

_LABELS: dict[str, LazyString] = {
    STYLE_WORDS[CourseStyle.SOONEST]: _l("Soonest"),
    STYLE_WORDS[CourseStyle.EVEN]: _l("Evenly spaced"),
    STYLE_WORDS[CourseStyle.WISHED_HOURS]: _l("At your preferred hours"),
    LATER_WORDS: _l("Beginning some days later"),
}
_TOOK_PLACE = frozenset({AppointmentState.COMPLETED})
_PAST_SHOWN = 12


class TakeForm(FormModel):
    """The offer that was shown, and which of its courses."""

    offer: UUID
    option: WholeNumber


class DeclineForm(FormModel):
    """The offer that was shown."""

    offer: UUID


@blueprint.get("/my-visits")
@policy.patient_link("visit", "course", audit="course.viewed")
def course() -> str:
    """Show what can be chosen, what is booked and what took place."""
    with runtime().begin(by=actor()) as session:
        return render_template("patient/course.html", **_page(session))


@blueprint.post("/my-visits/choose")
@policy.patient_link("visit", "course")
def choose_course() -> ResponseReturnValue:
    """Book one of the offered courses whole."""
    form = read_form(TakeForm)
    if isinstance(form, FormErrors):
        return see_other("patient.course")
    try:
        with runtime().begin(by=actor()) as session:
            _reader(session)
            ring = runtime().link_ring
            booked = take_offer(session, offer_id=form.offer, option=form.option, by=actor(), now=now(), ring=ring)
    except DomainError as refusal:
        return _problem(refusal)
    flash(ngettext("Done. Your visit is booked.", "Done. Your %(num)d visits are booked.", len(booked)))
    return see_other("patient.course")


@blueprint.post("/my-visits/other-dates")
@policy.patient_link("visit", "course")
def decline_courses() -> ResponseReturnValue:
    """Take the offer back and let a coordinator call."""
    form = read_form(DeclineForm)
    if isinstance(form, FormErrors):
        return see_other("patient.course")
    try:
        with runtime().begin(by=actor()) as session:
            _reader(session)
            decline_offer(session, offer_id=form.offer, by=actor(), now=now())
    except DomainError as refusal:
        return _problem(refusal)
    flash(_("Thank you. We will call you and find other dates."))
    return see_other("patient.course")


def _problem(refusal: DomainError) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        shown = _page(session) | {"problem": told(refusal)}
    return render_template("patient/course.html", **shown), status_of(refusal)


def _page(session: Session) -> dict[str, object]:
    """Return everything on the page, and note that the patient saw it."""
    patient = _reader(session)
    journal.note(
        session, "course.viewed", subject_kind="patient", subject_id=patient.id, at=now(), patient_ids=(patient.id,)
    )
    past = queries.past_for_patient(session, patient_id=patient.id, now=now(), limit=_PAST_SHOWN)
    return {
        "patient": patient,
        "offer": _offer(session, patient.id),
        "visits": queries.upcoming_for_patient(session, patient_id=patient.id, now=now()),
        "past": [row for row in past if row.state in _TOOK_PLACE],
        "label_of": _label,
        "problem": None,
    }


def _reader(session: Session) -> Patient:
    """Return the patient behind the link, and speak that person's language."""
    link = visitor().link
    assert link is not None
    patient = people.patient(session, link.patient_id)
    prefer(patient.language)
    return patient


def _offer(session: Session, patient_id: UUID) -> OfferView | None:
    plan = plans.plan_of_patient(session, patient_id)
    return open_offer(session, plan.id, now()) if plan else None


def _label(option: OfferOption) -> str:
    known = _LABELS.get(option.label)
    return str(known) if known else _("Choice %(number)s", number=option.index + 1)
