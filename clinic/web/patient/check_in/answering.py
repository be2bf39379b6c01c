"""What a patient does with a check-in: begin, answer, send; each answer is kept before the next page is shown."""

from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from clinic.kernel.errors import Invalid
from clinic.monitoring.actions import answering as actions
from clinic.monitoring.actions.answering import Saved
from clinic.monitoring.errors import AnswersMissing, CheckInClosed
from clinic.monitoring.rules.asking import Question, following, numbered
from clinic.monitoring.rules.calendar import Part as CheckInPart
from clinic.people import queries as people
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, filled, read_form
from clinic.web.frame.language import prefer
from clinic.web.frame.requests import actor, now, runtime, see_other, visitor
from clinic.web.patient import blueprint
from clinic.web.patient.check_in.finding import PURPOSES, Opened, opened_sheet, own_check_in
from clinic.web.patient.check_in.forms import (
    ANSWER,
    DAY,
    LayoutForm,
    OneAnswer,
    Page,
    SendForm,
    box_name,
    kept_of,
    page_form,
    section_name,
    typed_of,
)
from clinic.web.patient.check_in.pages import about, all_page, go_on, question_page
from clinic.web.patient.check_in.showing import Asked, refused


@blueprint.post("/check-in")
@policy.patient_link(*PURPOSES)
def begin_check_in() -> ResponseReturnValue:
    """Begin or go on, one question a screen or all on one page."""
    form = read_form(LayoutForm)

    def begin(session: Session, found: Opened) -> ResponseReturnValue:
        if isinstance(form, FormErrors):
            return see_other("patient.check_in")
        actions.begin(session, check_in_id=found.check_in.id, layout=form.layout, by=actor(), now=now())
        return redirect(go_on(found), HTTPStatus.SEE_OTHER)

    return _while_open(begin)


@blueprint.post("/check-in/<int(max=999):number>")
@policy.patient_link(*PURPOSES)
def answer_check_in(number: int) -> ResponseReturnValue:
    """Keep one answer and lead to the next question; which one it is to stands in the form, not in the address."""
    del number
    form = read_form(OneAnswer)

    def keep(session: Session, found: Opened) -> ResponseReturnValue:
        question = _named(found, form)
        if question is None:
            return _not_asked(found)
        if isinstance(form, FormErrors):
            return question_page(found, question, form), form.status
        return _keep_one(session, found, (question, form))

    return _while_open(keep)


@blueprint.post("/check-in/all")
@policy.patient_link(*PURPOSES)
def answer_check_in_page() -> ResponseReturnValue:
    """Keep everything that was typed on the one page, and lead to the next part of it."""
    return _while_open(_keep_page)


@blueprint.post("/check-in/review")
@policy.patient_link(*PURPOSES)
def send_check_in() -> ResponseReturnValue:
    """Send the answers; pressed twice, the second time finds it done."""
    form = read_form(SendForm)
    leaves_out = not isinstance(form, FormErrors) and form.leaves_out

    def send(session: Session, found: Opened) -> ResponseReturnValue:
        if found.check_in.part == CheckInPart.BEFORE:
            return see_other("patient.checklist")
        try:
            actions.submit(session, check_in_id=found.check_in.id, leaves_out=leaves_out, by=actor(), now=now())
        except AnswersMissing:
            return see_other("patient.review_check_in")
        if found.check_in.state == "open":
            flash(_("Sent. What has no answer yet stays open; answer it whenever you can."))
        return see_other("patient.check_in_done")

    return _while_open(send)


def _while_open(do: Callable[[Session, Opened], ResponseReturnValue]) -> ResponseReturnValue:
    """Do something with the link's check-in; one that takes no answers any more says so on its first page."""
    try:
        with runtime().begin(by=actor()) as session:
            found = _opened(session)
            return see_other("patient.check_in") if found is None else do(session, found)
    except CheckInClosed:
        return see_other("patient.check_in")


def _opened(session: Session) -> Opened | None:
    """Return the link's check-in if it takes answers, and speak the patient's language."""
    link = visitor().link
    assert link is not None
    patient = people.patient(session, link.patient_id)
    prefer(patient.language)
    check_in = own_check_in(session, link)
    return opened_sheet(session, patient, check_in) if check_in is not None and check_in.state == "open" else None


def _again(session: Session, found: Opened) -> Opened:
    return opened_sheet(session, found.patient, found.check_in)


