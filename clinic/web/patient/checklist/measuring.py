"""The readings: sit, wait, measure twice, and if need be again; the server says when."""

from typing import Annotated, Any, ClassVar

from flask import render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from pydantic import Field
from sqlalchemy.orm import Session

from clinic.kernel.errors import DomainError
from clinic.session_day.actions import checklist as actions
from clinic.session_day.errors import NoReadingWanted, ReadingRefused, TooEarlyToMeasure
from clinic.session_day.queries.checklists import checklist_row, taken_of
from clinic.session_day.rules.pressure import Reading, Step
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormModel, FormState, NoFields, WholeNumber, blank_form, read_form
from clinic.web.frame.requests import actor, now, see_other
from clinic.web.patient import blueprint
from clinic.web.patient.checklist.finding import PURPOSES, SEEN, OnDay, seen, while_open
from clinic.web.patient.checklist.pages import about
from clinic.web.patient.checklist.wording import reading_refused

_WHOLE = _l("Enter a whole number in digits, as the cuff shows it.")


class ReadingForm(FormModel):
    """What a cuff shows, and an oximeter where there is one; what cannot be is refused by the rules."""

    systolic: Annotated[WholeNumber, Field(ge=0, le=999)]
    diastolic: Annotated[WholeNumber, Field(ge=0, le=999)]
    pulse: Annotated[WholeNumber, Field(ge=0, le=999)]
    spo2: Annotated[WholeNumber, Field(ge=0, le=999)] | None = None

    words: ClassVar[dict[str, Any]] = {"systolic": _WHOLE, "diastolic": _WHOLE, "pulse": _WHOLE, "spo2": _WHOLE}

    def reading(self) -> Reading:
        """Return it as the rules take it."""
        return Reading(systolic=self.systolic, diastolic=self.diastolic, pulse=self.pulse, spo2=self.spo2)


@blueprint.get("/checklist/readings")
@policy.patient_link(*PURPOSES, audit=SEEN)
def measure() -> ResponseReturnValue:
    """Say what is next: sit, wait until a time, enter a reading."""
    return seen(lambda session, found: _page(session, found, blank_form()))


@blueprint.post("/checklist/readings/sit")
@policy.patient_link(*PURPOSES)
def sit_down() -> ResponseReturnValue:
    """Begin the rest before the first reading."""
    form = read_form(NoFields)

    def act(session: Session, found: OnDay) -> ResponseReturnValue:
        if not isinstance(form, FormErrors):
            actions.sit_down(session, appointment_id=found.visit.id, by=actor(), now=now())
        return see_other("patient.measure")

    return while_open(act)


@blueprint.post("/checklist/readings")
@policy.patient_link(*PURPOSES)
def take_reading() -> ResponseReturnValue:
    """Keep one reading; what the cuff cannot show is asked again."""

    def act(session: Session, found: OnDay) -> ResponseReturnValue:
        form = read_form(ReadingForm)
        if isinstance(form, FormErrors):
            return _page(session, found, form), form.status
        try:
            after = actions.take_reading(
                session, appointment_id=found.visit.id, reading=form.reading(), by=actor(), now=now()
            )
        except (ReadingRefused, TooEarlyToMeasure, NoReadingWanted) as refusal:
            return _once_more(session, found, form.refused(_told(refusal)))
        if after.step is Step.DANGER or after.is_first_high or not after.is_over:
            return see_other("patient.measure")
        return see_other("patient.review_checklist" if found.next_step is None else "patient.checklist")

    return while_open(act)


def _told(refusal: DomainError) -> DomainError:
    return reading_refused(refusal)


def _once_more(session: Session, found: OnDay, form: FormErrors) -> ResponseReturnValue:
    return _page(session, found, form), form.status


def _page(session: Session, found: OnDay, form: FormState) -> str:
    assert found.open is not None
    row = checklist_row(session, found.open.part.assessment_id)
    return render_template(
        "patient/checklist/readings.html",
        form=form,
        taken=taken_of(session, row.id) if row else (),
        limits=found.open.limits,
        **about(session, found),
    )
