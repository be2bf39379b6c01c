"""Fixtures of talks: the desk of texting, a coordinator with an account, and a colleague."""

from collections.abc import Callable

import pytest

from clinic.access import actions as access
from clinic.access.rules.hashing import hasher_of
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.runtime import Runtime
from tests.domains.messaging.conftest import committed_desk, desk, make_runtime, provider
from tests.domains.messaging.desk import TESTER

__all__ = ["committed_desk", "desk", "make_runtime", "provider"]


def coordinator_in(runtime: Runtime, name: str) -> Actor:
    """Return a coordinator who has an account and may be given conversations."""
    now = runtime.clock()
    email = f"{name.lower().replace(' ', '.')}@example.org"
    with runtime.begin(by=TESTER) as session:
        roles = (Role.COORDINATOR,)
        _, token = access.invite_staff(session, email=email, full_name=name, roles=roles, by=TESTER, now=now)
        hasher = hasher_of(runtime.signing_in)
        password = "copper lantern violet tide"
        account = access.accept_invitation(session, token=token, password=password, now=now, hasher=hasher)
    return Actor(kind=ActorKind.STAFF, id=account.id, name=name, roles=frozenset({Role.COORDINATOR}))


@pytest.fixture
def hire(desk: object) -> Callable[[str], Actor]:
    return lambda name: coordinator_in(desk.runtime, name)  # type: ignore[attr-defined]


@pytest.fixture
def dana(hire: Callable[[str], Actor]) -> Actor:
    return hire("Dana Reyes")


@pytest.fixture
def lee(hire: Callable[[str], Actor]) -> Actor:
    return hire("Lee Park")
