"""What stands beside a timeline: open flags with their sentences, what waits for the physician, and the plan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from clinic.conversations import queries as conversations
from clinic.people import queries as people
from clinic.treatment import queries as treatment
from clinic.treatment.queries import notes, reviews
from clinic.treatment.rules.plans import phase_words, wanted_in
from clinic.web.frame.display import day_text
from clinic.web.frame.navigation import may_open
from clinic.web.frame.requests import now
from clinic.web.physician.chart.opening import Chart


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing that waits for the physician, with the page where it is done."""

    title: str
    detail: str
    href: str
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSummary:
    """A live plan in four lines."""

    physician: str
    phase: str
    sessions: int
    last_at: datetime | None
    next_at: datetime | None
    next_zone: str


def needs(session: Session, chart: Chart) -> list[Need]:
    """Return what waits for this physician about this patient, except flags, which stand above it."""
    return [*_reviews(session, chart), *_notes(session, chart), *_messages(session, chart), *_check_ins(chart)]


def plan_summary(session: Session, chart: Chart) -> PlanSummary | None:
    """Return the live plan of the patient, if there is one."""
    plan = treatment.plan_of_patient(session, chart.patient.id)
    if plan is None:
        return None
    how_far = treatment.progress(session, plan, now=now())
    coming = how_far.next_visit
    rules = treatment.rules_of_plan(session, plan)
    return PlanSummary(
        physician=people.physician(session, plan.physician_id).full_name,
        phase=phase_words(how_far.phase, taken=how_far.taken_in_phase, wanted=wanted_in(how_far.phase, rules)),
        sessions=how_far.count_taken,
        last_at=how_far.last_taken_at,
        next_at=coming.starts_at if coming else None,
        next_zone=coming.physician_zone if coming else chart.patient.zone,
    )


def _reviews(session: Session, chart: Chart) -> Iterator[Need]:
    if not may_open("physician.sign_off"):
        return
    for due in reviews.reviews_due(session, patient_ids=[chart.patient.id], now=now()):
        href = url_for("physician.sign_off", item=f"review-{due.plan_id}-{due.about_key}")
        yield Need(title=due.title, detail=due.sentence, href=href, word="Review and sign")


def _notes(session: Session, chart: Chart) -> Iterator[Need]:
    waiting = notes.unsigned_of(session, chart.me.id)
    for one in waiting:
        if one.patient_id == chart.patient.id:
            href = url_for("physician.note", patient_id=chart.patient.id, note_id=one.note_id)
            begun = f"Begun {day_text(one.created_at.date())}"
            yield Need(title="Sign your note", detail=begun, href=href, word="Review and sign")


def _messages(session: Session, chart: Chart) -> Sequence[Need]:
    unread = conversations.count_unread_by_staff(session, chart.patient.id)
    if not unread:
        return ()
    href = url_for("physician.patient_messages", patient_id=chart.patient.id)
    words = f"{unread} new {'message' if unread == 1 else 'messages'}"
    return (Need(title=words, detail="From the patient", href=href, word="Read"),)


def _check_ins(chart: Chart) -> Iterator[Need]:
    """Give the oldest check-in that waits for the patient, which the physician may know of before a call."""
    waiting = [one for one in chart.timeline.check_ins if one.state == "open" and one.due_on < chart.timeline.today]
    if waiting:
        href = url_for("physician.answers", patient_id=chart.patient.id)
        detail = f"Open since {day_text(waiting[0].due_on)}. The patient has the link."
        yield Need(title="A check-in is not answered yet", detail=detail, href=href, word="See answers")


def links(patient_id: UUID) -> list[tuple[str, str]]:
    """Return the pages that a physician goes to from a chart, those that are there."""
    wanted = (
        ("Ask for a check-in now", "physician.ask_check_in"),
        ("Record a finding", "physician.findings"),
        ("Write a note", "physician.new_note"),
        ("All answers", "physician.answers"),
        ("Summary to print", "physician.chart_summary"),
    )
    return [(word, url_for(endpoint, patient_id=patient_id)) for word, endpoint in wanted if may_open(endpoint)]
