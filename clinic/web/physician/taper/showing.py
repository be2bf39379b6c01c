"""The taper page: steps with their days and what was looked at, the next step's gate, checks afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.dashboards.deciding import taper_readings
from clinic.kernel.actor import Role
from clinic.kernel.localtime import in_zone
from clinic.people import queries as people
from clinic.treatment import queries
from clinic.treatment.models import TaperPlan, TreatmentPlan
from clinic.treatment.queries.tapers import TaperView, taper_limits, taper_of
from clinic.treatment.rules.phases import NEXT_PHASES, Phase
from clinic.treatment.rules.plans import PHASE_NAMES
from clinic.treatment.rules.tapers import Gate, Returned, StepState, aftercare_days, gate, gate_of
from clinic.web.frame import policy
from clinic.web.frame.forms import FormState, blank_form, with_prefix
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.plans.reading import Opened, seen_patient

RETURNED: Mapping[Returned, str] = MappingProxyType(
    {
        Returned.NONE_LEFT: "None left",
        Returned.TAKE_BACK: "Taken to a drug take-back place",
        Returned.MAIL_BACK: "Mailed back",
        Returned.DESTROYED: "Destroyed at home",
    }
)
STATES: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        StepState.WAITING: ("Planned", "info", "○"),
        StepState.DONE: ("Taken", "good", "✓"),
        StepState.HELD: ("On hold", "warn", "!"),
        StepState.SKIPPED: ("Skipped", "neutral", "\u00d7"),
    }
)
_VERDICTS = {"within": ("Within", "good", "✓"), "over": ("Over", "warn", "!"), "no_data": ("No data", "neutral", "?")}
_NEXT_AFTER_STOP = (Phase.MAINTENANCE, Phase.AFTERCARE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A form of the page that was sent and cannot be used: which one, and how it stands."""

    name: str
    form: FormState


@blueprint.get("/my-patients/<uuid:patient_id>/taper")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def taper(patient_id: UUID) -> ResponseReturnValue:
    """Show the taper, or the form that begins one."""
    return taper_page(patient_id, None)


def present_gate(session: Session, plan: TreatmentPlan, known: TaperPlan) -> Gate:
    """Return what the newest readings say about the next step of a taper."""
    readings = taper_readings(session, patient_id=plan.patient_id, started_on=known.started_on)
    today = in_zone(now(), people.patient(session, plan.patient_id).zone).date()
    return gate(readings, taper_limits(session), today=today)


def taper_page(patient_id: UUID, typed: Typed | None) -> ResponseReturnValue:
    """Return the page, with the one form on it that could not be used as it was sent."""
    with runtime().begin(by=actor()) as session:
        patient = seen_patient(session, patient_id)
        plan = queries.plan_of_patient(session, patient_id)
        if plan is None:
            return render_template("physician/taper/none.html", patient=patient)
        found = Opened(patient=patient, plan=plan)
        view = taper_of(session, found.plan.id)
        page = render_template(
            "physician/taper/taper.html",
            patient=found.patient,
            plan=found.plan,
            phase=Phase(found.plan.phase),
            phase_names=PHASE_NAMES,
            view=view,
            form_of=_forms(typed, found.plan, view),
            limits=taper_limits(session),
            may_start=_may_start(found.plan, view),
            usual=queries.rules_of_plan(session, found.plan).taper.gaps_days,
            clinic_zone=runtime().clinic.zone,
            **(_facts(session, found, view) if view else {}),
        )
    return page, typed.form.status if typed else 200


def _facts(session: Session, found: Opened, view: TaperView) -> dict[str, object]:
    known = view.taper
    weeks = queries.rules_of_plan(session, found.plan).aftercare.after_weeks
    return {
        "gate": present_gate(session, found.plan, known) if view.next_step else None,
        "gates": {step.number: gate_of(step.gate) for step in view.steps if step.gate},
        "checks": aftercare_days(_ends_on(view), weeks) if known.state != "stopped" else [],
        "states": STATES,
        "verdicts": _VERDICTS,
        "returned": [(key.value, word) for key, word in RETURNED.items()],
        "returned_words": {key.value: word for key, word in RETURNED.items()},
        "stops": [("", "Stay in the taper and write other steps")]
        + [(each.value, PHASE_NAMES[each]) for each in NEXT_PHASES[Phase.TAPER] if each in _NEXT_AFTER_STOP],
        "booked": [row for row in queries.progress(session, found.plan, now=now()).planned if row.starts_at > now()],
    }


def _ends_on(view: TaperView) -> date:
    """Return the day from which the checks afterwards count: the last step that was or will be taken."""
    kept = [step for step in view.steps if step.state != StepState.SKIPPED]
    return view.taper.ended_on or (kept or view.steps)[-1].planned_on


def _forms(typed: Typed | None, plan: TreatmentPlan, view: TaperView | None) -> dict[str, FormState]:
    """Return the page's forms by name, each with its own ids; the one that was sent keeps what was typed."""
    known = view.taper if view else None
    blank = {
        "start": blank_form(prefix="start", version=plan.version),
        **{name: blank_form(prefix=name) for name in ("take", "hold", "skip", "stop", "complete")},
        "relapse": blank_form(prefix="relapse", relapse_plan=known.relapse_plan if known else None),
    }
    return blank | ({typed.name: with_prefix(typed.form, typed.name)} if typed else {})


def _may_start(plan: TreatmentPlan, view: TaperView | None) -> bool:
    if view is not None and view.is_running:
        return False
    return plan.phase == Phase.TAPER or Phase.TAPER in NEXT_PHASES[Phase(plan.phase)]
