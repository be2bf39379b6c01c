"""Whom a support person's link is for, and where that person's part stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.people.models import Patient
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries import appointment
from clinic.scheduling.rules.states import UPCOMING, AppointmentState
from clinic.session_day.models import SupportPerson
from clinic.session_day.queries.persons import started_at, support_person, watch_of
from clinic.session_day.queries.standing import standing_of
from clinic.session_day.rules.watching import Watch
from clinic.web.frame.language import prefer
from clinic.web.frame.requests import now, visitor

PURPOSE = "support"
SEEN = "support_page.viewed"


class Stage(StrEnum):
    """Which page a support person needs now."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    ATTESTING = "attesting"
    READY = "ready"
    WATCHING = "watching"
    ENDED = "ended"
    DECLINED = "declined"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Supporting:
    """A support person's part of one session."""

    person: SupportPerson
    visit: Appointment
    patient: Patient
    stage: Stage
    began_at: datetime | None
    watch: Watch | None

    @property
    def person_id(self) -> UUID:
        """Return the id that the verbs take."""
        return self.person.id

    @property
    def first_name(self) -> str:
        """Return how the patient is called."""
        return self.patient.preferred_name or self.patient.legal_first_name


def supporting(session: Session) -> Supporting:
    """Return the part of the link's person, and speak that person's language; raises NoSupportPerson."""
    link = visitor().link
    assert link is not None
    person = support_person(session, link.resource_id)
    prefer(person.language)
    visit = appointment(session, person.appointment_id)
    began = started_at(session, visit.id)
    return Supporting(
        person=person,
        visit=visit,
        patient=session.get_one(Patient, visit.patient_id),
        stage=_stage(session, person, visit),
        began_at=began,
        watch=watch_of(session, visit.id, now=now()) if began else None,
    )


def _stage(session: Session, person: SupportPerson, visit: Appointment) -> Stage:
    said = standing_of(session, [visit.id], now=now())[visit.id].support_person
    is_on = visit.state in {AppointmentState.IN_PROGRESS, AppointmentState.COMPLETED}
    if person.watch_ended_at is not None:
        return Stage.ENDED
    if said == "declined" or not (is_on or visit.state in UPCOMING):
        return Stage.DECLINED if said == "declined" else Stage.OFF
    if said == "attested":
        return Stage.WATCHING if is_on else Stage.READY
    if visit.state == AppointmentState.COMPLETED:
        return Stage.OFF
    is_today = in_zone(now(), visit.location_zone).date() == in_zone(visit.starts_at, visit.location_zone).date()
    if is_on or is_today:
        return Stage.ATTESTING
    return Stage.CONFIRMED if said == "confirmed" else Stage.ASKED
