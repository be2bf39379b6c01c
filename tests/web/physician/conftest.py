"""Dr. Okafor at the browser, and a colleague at another one."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from clinic.access.models import StaffAccount
from clinic.kernel.actor import Role
from tests.domains.treatment.plan_makers import CourseClinic
from tests.web.html import Browser


@pytest.fixture
def doctor(sign_in_as, clinic, session) -> Browser:
    """The browser of Dr. Okafor, who is tied to a physician."""
    browser = sign_in_as(Role.PHYSICIAN, name="Amara Okafor")
    clinic.visit_type()
    clinic.okafor = clinic.physician()
    tie(session, clinic.okafor, "Amara Okafor")
    return browser


@pytest.fixture
def colleague(sign_in_as, clinic, session, doctor) -> Browser:
    """The browser of Dr. Herrera."""
    browser = sign_in_as(Role.PHYSICIAN, name="Luis Herrera")
    clinic.herrera = clinic.physician("Dr. Luis Herrera", zone="America/Chicago")
    tie(session, clinic.herrera, "Luis Herrera")
    return browser


def tie(session, physician, name: str) -> None:
    """Let the account of that name sign in as the physician."""
    physician.staff_id = session.scalars(select(StaffAccount.id).where(StaffAccount.full_name == name)).one()
    session.commit()


@pytest.fixture
def course(session) -> CourseClinic:
    """A clinic with courses, whose Dr. Okafor has the browser `okafor`."""
    course = CourseClinic(session)
    session.commit()
    return course


@pytest.fixture
def okafor(sign_in_as, course, session) -> Browser:
    """The browser of the physician of the clinic with courses."""
    browser = sign_in_as(Role.PHYSICIAN, name="Amara Okafor")
    tie(session, course.okafor, "Amara Okafor")
    course.doctor = replace(course.doctor, id=course.okafor.staff_id)
    return browser
