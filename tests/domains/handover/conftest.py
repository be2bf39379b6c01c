"""A clinic with courses, and a colleague who can take patients over."""

import pytest
from sqlalchemy import select

from clinic.treatment.rules.phases import Phase
from clinic.worklist.models import WorkItem
from tests.domains.treatment.plan_makers import CourseClinic, on


@pytest.fixture
def courses(session):
    return CourseClinic(session)


@pytest.fixture
def haddad(courses):
    """Return Dr. Haddad, licensed in both states, with the actor who signs in."""
    return courses.physician("Dr. Noor Haddad")


@pytest.fixture
def plan(courses):
    return courses.plan(Phase.MAINTENANCE, since=on("2026-10-26"))


@pytest.fixture
def kinds_open(session):
    """Return the kinds of a patient's open tasks, in order, without those about dates to book."""

    def found(patient_id):
        session.flush()
        rows = select(WorkItem.kind).where(WorkItem.patient_id == patient_id, WorkItem.state == "open")
        return sorted(kind for kind in session.scalars(rows) if kind not in {"next_dates_due", "review_due"})

    return found
