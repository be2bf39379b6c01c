"""Evidence about patients from every domain, many patients in a handful of statements."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.medication.queries.evidence import supplied_by, units_taken_at
from clinic.monitoring.queries.evidence import Given, check_in_facts, given_by, units_before_sessions
from clinic.monitoring.queries.findings import facts_of
from clinic.monitoring.rules.evidence import CheckInFact, Evidence, FindingFact, SessionTaken, Supplied
from clinic.people.queries import patients_by_id
from clinic.treatment.queries.taken import Course, courses_of

LOOKS_BACK = timedelta(days=400)
"""Rules about repeated claims look back for a year."""

ANSWERS_READ = frozenset(
    {
        *("phq9", "sds_ketamine", "c_ssrs", "lurn_si10", "bladder_extra", "tolerance", "withdrawal", "use_pattern"),
        *("substances", "drug_use", "pre_session", "vitals", "side_effects", "side_effects_between"),
        *("headache_session", "headache_month", "unit_count", "audit_c"),
    }
)
"""Instruments of which rules read single answers; of all others the scores are enough."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What the domains know of some patients, by patient; what is absent is not known."""

    given: dict[UUID, Given]
    courses: dict[UUID, Course]
    units: dict[UUID, int]
    check_ins: dict[UUID, tuple[CheckInFact, ...]]
    findings: dict[UUID, tuple[FindingFact, ...]]
    supplied: dict[UUID, Supplied]


def gather(session: Session, patient_ids: Collection[UUID], *, now: datetime) -> dict[UUID, Evidence]:
    """Return the evidence about these patients.

    Of a patient who never had an order nothing is known of supply, which the rules answer with "no data".
    """
    zones = {patient.id: patient.zone for patient in patients_by_id(session, patient_ids).values()}
    return gather_of(session, zones, now=now) if zones else {}


def gather_of(session: Session, zones: Mapping[UUID, str], *, now: datetime) -> dict[UUID, Evidence]:
    """Return the same about patients whose zones are known already."""
    since = now - LOOKS_BACK
    courses = courses_of(session, list(zones))
    known = _Known(
        given=given_by(session, zones, since=since, instruments=ANSWERS_READ),
        courses=courses,
        units=_units(session, [one.appointment_id for each in courses.values() for one in each.taken]),
        check_ins=check_in_facts(session, zones, since=since),
        findings=facts_of(session, list(zones)),
        supplied=supplied_by(session, list(zones), since=since, zones=zones),
    )
    return {patient_id: _evidence(patient_id, zone, known, now=now) for patient_id, zone in zones.items()}


def _units(session: Session, appointment_ids: list[UUID]) -> dict[UUID, int]:
    """Return how many units each session had: by the ledger, else by the checklist before it."""
    taken = units_taken_at(session, appointment_ids) if appointment_ids else {}
    unknown = [each for each in appointment_ids if each not in taken]
    return taken | units_before_sessions(session, unknown) if unknown else taken


def _evidence(patient_id: UUID, zone: str, known: _Known, *, now: datetime) -> Evidence:
    course = known.courses.get(patient_id)
    sessions = _sessions(course, known.units, zone) if course else ()
    given = known.given[patient_id]
    return Evidence(
        patient_id=patient_id,
        now=now,
        today=in_zone(now, zone).date(),
        phase=course.phase if course else None,
        started_on=sessions[0].on if sessions else None,
        scores=given.scores,
        answers=given.answers,
        sessions=sessions,
        minimum_gap=course.least_gap if course else None,
        planned_per_28_days=course.in_four_weeks if course else None,
        check_ins=known.check_ins.get(patient_id, ()),
        findings=known.findings.get(patient_id, ()),
        supplied=known.supplied[patient_id],
    )


def _sessions(course: Course, units: dict[UUID, int], zone: str) -> tuple[SessionTaken, ...]:
    return tuple(
        SessionTaken(
            appointment_id=each.appointment_id,
            at=each.at,
            on=in_zone(each.at, zone).date(),
            phase=each.phase,
            units=units.get(each.appointment_id),
        )
        for each in course.taken
    )
