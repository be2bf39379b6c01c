"""A patient's page: who it is, how to reach them, what they agreed to, their visits and texts."""

from uuid import UUID

from flask import render_template
from sqlalchemy.orm import Session

from clinic.access.queries import sign_ins_of
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.kernel.ids import new_id
from clinic.people import queries
from clinic.people.models import CareTeamMember, Patient, Physician
from clinic.people.rules import county
from clinic.scheduling import queries as scheduling
from clinic.scheduling.queries.lateness import days_that_count, missed_lately
from clinic.scheduling.rules.missing import missed_words
from clinic.web.coordinator import blueprint
from clinic.web.coordinator.courses.summary import course_part
from clinic.web.coordinator.intakes.steps import intake_part
from clinic.web.coordinator.patients.check_ins import check_ins_part
from clinic.web.coordinator.patients.forms import forms_line
from clinic.web.coordinator.patients.history import HistoryQuery, history_part
from clinic.web.coordinator.patients.wording import LANGUAGES
from clinic.web.frame import policy
from clinic.web.frame.forms import blank_form, read_query
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.history_words import OUTCOMES
from clinic.web.record_words import SOURCES

_PAST_VISITS = 20
CONTACT_KINDS = [
    ("call_out", "Call to the patient"),
    ("call_in", "Call from the patient"),
    ("note", "Note"),
]
"""What can be written down about a patient; the form's own codes with their words."""


@blueprint.get("/patients/<uuid:patient_id>")
@policy.staff(Role.COORDINATOR, audit="patient.viewed")
def patient(patient_id: UUID) -> str:
    """Show one patient."""
    wanted = read_query(HistoryQuery)
    with runtime().begin(by=actor()) as session:
        page = chart(session, patient_id, wanted)
        return render_template("coordinator/patients/chart.html", form=blank_form(), **page)


def chart(session: Session, patient_id: UUID, wanted: HistoryQuery) -> dict[str, object]:
    """Return what the page shows but a form for a call or note, and note that it was seen."""
    found = queries.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
    note_viewed(session, patient_id)
    contact = queries.contact_of(session, found)
    return {
        "patient": found,
        "contact": contact,
        "contact_source": SOURCES[contact.source],
        "county": county(found.county_fips),
        "zone_source": zone_source(found),
        "language": dict(LANGUAGES)[found.language],
        "address_line": found.address_line,
        "sharing": [each for each in queries.patients_with_phone(session, found.phone_id) if each.id != found.id],
        "care_team": _care_team(session, patient_id),
        "missed": missed_line(session, patient_id),
        "sign_ins": sign_ins_of(session, patient_id, now=now()),
        "forms_line": forms_line(session, found),
        "upcoming": scheduling.upcoming_for_patient(session, patient_id=patient_id, now=now()),
        "past": scheduling.past_for_patient(session, patient_id=patient_id, now=now(), limit=_PAST_VISITS),
        "clinic_zone": runtime().clinic.zone,
        "kinds": CONTACT_KINDS,
        "outcomes": list(OUTCOMES.items()),
        "key": str(new_id()),
        **course_part(session, patient_id),
        **check_ins_part(session, found),
        **intake_part(session, found),
    } | history_part(session, patient_id, wanted)


def missed_line(session: Session, patient_id: UUID) -> str | None:
    """Return how many visits a patient missed in the days that count, or None."""
    missed = missed_lately(session, patient_id=patient_id, now=now())
    return missed_words(missed, days=days_that_count(session))


def _care_team(session: Session, patient_id: UUID) -> list[tuple[CareTeamMember, Physician]]:
    """Return each physician once, with the place in the team that lasts longest."""
    lasting: dict[UUID, tuple[CareTeamMember, Physician]] = {}
    for member, physician in queries.care_team_of(session, patient_id=patient_id, now=now()):
        known = lasting.setdefault(physician.id, (member, physician))[0]
        if known.ends_at and (member.ends_at is None or member.ends_at > known.ends_at):
            lasting[physician.id] = (member, physician)
    return list(lasting.values())


def zone_source(found: Patient) -> str:
    """Return how we know the zone: where a line divides the county somebody has to have asked."""
    if not county(found.county_fips).is_split:
        return "from the county"
    return "as the patient said" if found.is_zone_confirmed else "assumed from the ZIP code"


def note_viewed(session: Session, patient_id: UUID) -> None:
    """Write that the asking person saw this record (45 CFR 164.312(b))."""
    journal.note(
        session, "patient.viewed", subject_kind="patient", subject_id=patient_id, at=now(), patient_ids=(patient_id,)
    )
