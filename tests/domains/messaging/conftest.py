"""Fixtures of texting: a provider in memory and a desk over the rolled-back or the committed database."""

from collections.abc import Callable, Iterator

import pytest

from clinic.kernel.transaction import Begin, Beginner
from clinic.runtime import ClinicFacts, Runtime, SigningIn, Texting
from clinic.settings import Settings
from tests.conftest import Database, TestClock
from tests.domains.messaging.desk import Desk
from tests.domains.messaging.mail import Post, post_office
from tests.domains.messaging.provider import Provider

MakeRuntime = Callable[[Begin], Runtime]


@pytest.fixture
def provider(clock: TestClock) -> Provider:
    return Provider(clock)


@pytest.fixture
def make_runtime(settings: Settings, provider: Provider, clock: TestClock) -> MakeRuntime:
    def make(begin: Begin) -> Runtime:
        return Runtime(
            begin=begin,
            clock=clock,
            clinic=ClinicFacts(
                name=settings.clinic_name,
                phone=settings.clinic_phone,
                email=settings.clinic_email,
                zone="America/New_York",
                public_base_url=settings.public_base_url,
            ),
            link_ring=settings.link_ring,
            signing_in=SigningIn(memory_kib=8, time_cost=1, may_skip_second_factor=False),
            texting=Texting(
                gateway=provider, webhook_tokens=(), has_own_opt_out_replies=True, segments_per_second=1_000_000.0
            ),
            simulator=None,
            is_demo=False,
            is_production=False,
        )

    return make


@pytest.fixture
def desk(make_runtime: MakeRuntime, begin: Beginner, provider: Provider, clock: TestClock) -> Desk:
    return Desk(make_runtime(begin), provider, clock)


@pytest.fixture
def committed_desk(make_runtime: MakeRuntime, database: Database, provider: Provider, clock: TestClock) -> Desk:
    """A desk whose commits are real, for threads that meet."""
    return Desk(make_runtime(database.begin), provider, clock)


@pytest.fixture
def post(desk: Desk) -> Iterator[Post]:
    with post_office(desk) as found:
        yield found
