"""People at browsers: staff of each role with real sessions, and patients who open the link of their text."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.kernel.actor import Role, system
from clinic.kernel.transaction import Beginner
from clinic.runtime import Runtime
from tests.conftest import TestClock
from tests.web.html import Browser

if TYPE_CHECKING:
    from tests.domains.billing.payment_makers import Till

OPERATOR = system("Operator")
PASSWORD = "copper lantern violet tide"


@pytest.fixture
def sign_in_as(app: Flask, runtime: Runtime, now: datetime) -> Callable[..., Browser]:
    """Return a browser in which a new member of staff with these roles is signed in."""
    from clinic.access.rules.hashing import hasher_of

    def sign_in(*roles: Role, name: str = "Dana Reyes") -> Browser:
        email = f"{name.lower().replace(' ', '.')}@example.org"
        with runtime.begin(by=OPERATOR) as session:
            _, token = access.invite_staff(session, email=email, full_name=name, roles=roles, by=OPERATOR, now=now)
            hasher = hasher_of(runtime.signing_in)
            account = access.accept_invitation(session, token=token, password=PASSWORD, now=now, hasher=hasher)
            opened = access.start_session(session, account_id=account.id, now=now, by=OPERATOR)
        return Browser(app.test_client()).sign_in_with(opened)

    return sign_in


@pytest.fixture
def desk(sign_in_as: Callable[..., Browser]) -> Browser:
    """A coordinator's browser."""
    return sign_in_as(Role.COORDINATOR)


@pytest.fixture
def till(app: Flask, session: Session, begin: Beginner, clock: TestClock) -> "Till":
    """A clinic whose memberships pay at a bank of this test's own, which the application asks, too."""
    from tests.domains.billing.payment_makers import Till

    made, found = Till(session, begin, clock), app.extensions["clinic"]
    app.extensions["clinic"] = replace(found, charging=replace(found.charging, gateways=made.gateways))
    session.commit()
    return made


@pytest.fixture
def anybody(app: Flask) -> Browser:
    """The browser of somebody who is not signed in."""
    return Browser(app.test_client())


@pytest.fixture
def clinic(session: Session) -> "object":
    from tests.domains.scheduling.calendar_makers import Clinic

    return Clinic(session)
