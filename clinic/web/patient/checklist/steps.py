"""Answers of one page of the checklist: each is kept before the next page is shown."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from clinic.monitoring.actions.answering import Saved
from clinic.monitoring.rules.asking import Part
from clinic.session_day.actions import checklist as actions
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, read_form
from clinic.web.frame.requests import actor, now, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.check_in.forms import Page, box_name, kept_of, page_form, typed_of
from clinic.web.patient.check_in.showing import refused
from clinic.web.patient.checklist.finding import PURPOSES, STEPS, OnDay, found_checklist, while_open
from clinic.web.patient.checklist.pages import step_page


@blueprint.post("/checklist/<any(you, body, food, taken, around):topic>")
@policy.patient_link(*PURPOSES)
def answer_checklist(topic: str) -> ResponseReturnValue:
    """Keep the answers of one page; what is missing or cannot be is asked again with everything that was typed."""
    return while_open(lambda session, found: _keep(session, found, topic))


def _keep(session: Session, found: OnDay, step: str) -> ResponseReturnValue:
    assert found.open is not None
    part = found.open.part
    form = read_form(page_form([part]))
    typed = kept_of(form, [part]) if isinstance(form, FormErrors) else typed_of(form, [part], sent=request.form)
    given = {key: value for key, value in typed.get(part.assessment_id, {}).items() if key in STEPS[step]}
    saved = actions.save_answers(session, appointment_id=found.visit.id, given=given, by=actor(), now=now())
    if saved.shows:
        return see_other("patient.check_in_help")
    after = found_checklist(session)
    if after is None or after.open is None:
        return see_other("patient.checklist")
    wrong = _wrong(form, saved, part=part, missing=[key for key in STEPS[step] if key in after.open.missing])
    if wrong.has_errors:
        return step_page(session, after, (step, wrong)), wrong.status
    return _onward(after)


def _wrong(form: Page | FormErrors, saved: Saved, *, part: Part, missing: list[str]) -> FormErrors:
    """Return the page with what was typed, and a sentence at every box that is empty or could not be kept."""
    errors: dict[str, str] = dict(form.errors) if isinstance(form, FormErrors) else {}
    problems = form.problems if isinstance(form, FormErrors) else ()
    for key in missing:
        item = part.instrument.item(key)
        assert item is not None
        errors.setdefault(box_name(part, item), _("Answer this question."))
    for (_part_id, key), refusal in saved.refused.items():
        item = part.instrument.item(key)
        assert item is not None
        errors[box_name(part, item)] = refused(refusal)
    values: Mapping[str, str] = {name: request.form[name] for name in request.form if name != "csrf_token"}
    return FormErrors(values=values, errors=errors, problems=problems, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _onward(found: OnDay) -> Response:
    if found.next_step is not None:
        return redirect(url_for("patient.checklist_step", topic=found.next_step), HTTPStatus.SEE_OTHER)
    assert found.open is not None
    if not found.open.ladder.is_over:
        return see_other("patient.measure")
    return see_other("patient.review_checklist")
