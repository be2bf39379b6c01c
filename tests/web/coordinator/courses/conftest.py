"""A coordinator at a browser and a clinic with a program."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.messaging.models import Message
from clinic.people.models import Patient
from clinic.scheduling.models import Appointment
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.rules.phases import Phase
from tests.domains.treatment.plan_makers import CourseClinic, enter, take
from tests.web.html import Browser, Page


@dataclass
class Program:
    """The clinic, one patient with a plan, and the pages about both."""

    made: CourseClinic
    desk: Browser
    ana: Patient

    @property
    def session(self) -> Session:
        return self.made.session

    def plan(self, phase: Phase = Phase.INDUCTION, **changes: object) -> TreatmentPlan:
        found = self.made.plan(phase, patient=self.ana, **changes)
        self.session.commit()
        return found

    def take(self, plan: TreatmentPlan, *times: datetime, **changes: object) -> None:
        for at in times:
            take(self.session, plan, at=at, **changes)
        self.session.commit()

    def enter(self, plan: TreatmentPlan, phase: Phase, **changes: object) -> None:
        enter(self.session, plan, phase, by=self.made.doctor, **changes)
        self.session.commit()

    @property
    def planner(self) -> str:
        return f"/patients/{self.ana.id}/course"

    def open(self, **query: object) -> Page:
        return self.desk.get(self.planner, **query)

    def visits(self) -> list[Appointment]:
        """Return the patient's visits that are booked, in time order."""
        self.session.expire_all()
        wanted = select(Appointment).where(Appointment.patient_id == self.ana.id, Appointment.state == "booked")
        return list(self.session.scalars(wanted.order_by(Appointment.starts_at)))

    def texts(self) -> list[str]:
        """Return the kinds of the texts about the course that are on their way."""
        wanted = select(Message.template_key).where(Message.subject_kind == "plan", Message.state == "pending")
        return list(self.session.scalars(wanted))


@pytest.fixture
def program(session: Session, desk: Browser) -> Program:
    made = CourseClinic(session)
    found = Program(made, desk, made.patient())
    session.commit()
    return found
