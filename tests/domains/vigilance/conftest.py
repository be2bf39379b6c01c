"""A watched patient."""

import pytest
from sqlalchemy.orm import Session

from tests.domains.treatment.plan_makers import CourseClinic
from tests.domains.vigilance.watch import Watch


@pytest.fixture
def watch(session: Session) -> Watch:
    return Watch(session, CourseClinic(session))
