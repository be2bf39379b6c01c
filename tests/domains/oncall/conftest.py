"""Fixtures of being on call: the desk of texting with staff who may be put on the rota."""

import pytest

from clinic.kernel.transaction import Beginner
from tests.conftest import Database, TestClock
from tests.domains.messaging.conftest import MakeRuntime, make_runtime, provider  # noqa: F401 - fixtures
from tests.domains.messaging.provider import Provider
from tests.domains.oncall.ward import Ward


@pytest.fixture
def ward(make_runtime: MakeRuntime, begin: Beginner, provider: Provider, clock: TestClock) -> Ward:  # noqa: F811
    return Ward(make_runtime(begin), provider, clock)


@pytest.fixture
def committed_ward(
    make_runtime: MakeRuntime,  # noqa: F811
    database: Database,
    provider: Provider,  # noqa: F811
    clock: TestClock,
) -> Ward:
    """A ward whose commits are real, for threads that meet."""
    return Ward(make_runtime(database.begin), provider, clock)
