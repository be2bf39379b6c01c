"""Fixtures of the tests of access."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from clinic.kernel.actor import ANONYMOUS, Actor, Role
from tests.domains.access.desk import CountingHasher, Desk


@pytest.fixture
def hasher() -> CountingHasher:
    return CountingHasher()


@pytest.fixture
def somebody() -> Actor:
    return replace(ANONYMOUS, ip="192.0.2.10", request_id="r1")


@pytest.fixture
def desk(session: Session, hasher: CountingHasher, somebody: Actor) -> Desk:
    return Desk(session, hasher, somebody)


@pytest.fixture
def admin(staff_actor: Callable[..., Actor]) -> Actor:
    return staff_actor(Role.ADMIN, name="Ada Admin")
