"""A clinic with courses."""

import pytest
from sqlalchemy.orm import Session

from tests.domains.treatment.plan_makers import CourseClinic


@pytest.fixture
def course_clinic(session: Session) -> CourseClinic:
    return CourseClinic(session)
