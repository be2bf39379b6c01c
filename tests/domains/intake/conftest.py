"""A clinic with plans, and a patient in the care of its physician, for every test of intakes."""

from datetime import timedelta

import pytest

from clinic.people import actions as people
from clinic.people.rules import CareReason
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import CourseClinic

DAY = timedelta(days=1)


@pytest.fixture
def courses(session):
    return CourseClinic(session)


@pytest.fixture
def patient(courses):
    made = courses.clinic.patient()
    people.join_care_team(
        courses.session, patient_id=made.id, physician_id=courses.okafor.id, reason=CareReason.ASSIGNED,
        starts_at=NOW - DAY, ends_at=None, subject_id=None, by=COORDINATOR, now=NOW,
    )  # fmt: skip
    return made
