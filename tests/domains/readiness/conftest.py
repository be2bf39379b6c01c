"""A clinic with a course and one session that is booked for tomorrow."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from clinic.scheduling.models import Appointment
from clinic.treatment.models import TreatmentPlan
from tests.domains.scheduling.calendar_makers import COORDINATOR
from tests.domains.treatment.plan_makers import CourseClinic, book, on


@dataclass
class Coming:
    """A session on Wednesday at two, its plan, and the clinic."""

    clinic: CourseClinic
    plan: TreatmentPlan
    visit: Appointment

    @property
    def session(self) -> Session:
        return self.clinic.session

    @property
    def starts_at(self) -> datetime:
        return self.visit.starts_at

    def do(self, act, *, now: datetime | None = None, **changes):
        wanted = {"appointment_id": self.visit.id, "by": COORDINATOR, "now": now or self.starts_at} | changes
        return act(self.session, **wanted)


@pytest.fixture
def coming(session: Session) -> Coming:
    clinic = CourseClinic(session)
    plan = clinic.plan(since=on("2026-11-20"))
    return Coming(clinic, plan, book(session, plan, at=on("2026-11-25", 14), now=on("2026-11-23", 8)))


@pytest.fixture
def hour() -> timedelta:
    return timedelta(hours=1)
