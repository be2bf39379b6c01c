"""Patients with booked visits who open the link of their text."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.people.models import Patient, Physician
from clinic.scheduling.models import Appointment
from tests.domains.scheduling.calendar_makers import RING, Clinic, at
from tests.web.html import Browser, Page


@dataclass
class Practice:
    """One physician, one visit of Marisol's on Wednesday at 10:30, and what tests do with them."""

    session: Session
    maker: Clinic
    okafor: Physician
    marisol: Patient
    visit: Appointment

    def token(self, visit: Appointment | None = None) -> str:
        """Return the token that the text about a visit carries."""
        link = self.session.scalars(select(Link).where(Link.resource_id == (visit or self.visit).id)).one()
        return access.render_link(self.session, link_id=link.id, ring=RING)

    def slot(self, starts_at: datetime) -> str:
        return f"{self.okafor.id}@{starts_at.isoformat()}"

    def now_is(self, appointment_id: UUID | None = None) -> Appointment:
        self.session.expire_all()
        return self.session.get_one(Appointment, appointment_id or self.visit.id)

    def another(self, starts_at: datetime, **changes: object) -> Appointment:
        made = self.maker.visit(self.maker.patient(**changes), self.okafor, starts_at)
        self.session.commit()
        return made


def type_birth_date(page: Page, born: date) -> Page:
    return page.form("birth-date").submit(born_month=born.month, born_day=born.day, born_year=born.year)


@pytest.fixture
def practice(session: Session) -> Practice:
    maker = Clinic(session)
    maker.visit_type()
    okafor = maker.physician()
    marisol = maker.patient(legal_first_name="Marisol", legal_last_name="Benavides", email="marisol@example.org")
    visit = maker.visit(marisol, okafor, at(25, 10, 30))
    session.commit()
    return Practice(session, maker, okafor, marisol, visit)


@pytest.fixture
def open_link(app: Flask, practice: Practice) -> Callable[..., Page]:
    """Open a visit's link in a fresh browser with the right birth date."""

    def come(visit: Appointment | None = None, *, language: str | None = None) -> Page:
        wanted = visit or practice.visit
        patient = practice.session.get_one(Patient, wanted.patient_id)
        query = {"lang": language} if language else {}
        door = Browser(app.test_client()).get(f"/v/{practice.token(wanted)}", **query)
        return type_birth_date(door, patient.birth_date)

    return come
