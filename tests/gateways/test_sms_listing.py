"""Reading all texts of a span of time from the provider, page by page."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from clinic.gateways.sms import SmsGateway, Unavailable
from clinic.gateways.sms.simulator import PastText, Simulator
from clinic.gateways.sms.stand_in.setup import EXAMPLE_NUMBER
from clinic.kernel.clock import utc_now
from tests.gateways.conftest import gateway_at

PATIENT = "+13055550111"


def past(number: int, at: datetime, *, direction: str = "outbound-api") -> PastText:
    ends = (PATIENT, EXAMPLE_NUMBER) if direction == "outbound-api" else (EXAMPLE_NUMBER, PATIENT)
    return PastText(
        sid=f"SM{number:032x}",
        to=ends[0],
        from_=ends[1],
        body=f"number {number}",
        direction=direction,
        status="delivered" if direction == "outbound-api" else "received",
        at=at,
    )


def test_a_huge_day_comes_in_pages_and_nothing_twice(gateway: SmsGateway, simulator: Simulator) -> None:
    noon = utc_now().replace(microsecond=0) - timedelta(days=2)
    simulator.remember([past(number, noon + timedelta(seconds=number)) for number in range(1203)])
    pages = list(gateway.listed(since=noon, until=noon + timedelta(days=1)))
    assert [len(page) for page in pages] == [500, 500, 203]
    assert len({text.provider_sid for page in pages for text in page}) == 1203


def test_only_the_span_is_listed_both_ways(gateway: SmsGateway, simulator: Simulator) -> None:
    now = utc_now().replace(microsecond=0)  # The provider tells times in whole seconds.
    since, until = now - timedelta(hours=30), now - timedelta(hours=6)
    times = [since - timedelta(seconds=1), since, until - timedelta(seconds=1), until]
    simulator.remember([past(number, at) for number, at in enumerate(times)])
    simulator.remember([past(9, since + timedelta(hours=1), direction="inbound")])
    found = [text for page in gateway.listed(since=since, until=until) for text in page]
    assert {text.body for text in found} == {"number 1", "number 2", "number 9"}
    assert {text.direction for text in found} == {"outbound-api", "inbound"}


def test_a_provider_that_is_away_says_so_at_the_first_page(start: Callable[..., str]) -> None:
    gateway = gateway_at("http://127.0.0.1:1")
    with pytest.raises(Unavailable):
        next(iter(gateway.listed(since=utc_now() - timedelta(days=1), until=utc_now())))
