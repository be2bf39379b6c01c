"""A coordinator at a browser: the pages behind a door that knows one person of each role."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.audit.models import AuditEvent
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.people import actions
from clinic.people.models import Patient
from clinic.web.frame.visitors import Knock, Visitor, hang
from tests.domains.people.samples import DANA
from tests.web.html import Browser

STAFF = {
    "coordinator": ("Dana Reyes", Role.COORDINATOR),
    "colleague": ("Lee Park", Role.COORDINATOR),
    "physician": ("Ada Okafor", Role.PHYSICIAN),
    "admin": ("Sam Ortiz", Role.ADMIN),
}


class Door:
    """Lets in whoever names a known person; writes refusals down where tests can read them."""

    def __init__(self) -> None:
        self.turned_away: list[str] = []

    def staff(self, token: str, knock: Knock) -> Visitor | None:
        if token not in STAFF:
            return None
        return Visitor(actor=actor_named(token), session_id=UUID(int=1), mfa_at=knock.now)

    def link(self, _token: str, _knock: Knock) -> Visitor | None:
        return None

    def refused(self, by: Actor, knock: Knock) -> None:
        self.turned_away.append(f"{by.name} {knock.endpoint}")


def actor_named(token: str) -> Actor:
    name, role = STAFF[token]
    return Actor(kind=ActorKind.STAFF, id=UUID(int=len(token)), name=name, roles=frozenset({role}))


@pytest.fixture
def door(app: Flask) -> Door:
    door = Door()
    hang(app, door)
    return door


@pytest.fixture
def browse(app: Flask, door: Door) -> Callable[[str], Browser]:
    return lambda who: Browser(app.test_client()).sign_in_with(who)


@pytest.fixture
def web(browse: Callable[[str], Browser]) -> Browser:
    return browse("coordinator")


@pytest.fixture
def dana(session: Session, now) -> Patient:
    """A patient whose consent was never asked."""
    patient = actions.add_patient(session, new=DANA, consent=None, by=actor_named("colleague"), now=now)
    session.commit()
    return patient


@pytest.fixture
def more(session: Session, now) -> Callable[[int], None]:
    """Add so many other patients."""

    def add(count: int) -> None:
        for n in range(count):
            letters = "".join(chr(97 + int(digit)) for digit in f"{n:03}")
            new = replace(
                DANA,
                legal_first_name="Ana",
                legal_last_name=f"Zol{letters}",
                preferred_name=None,
                phone=f"+1{201 + n // 100}55501{n % 100:02}",
            )
            actions.add_patient(session, new=new, consent=None, by=actor_named("colleague"), now=now)
        session.commit()

    return add


@pytest.fixture
def events(session: Session) -> Callable[[str], list[AuditEvent]]:
    """Read the audit rows of one action, oldest first."""

    def read(action: str) -> list[AuditEvent]:
        return list(session.scalars(select(AuditEvent).where(AuditEvent.action == action).order_by(AuditEvent.seq)))

    return read
