"""What a patient sees of the checklist: how far it is, one page of questions, the end and what comes next."""

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.scheduling.queries import preparation_times
from clinic.scheduling.rules.states import AppointmentState
from clinic.session_day.queries.persons import support_person_of
from clinic.session_day.rules.checklist import STOPPING, Reason
from clinic.web.frame import policy
from clinic.web.frame.forms import FormState, filled
from clinic.web.patient import blueprint
from clinic.web.patient.check_in.forms import box_name, held
from clinic.web.patient.check_in.showing import Asked, Section
from clinic.web.patient.checklist.finding import PURPOSES, SEEN, STEPS, OnDay, seen
from clinic.web.patient.checklist.wording import TITLES, reason_words


@blueprint.get("/checklist")
@policy.patient_link(*PURPOSES, audit=SEEN)
def checklist() -> ResponseReturnValue:
    """Say what is asked and how far it is."""
    return seen(lambda session, found: render_template("patient/checklist/start.html", **about(session, found)))


@blueprint.get("/checklist/<any(you, body, food, taken, around):topic>")
@policy.patient_link(*PURPOSES, audit=SEEN)
def checklist_step(topic: str) -> ResponseReturnValue:
    """Ask a few questions that belong together."""
    return seen(lambda session, found: step_page(session, found, (topic, filled(_held(found)))))


@blueprint.get("/checklist/end")
@policy.patient_link(*PURPOSES, audit=SEEN)
def checklist_end() -> ResponseReturnValue:
    """Say how the checklist ended, and what comes next."""
    return seen(_end, is_end=True)


def step_page(session: Session, found: OnDay, asked: tuple[str, FormState]) -> str:
    """Return one page of questions with what its boxes hold."""
    step, form = asked
    assert found.open is not None
    part = found.open.part
    hidden = {"hydrated"} if found.open.is_fluid_restricted else set()
    items = [item for item in part.asked if item.key in STEPS[step] and item.key not in hidden]
    return render_template(
        "patient/checklist/step.html",
        step=step,
        form=form,
        section=Section(part),
        asked=[(box_name(part, item), Asked(part, item)) for item in items],
        food_until=preparation_times(session, found.visit.starts_at).food_until if step == "food" else None,
        **about(session, found),
    )


def about(session: Session, found: OnDay) -> dict[str, object]:
    """Return what every page of an open checklist knows."""
    assert found.open is not None
    names = list(STEPS)
    return {
        "patient": found.patient,
        "visit": found.visit,
        "titles": TITLES,
        "steps": [(step, found.is_step_done(step)) for step in names],
        "next_step": found.next_step,
        "readings": found.open.ladder,
        "is_late": found.open.is_late,
        "is_complete": found.next_step is None and found.open.ladder.is_over,
        "may_send": (found.next_step is None and found.open.ladder.is_over) or _stops(found),
        "shows": frozenset(rung.shows for rung in found.open.part.alarms if rung.shows),
        "support": support_person_of(session, found.visit.id),
    }


def _stops(found: OnDay) -> bool:
    assert found.open is not None
    return bool(set(found.open.would_be.reasons) & STOPPING)


def _held(found: OnDay) -> dict[str, object]:
    assert found.open is not None
    part = found.open.part
    return {box_name(part, item): held(part.given.get(item.key)) for item in part.asked}


def _end(session: Session, found: OnDay) -> ResponseReturnValue:
    if found.finished is None:
        return step_or_start(session, found)
    reasons = found.finished.reasons
    return render_template(
        "patient/checklist/end.html",
        patient=found.patient,
        visit=found.visit,
        outcome=found.finished.outcome,
        finished_at=found.finished.finished_at,
        is_late=found.finished.is_late,
        reasons=reason_words(reasons),
        is_danger=Reason.PRESSURE_DANGER.value in reasons,
        is_crisis=Reason.THOUGHTS.value in reasons,
        has_begun=found.visit.state in {AppointmentState.IN_PROGRESS, AppointmentState.COMPLETED},
        is_over=found.visit.state == AppointmentState.COMPLETED,
    )


def step_or_start(session: Session, found: OnDay) -> ResponseReturnValue:
    """Return the first page of a checklist that is still open."""
    return render_template("patient/checklist/start.html", **about(session, found))
