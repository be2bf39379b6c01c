"""One intake for the physician: reasons with their sources, readings, scores, every answer, and earlier decisions."""

from collections.abc import Mapping
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from clinic.intake.models import Intake
from clinic.intake.queries.intakes import decisions_of, evidence_now, intake_of
from clinic.intake.rules.facts import Evidence
from clinic.intake.rules.questions import filled, section, sections
from clinic.intake.rules.states import Decision, IntakeState
from clinic.kernel.actor import Role
from clinic.kernel.phone import for_reading
from clinic.people.models import Patient
from clinic.web.frame import policy
from clinic.web.frame.forms import FormErrors, FormState, blank_form
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.intake_words import DECIDED, LOOKS, OUTCOMES
from clinic.web.physician import blueprint
from clinic.web.physician.plans.reading import seen_patient

_NUMBERS: Mapping[str, str] = {
    "age": "Age",
    "mean_systolic": "Mean of readings, upper",
    "mean_diastolic": "Mean of readings, lower",
    "highest_systolic": "Highest reading, upper",
    "highest_diastolic": "Highest reading, lower",
    "phq9": "PHQ-9",
    "gad7": "GAD-7",
    "c_ssrs": "C-SSRS (0 none, 1 low, 2 moderate, 3 high)",
    "audit_c": "AUDIT-C",
    "drug_use": "Drug use, times in a year",
    "tried_count": "Treatments tried",
}


@blueprint.get("/my-patients/<uuid:patient_id>/intake")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def intake(patient_id: UUID) -> ResponseReturnValue:
    """Show everything that decides about the intake."""
    return intake_page(patient_id, None, is_deciding=False)


def intake_page(patient_id: UUID, form: FormState | None, *, is_deciding: bool = True) -> ResponseReturnValue:
    """Return the page; `form` is a decision that was refused, with what was typed."""
    with runtime().begin(by=actor()) as session:
        patient = seen_patient(session, patient_id)
        found = intake_of(session, patient.id)
        page = render_template(
            "physician/intake/intake.html",
            patient=patient,
            clinic_zone=runtime().clinic.zone,
            form=form or blank_form(),
            failed=form if isinstance(form, FormErrors) else None,
            found=found,
            is_deciding=is_deciding,
            **(_shown(session, found, patient) if found else {}),
        )
    return page, form.status if form else 200


def _shown(session: Session, found: Intake, patient: Patient) -> dict[str, object]:
    evidence = evidence_now(session, found, patient, now=now())
    decisions = decisions_of(session, found.id)
    return {
        "look": LOOKS[IntakeState(found.state)],
        "is_waiting": found.state == IntakeState.WAITING,
        "shown": evidence.hash,
        "reasons": [(each, *OUTCOMES[each.row.outcome]) for each in evidence.verdict.reasons],
        "numbers": [(word, evidence.numbers.get(name)) for name, word in _NUMBERS.items()],
        "chapters": _answers(evidence),
        "engine": evidence.verdict.version,
        "choices": [(each.key, each.title["en"]) for each in sections()],
        "decisions": [
            {
                "at": each.at,
                "what": DECIDED[Decision(each.decision)],
                "detail": _detail(each.reason or "", each.sections),
                "who": each.actor_name,
            }
            for each in decisions
        ],
    }


def _detail(reason: str, asked: list[str]) -> str:
    titles = ", ".join(section(key).title["en"] for key in asked)
    return f"{reason} Asked again: {titles}." if titles else reason


def _answers(evidence: Evidence) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """Return each section with its questions and the answers in words; None is no answer."""
    found = []
    for each in sections():
        given = evidence.answers.get(each.key, {})
        rows = [
            (
                filled(one.text["en"], evidence.limits),
                _told(one.key, one.told(given[one.key], "en", evidence.limits)) if one.key in given else None,
            )
            for one in each.questions
            if one.is_asked(given)
        ]
        found.append((each.title["en"], rows))
    return found


def _told(key: str, words: str) -> str:
    return for_reading(words) if key == "support_phone" else words
