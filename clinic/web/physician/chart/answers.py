"""All answers of one patient: every check-in with its scores, and each question of one assessment."""

from decimal import Decimal
from uuid import UUID

from flask import render_template, url_for

from clinic.dashboards.patient_answers import GivenAt, answer_sheet, check_ins
from clinic.kernel.actor import Role
from clinic.monitoring.rules.items import Item, ItemKind, Words
from clinic.web.frame import policy
from clinic.web.frame.display import day_text
from clinic.web.frame.fields import WholeNumber
from clinic.web.frame.forms import FormModel, read_query
from clinic.web.frame.navigation import may_open
from clinic.web.frame.paging import Page, offset_of
from clinic.web.frame.requests import actor, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.chart.opening import noted, opened
from clinic.web.physician.chart.words import plain

MOMENTS = {
    "intake": "At the start of care",
    "pre": "Before the session",
    "evening": "Evening of the session",
    "day_1": "Day after the session",
    "day_3": "Three days after the session",
    "day_7": "A week after the session",
    "induction_week": "Weekly in induction",
    "monthly": "Monthly",
    "yearly": "Yearly",
    "taper_step": "At a step of the taper",
    "aftercare": "Aftercare",
    "asked": "Asked by a physician",
    "safety": "Asked because an answer gave cause",
}
_FHIR = "physician.assessment_fhir"
_UNITS = {"mm[Hg]": " mmHg", "/min": " a minute", "%": " %", "h": " hours", "d": " days", "kg": " kg", "cm": " cm"}
"""UCUM units in words."""

_YES_NO = {Decimal(1): "Yes", Decimal(0): "No"}


class AnswersQuery(FormModel):
    """Which page of the list."""

    page: WholeNumber = 1


@blueprint.get("/my-patients/<uuid:patient_id>/answers")
@policy.staff(Role.PHYSICIAN, audit="answers.listed")
def answers(patient_id: UUID) -> str:
    """List the check-ins of one patient with everything that was asked, and the scores."""
    number = max(1, min(read_query(AnswersQuery).page, 10_000))
    with runtime().begin(by=actor()) as session:
        found = opened(session, patient_id)
        total, rows = check_ins(session, patient_id, offset=offset_of(number))
        noted(session, "answers.listed", patient_id)
        return render_template(
            "physician/chart/answers.html",
            patient=found.patient,
            alerts=found.alerts,
            page=Page(rows=rows, number=number, total=total),
            moments=MOMENTS,
            plain=plain,
        )


@blueprint.get("/my-patients/<uuid:patient_id>/answers/<uuid:assessment_id>")
@policy.staff(Role.PHYSICIAN, audit="answers.viewed")
def answer(patient_id: UUID, assessment_id: UUID) -> str:
    """Show every question of one assessment with the answers as they were given."""
    with runtime().begin(by=actor()) as session:
        found = opened(session, patient_id)
        sheet = answer_sheet(session, patient_id=patient_id, assessment_id=assessment_id)
        noted(session, "answers.viewed", patient_id, subject=("assessment", assessment_id))
        return render_template(
            "physician/chart/answer.html",
            patient=found.patient,
            alerts=found.alerts,
            sheet=sheet,
            moment=MOMENTS.get(sheet.assessment.moment, sheet.assessment.moment),
            said=said,
            words_in=words_in,
            plain=plain,
            fhir=url_for(_FHIR, patient_id=patient_id, assessment_id=assessment_id) if may_open(_FHIR) else None,
        )


def said(item: Item, one: GivenAt) -> str:
    """Return an answer in words, with its value where the words are a choice."""
    given = one.given
    if given.words is not None:
        return f"\u201c{given.words}\u201d"
    if given.on is not None:
        return day_text(given.on)
    if given.value is None:
        return "Taken back"
    return _number(item, given.value)


def _number(item: Item, value: Decimal) -> str:
    if item.kind is ItemKind.YES_NO:
        return _YES_NO.get(value, plain(value))
    option = item.option(value) if item.kind is ItemKind.CHOICE else None
    if option is not None:
        return f"{words_in(option.text)} ({plain(value)})"
    unit = _UNITS.get(item.unit or "", "")
    most = f" of {plain(item.most)}" if item.low and item.most is not None else ""
    return f"{plain(value)}{most}{unit}"


def words_in(words: Words) -> str:
    """Return words in English, which staff read, else in the first language there is."""
    return words.get("en") or next(iter(words.values()), "")
