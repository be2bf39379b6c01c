"""A physician asks for a check-in now, apart from the calendar."""

from typing import ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError, Invalid, NotFound
from clinic.monitoring.actions.check_ins import ask_now
from clinic.monitoring.queries.instruments import instruments
from clinic.web.frame import policy
from clinic.web.frame.fields import Line, Many, Tick
from clinic.web.frame.forms import FormErrors, FormModel, FormState, blank_form, read_form
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.chart.opening import noted, opened
from clinic.web.physician.own import own_record
from clinic.web.physician.plans.reading import own_patient

_FIRST = ("phq9", "gad7", "c_ssrs", "sds_ketamine", "craving", "withdrawal", "side_effects_between", "lurn_si10")
"""What physicians ask for most; the rest follows by name."""

_NOT_ALONE = ("pre_session",)
"""The checklist belongs to a session and is never asked by itself."""


class AskForm(FormModel):
    """What to ask, and whether the next refill waits for it."""

    what: Many[Line]
    required: Tick

    words: ClassVar[dict[str, str]] = {"what": "Choose what to ask."}


class NothingChosen(Invalid):
    """Nothing was chosen to ask."""

    code = "nothing_chosen"


@blueprint.get("/my-patients/<uuid:patient_id>/ask")
@policy.staff(Role.PHYSICIAN, audit="chart.viewed")
def ask_check_in(patient_id: UUID) -> ResponseReturnValue:
    """Show what can be asked now."""
    return _show(patient_id, blank_form())


@blueprint.post("/my-patients/<uuid:patient_id>/ask")
@policy.staff(Role.PHYSICIAN, audit="chart.viewed")
def save_check_in(patient_id: UUID) -> ResponseReturnValue:
    """Ask it; the patient gets a text with the link, by day."""
    form = read_form(AskForm)
    if isinstance(form, FormErrors):
        return _show(patient_id, form)
    try:
        with runtime().begin(by=actor()) as session:
            own_record(session)
            own_patient(session, patient_id)
            ask_now(
                session,
                patient_id=patient_id,
                instrument_keys=_chosen(session, form),
                is_required=form.required,
                by=actor(),
                now=now(),
            )
    except NotFound:
        raise
    except DomainError as refusal:
        return _show(patient_id, form.refused(refusal))
    flash("Asked. The patient gets a text with the link, now or at 8 in the morning.")
    return see_other("physician.chart", patient_id=patient_id)


def _chosen(session: Session, form: AskForm) -> list[str]:
    """Return what was chosen, in the order of the page; raises NothingChosen."""
    found = [key for key, _ in _choices(session) if key in form.what]
    if not found or len(found) < len(set(form.what)):
        raise NothingChosen("Choose what to ask.", field="what")
    return found


def _choices(session: Session) -> list[tuple[str, str]]:
    """Return what can be asked, with the names that staff know."""
    known = {key: one.name for key, one in instruments(session).items() if key not in _NOT_ALONE}
    rest = sorted(known.keys() - set(_FIRST), key=lambda key: known[key])
    return [(key, known[key]) for key in (*_FIRST, *rest) if key in known]


def _show(patient_id: UUID, form: FormState) -> ResponseReturnValue:
    with runtime().begin(by=actor()) as session:
        found = opened(session, patient_id)
        choices = _choices(session)
        noted(session, "chart.viewed", patient_id)
        page = render_template(
            "physician/chart/ask.html", patient=found.patient, alerts=found.alerts, choices=choices, form=form
        )
    return page, form.status
