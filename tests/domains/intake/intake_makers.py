"""Makes complete answers and intakes for tests, through the product's own actions."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.intake.actions.saving import save_section, send_intake
from clinic.intake.actions.starting import start_intake
from clinic.intake.models import Intake
from clinic.intake.rules.questions import sections
from clinic.intake.rules.states import Source
from clinic.kernel.actor import Actor, ActorKind
from clinic.people.models import Patient
from clinic.worklist.models import WorkItem
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING

GOOD = {
    "reasons": {"indications": ("depression",)},
    "tried": {"tried_count": "2", "ketamine_before": "no", "ketamine_allergy": "no", "ketamine_elsewhere": "no"},
    "heart": {"high_pressure": "no", "heart_event": "no", "heart_other": "no", "vessels": "no"},
    "mind": {"psychosis": "no", "mania": "no", "confusion": "no", "suicide": "no"},
    "body": {
        "pregnancy": "no",
        "liver": "no",
        "head": "no",
        "eyes": "no",
        "thyroid": "no",
        "lungs": "no",
        "bladder": "no",
    },
    "medicines": {"groups": ("none",), "list": "nothing"},
    "substances": {
        "kratom": "no",
        "dependence": "no",
        "opioid_disorder": "no",
        "alcohol": "never",
        "cannabis": "never",
    },
    "support": {
        "has_support": "yes",
        "support_name": "Rosa Marin",
        "support_phone": "(305) 555-0199",
        "support_adult": "yes",
    },
    "readings": {
        "has_cuff": "yes",
        "systolic_1": "118",
        "diastolic_1": "76",
        "systolic_2": "121",
        "diastolic_2": "74",
    },
    "home": {"safe_place": "yes", "stable_home": "yes", "emergency_here": "yes"},
}
"""Answers to every part that speak against nothing."""


def person(patient: Patient) -> Actor:
    return Actor(kind=ActorKind.PATIENT, id=patient.id, name="Patient")


def started(session: Session, patient: Patient, *, now=NOW) -> Intake:  # type: ignore[no-untyped-def]
    return start_intake(session, patient_id=patient.id, source=Source.DESK, by=COORDINATOR, now=now, ring=RING)


def answered(session: Session, patient: Patient, *, now=NOW, **changes: dict[str, object]) -> Intake:  # type: ignore[no-untyped-def]
    """Answer every part; `changes` replaces answers of a section."""
    found = started(session, patient, now=now)
    for each in sections():
        given = GOOD[each.key] | changes.get(each.key, {})
        save_section(session, patient_id=patient.id, key=each.key, given=given, by=person(patient), now=now)
    return found


def sent(session: Session, patient: Patient, *, now=NOW, **changes: dict[str, object]) -> Intake:  # type: ignore[no-untyped-def]
    answered(session, patient, now=now, **changes)
    return send_intake(session, patient_id=patient.id, by=person(patient), now=now)


def tasks(session: Session, state: str = "open") -> list[str]:
    """Return the kinds of the tasks about intakes."""
    wanted = select(WorkItem).where(WorkItem.kind.like("intake%"), WorkItem.state == state)
    return sorted(row.kind for row in session.scalars(wanted))
