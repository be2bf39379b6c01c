"""A clinic with one physician, and a phone company that takes every text."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, Role
from clinic.messaging.models import Message
from clinic.people.models import Patient, Physician
from clinic.runtime import Runtime
from clinic.scheduling.models import Appointment
from tests.domains.messaging.conftest import provider
from tests.domains.messaging.provider import Provider
from tests.domains.scheduling.calendar_makers import Clinic

__all__ = ["provider"]


@pytest.fixture
def sending(runtime: Runtime, provider: Provider) -> Runtime:
    """The process as a worker has it, with a phone company."""
    return replace(runtime, texting=replace(runtime.texting, gateway=provider, segments_per_second=1e6))


@pytest.fixture
def clinic(session: Session) -> Clinic:
    made = Clinic(session)
    made.visit_type()
    return made


@pytest.fixture
def okafor(clinic: Clinic) -> Physician:
    return clinic.physician()


@pytest.fixture
def book(clinic: Clinic, okafor: Physician, session: Session) -> Callable[[Patient, datetime], Appointment]:
    def make(patient: Patient, at: datetime) -> Appointment:
        visit = clinic.visit(patient, okafor, at)
        session.commit()
        return visit

    return make


@pytest.fixture
def texts(session: Session) -> Callable[[], list[tuple[str, str, str | None]]]:
    """Read every text's template, state and reason."""

    def read() -> list[tuple[str, str, str | None]]:
        session.expire_all()
        columns = (Message.template_key, Message.state, Message.reason)
        rows = session.execute(select(*columns).order_by(Message.created_at, Message.due_at))
        return [tuple(row) for row in rows]

    return read


@pytest.fixture
def admin(staff_actor: Callable[..., Actor]) -> Actor:
    return staff_actor(Role.ADMIN, name="Morgan Ellery")
