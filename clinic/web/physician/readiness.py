"""The gates of a session in a physician's words, what was set aside, and deciding to begin all the same."""

from http import HTTPStatus
from typing import Any, ClassVar
from uuid import UUID

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.kernel.errors import Conflict, Invalid
from clinic.readiness.actions.checking import check
from clinic.readiness.actions.overriding import LONGEST_REASON, override_start, record_held
from clinic.readiness.queries.checks import checks_of, overrides_of, reasons_of
from clinic.readiness.rules.codes import GateCode
from clinic.readiness.rules.facts import Moment
from clinic.readiness.rules.gates import Reason, blocking
from clinic.readiness.rules.wording import for_physician, wording
from clinic.scheduling import queries
from clinic.scheduling.queries import VisitRow
from clinic.web.frame import policy
from clinic.web.frame.forms import (
    FormErrors,
    FormModel,
    FormState,
    Line,
    Many,
    NoFields,
    Note,
    blank_form,
    read_form,
    with_prefix,
)
from clinic.web.frame.requests import actor, now, runtime, see_other
from clinic.web.physician import blueprint
from clinic.web.physician.plans.reading import own_patient, seen_patient
from clinic.web.readiness import MOMENT_WORDS, Standing, panel_of, physician_link, standing, title_of

_CHECKS_SHOWN = 8


class OverrideForm(FormModel):
    """The gates that are set aside for this session, and why."""

    codes: Many[Line]
    reason: Note

    words: ClassVar[dict[str, str]] = {"reason": "Say in a few words why. It is kept with the visit."}


class HeldForm(FormModel):
    """Why a session took place although nobody checked it."""

    reason: Note

    words: ClassVar[dict[str, str]] = {"reason": "Say in a few words how it came. It is kept with the visit."}


@blueprint.get("/my-visits/<uuid:appointment_id>/readiness")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def readiness(appointment_id: UUID) -> str:
    """Show every gate of a session as things stand, what was found before, and what was set aside."""
    with runtime().begin(by=actor()) as session:
        row = queries.visit_row(session, appointment_id)
        patient = seen_patient(session, row.patient_id)
        return render_template("physician/visits/readiness.html", patient=patient, **_page(session, row))


@blueprint.post("/my-visits/<uuid:appointment_id>/readiness/check")
@policy.staff(Role.PHYSICIAN, audit="readiness.checked")
def check_readiness(appointment_id: UUID) -> ResponseReturnValue:
    """Look at the gates again and keep what is found."""
    read_form(NoFields)
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, queries.visit_row(session, appointment_id).patient_id)
            found = check(session, appointment_id=appointment_id, by=actor(), now=now())
    except Conflict as refusal:
        flash(refusal.message, "error")
    else:
        flash("Checked: nothing is in the way." if found.verdict == "go" else "Checked: the session is not ready yet.")
    return see_other("physician.readiness", appointment_id=appointment_id)


@blueprint.get("/my-visits/<uuid:appointment_id>/readiness/override")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="patient.viewed")
def ask_override(appointment_id: UUID) -> ResponseReturnValue:
    """Show what may be set aside at the start, and ask why."""
    return _asking(appointment_id, {})


@blueprint.post("/my-visits/<uuid:appointment_id>/readiness/override")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="readiness.overridden")
def override(appointment_id: UUID) -> ResponseReturnValue:
    """Set gates aside for this session at this time."""
    form = read_form(OverrideForm)
    if isinstance(form, FormErrors):
        return _asking(appointment_id, {"override": form})
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, queries.visit_row(session, appointment_id).patient_id)
            override_start(session, appointment_id=appointment_id, **form.model_dump(), by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _asking(appointment_id, {"override": form.refused(refusal)})
    flash("Set aside for this session at its present time. The rest of the gates still counts.")
    return see_other("physician.readiness", appointment_id=appointment_id)


@blueprint.post("/my-visits/<uuid:appointment_id>/readiness/held")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="readiness.held_unchecked")
def write_down_held(appointment_id: UUID) -> ResponseReturnValue:
    """Write down that a session took place although nobody checked it."""
    form = read_form(HeldForm)
    if isinstance(form, FormErrors):
        return _asking(appointment_id, {"held": form})
    try:
        with runtime().begin(by=actor()) as session:
            own_patient(session, queries.visit_row(session, appointment_id).patient_id)
            record_held(session, appointment_id=appointment_id, reason=form.reason, by=actor(), now=now())
    except (Invalid, Conflict) as refusal:
        return _asking(appointment_id, {"held": form.refused(refusal)})
    flash("Written down: the session took place and was not checked before.")
    return see_other("physician.readiness", appointment_id=appointment_id)


def _asking(appointment_id: UUID, typed: dict[str, FormState]) -> ResponseReturnValue:
    forms = {name: with_prefix(typed.get(name) or blank_form(), name) for name in ("override", "held")}
    with runtime().begin(by=actor()) as session:
        row = queries.visit_row(session, appointment_id)
        patient = seen_patient(session, row.patient_id)
        known = standing(session, row, moment=Moment.START)
        page = render_template(
            "physician/visits/override.html",
            patient=patient,
            visit=row,
            is_over=known is not None and row.ends_at <= now(),
            options=_options(known, row),
            firm=[_said(each, row) for each in _blocks(known) if not each.gate.has_override],
            longest=LONGEST_REASON,
            form_of=forms,
        )
    return page, next((each.status for each in typed.values()), HTTPStatus.OK)


def _blocks(known: Standing | None) -> list[Reason]:
    return list(blocking(known.reasons, known.aside)) if known else []


def _options(known: Standing | None, row: VisitRow) -> list[tuple[str, str, str]]:
    """Return what may be set aside as choices: code, sentence and source."""
    return [
        (each.code.value, _said(each, row), f"Source: {wording(each.code).source}.")
        for each in _blocks(known)
        if each.gate.has_override
    ]


def _said(reason: Reason, row: VisitRow) -> str:
    return for_physician(reason, physician=row.physician_name)


def _page(session: Session, row: VisitRow) -> dict[str, Any]:
    known = standing(session, row)
    panel = None
    if known is not None:
        link = physician_link(row.patient_id)
        panel = panel_of(session, known, say=lambda reason: _said(reason, row), link=link)
    return {
        "visit": row,
        "gates": panel,
        "clinic_zone": runtime().clinic.zone,
        "overrides": [
            (each, [title_of(GateCode(code)) for code in each.codes]) for each in overrides_of(session, row.id)
        ],
        "checks": [
            (each, MOMENT_WORDS[Moment(each.moment)], [title_of(one.code) for one in reasons_of(each)])
            for each in checks_of(session, row.id)[:_CHECKS_SHOWN]
        ],
    }
