"""Checking the list once more, and sending it."""

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from clinic.monitoring.errors import AnswersMissing
from clinic.monitoring.rules.items import Item
from clinic.session_day.actions import checklist as actions
from clinic.session_day.errors import ReadingsMissing
from clinic.session_day.queries.checklists import Checklist
from clinic.session_day.rules.checklist import PUT_RIGHT
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, NoFields, read_form
from clinic.web.frame.requests import actor, now, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.check_in.showing import Asked
from clinic.web.patient.checklist.finding import PURPOSES, SEEN, STEPS, OnDay, seen, while_open
from clinic.web.patient.checklist.pages import about
from clinic.web.patient.checklist.wording import reason_words


@blueprint.get("/checklist/send")
@policy.patient_link(*PURPOSES, audit=SEEN)
def review_checklist() -> ResponseReturnValue:
    """Show the answers once more before they are sent (WCAG 2.2, 3.3.4)."""
    return seen(_review)


@blueprint.post("/checklist/send")
@policy.patient_link(*PURPOSES)
def send_checklist() -> ResponseReturnValue:
    """Send the list; pressed twice, the second time finds it done."""
    form = read_form(NoFields)

    def send(session: Session, found: OnDay) -> ResponseReturnValue:
        if isinstance(form, FormErrors):
            return see_other("patient.review_checklist")
        try:
            actions.finish(session, appointment_id=found.visit.id, by=actor(), now=now())
        except (AnswersMissing, ReadingsMissing):
            flash(_("Something is still missing. Go on with what is open below."), "error")
            return see_other("patient.checklist")
        return see_other("patient.checklist_end")

    return while_open(send)


def _review(session: Session, found: OnDay) -> ResponseReturnValue:
    assert found.open is not None
    shown = [(step, [_said(found.open, item) for item in _items(found, step)]) for step in STEPS]
    fixable = [reason for reason in found.open.would_be.reasons if reason in PUT_RIGHT]
    return render_template(
        "patient/checklist/send.html", shown=shown, fixable=reason_words(fixable), **about(session, found)
    )


def _said(found: Checklist, item: Item) -> tuple[str, str | None]:
    asked = Asked(found.part, item)
    return asked.text, asked.told(found.part.given.get(item.key))


def _items(found: OnDay, step: str) -> list[Item]:
    assert found.open is not None
    return [item for item in found.open.part.asked if item.key in STEPS[step] and item.key in found.open.part.given]
