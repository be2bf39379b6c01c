"""Makes open check-ins for tests as a physician and the sweep make them: asked for, opened, with a link."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.kernel.actor import Actor, system
from clinic.kernel.outbox import Outbox
from clinic.monitoring.actions import answering
from clinic.monitoring.actions.check_ins import ask_now
from clinic.monitoring.actions.opening import open_due
from clinic.monitoring.models import Answer, Assessment, CheckIn
from clinic.people.models import Patient
from tests.domains.scheduling.calendar_makers import NOW, RING, patient_actor

SWEEP = system("Calendar")


@dataclass
class Survey:
    """One patient's open check-in, and what tests ask about it."""

    session: Session
    patient: Patient
    id: UUID

    @property
    def by(self) -> Actor:
        return patient_actor(self.patient)

    @property
    def check_in(self) -> CheckIn:
        self.session.expire_all()
        return self.session.get_one(CheckIn, self.id)

    @property
    def parts(self) -> list[Assessment]:
        wanted = select(Assessment).where(Assessment.check_in_id == self.id).order_by(Assessment.position)
        return list(self.session.scalars(wanted.execution_options(populate_existing=True)))

    def part(self, key: str) -> Assessment:
        return next(one for one in self.parts if one.instrument_key == key)

    def save(self, key: str, given: Mapping[str, object], *, now: datetime = NOW) -> answering.Saved:
        part = self.part(key)
        return answering.save_answers_of(self.session, assessment_id=part.id, given=given, by=self.by, now=now)

    def rows(self, key: str) -> list[tuple[str, int | None]]:
        """Return item and value of every row in the order they came."""
        self.session.flush()
        wanted = select(Answer).where(Answer.assessment_id == self.part(key).id).order_by(Answer.id)
        return [(one.item, None if one.value is None else int(one.value)) for one in self.session.scalars(wanted)]

    def newest(self, key: str) -> dict[str, int | None]:
        return dict(self.rows(key))

    def told(self, topic: str) -> list[UUID]:
        """Return whom recorded facts of a topic are about."""
        self.session.flush()
        return list(self.session.scalars(select(Outbox.subject_id).where(Outbox.topic == topic)))

    def token(self) -> str:
        """Return the token that the text about the check-in carries."""
        link = self.session.scalars(select(Link).where(Link.resource_id == self.id)).one()
        return access.render_link(self.session, link_id=link.id, ring=RING)


def survey(session: Session, patient: Patient, *keys: str, is_required: bool = True, now: datetime = NOW) -> Survey:
    """Ask a patient for these instruments and let the sweep open the check-in."""
    found = ask_now(session, patient_id=patient.id, instrument_keys=keys, is_required=is_required, by=SWEEP, now=now)
    open_due(session, now=now, by=SWEEP, ring=RING)
    session.flush()
    return Survey(session, patient, found)


def every(items: str, value: int) -> dict[str, int]:
    """Return the same answer to each of these questions."""
    return dict.fromkeys(items.split(), value)


PHQ9 = "q1 q2 q3 q4 q5 q6 q7 q8 q9"
GAD7 = "q1 q2 q3 q4 q5 q6 q7"