def _named(found: Opened, form: OneAnswer | FormErrors) -> Question | None:
    """Return the question that a form answers, if this check-in asks it."""
    if not isinstance(form, FormErrors):
        return numbered(found.questions, form.part, form.item)
    names = {(str(one.part.assessment_id), one.item.key): one for one in found.questions}
    return names.get((form.value("part"), form.value("item")))


def _not_asked(found: Opened) -> ResponseReturnValue:
    problem = _("That question is not asked here, or not any more. Nothing was lost: go on below.")
    shown = render_template("patient/check_in/start.html", **about(found, problem=problem))
    return shown, HTTPStatus.CONFLICT


def _keep_one(session: Session, found: Opened, sent: tuple[Question, OneAnswer]) -> ResponseReturnValue:
    question, form = sent
    part, item = question.part, question.item
    box = DAY if Asked(part, item).look == "day" else ANSWER
    typed = form.day if box == DAY else form.answer
    if typed is None and item.is_required:
        nothing = Invalid(_("Answer this question, or leave it out for now."), field=box)
        return _once_more(found, question, form.refused(nothing))
    given = {part.assessment_id: {item.key: typed}}
    saved = actions.save_answers(session, check_in_id=found.check_in.id, given=given, by=actor(), now=now())
    for refusal in saved.refused.values():
        return _once_more(found, question, form.refused(Invalid(refused(refusal), field=box)))
    if saved.shows:
        return see_other("patient.check_in_help")
    return redirect(_next_question(_again(session, found), part.assessment_id, item.key), HTTPStatus.SEE_OTHER)


def _keep_page(session: Session, found: Opened) -> ResponseReturnValue:
    parts = found.sheet.parts
    form = read_form(page_form(parts))
    given = kept_of(form, parts) if isinstance(form, FormErrors) else typed_of(form, parts, sent=request.form)
    saved = actions.save_answers(session, check_in_id=found.check_in.id, given=given, by=actor(), now=now())
    if saved.shows:
        return see_other("patient.check_in_help")
    after, wrong = _again(session, found), _wrong(form, saved, found)
    if isinstance(form, FormErrors) or wrong.has_errors:
        return all_page(after, wrong), wrong.status
    flash(_("Saved."))
    return redirect(_next_section(found, after, form.go), HTTPStatus.SEE_OTHER)


def _once_more(found: Opened, question: Question, form: FormErrors) -> ResponseReturnValue:
    return question_page(found, question, form), form.status


def _next_question(found: Opened, assessment_id: UUID, item: str) -> str:
    here = numbered(found.questions, assessment_id, item)
    onward = following(found.questions, here.number if here else 0)
    if onward is None:
        return url_for("patient.review_check_in")
    return url_for("patient.check_in_question", number=onward.number)


def _wrong(form: Page | FormErrors, saved: Saved, found: Opened) -> FormErrors:
    """Return the page with what was typed and a sentence at every box that could not be kept."""
    parts = {part.assessment_id: part for part in found.sheet.parts}
    errors = dict(form.errors) if isinstance(form, FormErrors) else {}
    for (assessment_id, key), refusal in saved.refused.items():
        item = parts[assessment_id].instrument.item(key)
        assert item is not None
        errors[box_name(parts[assessment_id], item)] = refused(refusal)
    return FormErrors(
        values=form.values if isinstance(form, FormErrors) else filled(form).values,
        errors=errors,
        problems=form.problems if isinstance(form, FormErrors) else (),
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
    )


def _next_section(before: Opened, after: Opened, pressed: str | None) -> str:
    """Return the place of the section behind the pressed button, or of new questions that these answers lead to."""
    names = [section_name(part) for part in after.sections]
    at = names.index(pressed) if pressed in names else 0
    part = after.sections[at]
    known = {(one.part.assessment_id, one.item.key) for one in before.questions}
    new = [item for item in part.asked if (part.assessment_id, item.key) not in known and item.key not in part.given]
    if new:
        flash(ngettext("%(num)d more question fits your answer.", "%(num)d more questions fit your answer.", len(new)))
        return url_for("patient.check_in_page", _anchor=box_name(part, new[0]))
    if at + 1 == len(names):
        return url_for("patient.review_check_in")
    return url_for("patient.check_in_page", _anchor=names[at + 1])
