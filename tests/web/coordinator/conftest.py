"""An office with two physicians and a few patients, and a second coordinator."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.ids import new_id
from clinic.people.models import Patient, Physician
from clinic.scheduling import actions
from clinic.scheduling.models import Appointment
from tests.domains.scheduling.calendar_makers import Clinic, at

SAM = Actor(kind=ActorKind.STAFF, id=new_id(), name="Sam Whitfield", roles=frozenset({Role.COORDINATOR}))
"""A colleague who works at the same time."""


@dataclass
class Office:
    """Who works and is treated here; `maker` makes more."""

    session: Session
    maker: Clinic
    okafor: Physician
    herrera: Physician
    ana: Patient

    def visit(self, starts_at: datetime, patient: Patient | None = None, **changes: object) -> Appointment:
        found = self.maker.visit(patient or self.ana, self.okafor, starts_at, **changes)
        self.session.commit()
        return found

    def slot(self, starts_at: datetime, physician: Physician | None = None) -> str:
        """Return the value of a time button."""
        return f"{(physician or self.okafor).id}@{starts_at.isoformat()}"

    def state_of(self, appointment_id: UUID) -> str:
        self.session.expire_all()
        return self.session.get_one(Appointment, appointment_id).state

    def take(self, starts_at: datetime) -> Appointment:
        """Let a colleague hold a time for another patient."""
        held = self.maker.hold(self.maker.patient(), self.okafor, starts_at, by=SAM)
        self.session.commit()
        return held

    def ran_out(self, starts_at: datetime, *, by: Actor) -> Appointment:
        """Make a hold of eleven minutes ago."""
        held = self.maker.hold(self.ana, self.okafor, starts_at, by=by, now=self.maker.now - timedelta(minutes=11))
        self.session.commit()
        return held

    def cancel_elsewhere(self, visit: Appointment) -> None:
        """Let a colleague cancel a visit in another window."""
        reason = "clinic_request"
        actions.cancel(self.session, appointment_id=visit.id, reason=reason, by=SAM, now=self.maker.now)
        self.session.commit()


@pytest.fixture
def office(session: Session) -> Office:
    maker = Clinic(session)
    maker.visit_type()
    made = Office(
        session,
        maker,
        okafor=maker.physician(),
        herrera=maker.physician("Dr. Luis Herrera", zone="America/Chicago", states=("FL",)),
        ana=maker.patient(),
    )
    session.commit()
    return made


@pytest.fixture
def monday_ten() -> datetime:
    return at(23, 10)
