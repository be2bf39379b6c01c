"""The stand-in's clock: stopped, moved, put right, always wrong; and what waits in line for it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import requests

from clinic.gateways.sms import OutgoingText
from clinic.gateways.sms.simulator import Simulator, SimulatorAway
from clinic.gateways.sms.stand_in.clock import VirtualClock
from clinic.kernel.clock import utc_now
from tests.conftest import MONDAY_MORNING, TestClock
from tests.gateways.conftest import ACCOUNT, TOKEN, Hooks, eventually, gateway_at

Text = Callable[..., OutgoingText]
Start = Callable[..., str]
PATIENT = "+13055550111"
AN_HOUR, A_DAY = 3600, 86_400


@pytest.fixture
def stopped(start: Start) -> Callable[..., tuple[str, Simulator]]:
    """Start a stand-in at ordinary speed and stop its clock."""

    def begin(**changes: object) -> tuple[str, Simulator]:
        url = start(**{"speed": 1.0} | changes)
        simulator = Simulator(url, ACCOUNT, TOKEN)
        assert simulator.freeze().is_frozen
        return url, simulator

    return begin


def test_while_time_stands_still_a_text_stays_where_it_is(
    stopped: Callable[..., tuple[str, Simulator]], text: Text, hooks: Hooks
) -> None:
    url, simulator = stopped()
    outgoing = text()
    sid = gateway_at(url).send(outgoing).provider_sid
    assert gateway_at(url).fetch(sid).status == "accepted"
    assert hooks.forms == []
    simulator.advance(0.2)
    assert gateway_at(url).fetch(sid).status == "sending"
    assert hooks.statuses(outgoing.attempt_id) == ["queued", "sending"]
    simulator.advance(10)
    assert hooks.statuses(outgoing.attempt_id) == ["queued", "sending", "sent", "delivered"]


def test_each_step_has_its_own_instant_however_far_the_clock_is_moved_at_once(
    stopped: Callable[..., tuple[str, Simulator]], text: Text
) -> None:
    url, simulator = stopped()
    began = simulator.clock().now
    gateway_at(url).send(text())
    assert simulator.advance(A_DAY).now == began + timedelta(days=1)
    (bubble,) = simulator.dump()
    assert bubble.history == ("queued", "sending", "sent", "delivered")
    assert all(earlier < later for earlier, later in pairwise(bubble.moments))
    assert bubble.moments[-1] < began + timedelta(seconds=2)


def test_a_receipt_may_come_after_four_days(
    stopped: Callable[..., tuple[str, Simulator]], text: Text, hooks: Hooks
) -> None:
    url, simulator = stopped()
    outgoing = text(to="+13055550193")
    gateway_at(url).send(outgoing)
    simulator.advance(3 * A_DAY)
    assert hooks.statuses(outgoing.attempt_id)[-1] == "sent"
    simulator.advance(1.1 * A_DAY)
    assert hooks.statuses(outgoing.attempt_id)[-1] == "delivered"


def test_a_clock_that_was_moved_goes_on_and_can_be_put_right(simulator: Simulator) -> None:
    assert simulator.clock().is_real
    moved = simulator.advance(AN_HOUR)
    assert not moved.is_real
    assert not moved.is_frozen
    assert moved.now - utc_now() > timedelta(minutes=59)
    assert simulator.freeze().is_frozen
    assert not simulator.run().is_frozen
    assert simulator.real_time().is_real
    assert abs(simulator.clock().now - utc_now()) < timedelta(minutes=1)


def test_what_is_planned_keeps_its_distance_when_the_clock_is_put_right(start: Start, text: Text) -> None:
    url = start(speed=2.0)
    simulator = Simulator(url, ACCOUNT, TOKEN)
    simulator.advance(10 * AN_HOUR)
    sid = gateway_at(url).send(text()).provider_sid
    simulator.real_time()
    eventually(lambda: gateway_at(url).fetch(sid).status == "delivered")


@pytest.mark.parametrize("asked", [{}, {"do": "fly"}, {"do": "advance", "seconds": -1}, {"do": "advance"}])
def test_a_clock_does_not_understand_everything(base_url: str, asked: dict[str, object]) -> None:
    with requests.Session() as session:
        answer = session.post(f"{base_url}/_sim/clock", json=asked, auth=(ACCOUNT, TOKEN), timeout=5)
    assert answer.status_code == 400


def test_the_clock_itself() -> None:
    real = TestClock(MONDAY_MORNING)
    clock = VirtualClock(real, off_by=-AN_HOUR)
    assert clock() == MONDAY_MORNING - timedelta(hours=1)
    clock.stop()
    real.advance(minutes=5)
    assert clock() == MONDAY_MORNING - timedelta(hours=1)
    clock.show(MONDAY_MORNING)
    clock.run()
    real.advance(minutes=5)
    assert (clock(), clock.is_real) == (MONDAY_MORNING + timedelta(minutes=5), False)
    assert clock.go_home() == timedelta(minutes=-55)
    assert clock.is_real


@pytest.mark.parametrize("hours", [1, -1])
def test_a_provider_whose_clock_is_wrong_dates_everything_by_it_and_we_put_it_right(
    start: Start, text: Text, hours: int
) -> None:
    url = start(clock_off_by=hours * AN_HOUR)
    gateway, before = gateway_at(url), utc_now()
    sid = gateway.send(text()).provider_sid
    (shown,) = Simulator(url, ACCOUNT, TOKEN).dump()
    assert abs(shown.at - before - timedelta(hours=hours)) < timedelta(minutes=1)
    for found in (gateway.fetch(sid), *gateway.sent_to(PATIENT)):
        assert abs(found.created_at - before) < timedelta(minutes=1)


def test_a_small_difference_of_clocks_is_left_alone(start: Start, text: Text) -> None:
    url = start(clock_off_by=5)
    sid = gateway_at(url).send(text()).provider_sid
    (shown,) = Simulator(url, ACCOUNT, TOKEN).dump()
    assert gateway_at(url).fetch(sid).created_at == shown.at.replace(microsecond=0)


def test_a_number_sends_so_many_segments_a_second(stopped: Callable[..., tuple[str, Simulator]], text: Text) -> None:
    url, simulator = stopped(segments_per_second=1)
    began = simulator.clock().now
    for body in ("x" * 100, "x" * 300, "last"):
        gateway_at(url).send(text(body=body))
    simulator.advance(60)
    left = [bubble.moments[bubble.history.index("sending")] - began for bubble in simulator.dump()]
    assert [round(wait.total_seconds()) for wait in left] == [0, 1, 3]


def test_a_text_whose_time_runs_out_in_line_is_not_sent(
    stopped: Callable[..., tuple[str, Simulator]], text: Text
) -> None:
    url, simulator = stopped(segments_per_second=0.01)
    gateway_at(url).send(text(body="x" * 300))
    sid = gateway_at(url).send(text(validity_seconds=60)).provider_sid
    simulator.advance(61)
    record = gateway_at(url).fetch(sid)
    assert (record.status, record.error_code) == ("failed", 30036)


def test_behind_a_service_a_line_of_ten_hours_fails_at_once_and_alone_the_number_is_refused(
    stopped: Callable[..., tuple[str, Simulator]], text: Text
) -> None:
    url, simulator = stopped(segments_per_second=0.00001)
    gateway_at(url).send(text())
    sid = gateway_at(url).send(text()).provider_sid
    simulator.advance(1)
    record = gateway_at(url).fetch(sid)
    assert (record.status, record.error_code) == ("failed", 30001)
    assert refused(url, {"To": PATIENT, "From": "+15005550006", "Body": "hello"}) == 21611


def refused(url: str, form: dict[str, str]) -> int:
    path = f"{url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    with requests.Session() as session:
        answer = session.post(path, data=form, auth=(ACCOUNT, TOKEN), timeout=5)
    assert answer.status_code == 400
    return int(answer.json()["code"])


def test_a_phone_that_is_off_gets_nothing_until_it_is_on_again(
    stopped: Callable[..., tuple[str, Simulator]], text: Text
) -> None:
    url, simulator = stopped()
    assert simulator.conduct(PATIENT, off=True).is_off
    gateway_at(url).send(text())
    simulator.advance(5)
    simulator.conduct(PATIENT, off=False)
    gateway_at(url).send(text())
    simulator.advance(5)
    assert [(one.status, one.error_code) for one in simulator.dump()] == [("undelivered", 30003), ("delivered", None)]


def test_a_text_may_land_late_and_never_after_its_time(
    stopped: Callable[..., tuple[str, Simulator]], text: Text
) -> None:
    url, simulator = stopped()
    lands_at = simulator.clock().now + timedelta(hours=2)
    assert simulator.conduct(PATIENT, lands_at=lands_at).lands_at == lands_at
    gateway_at(url).send(text(validity_seconds=3 * AN_HOUR))
    gateway_at(url).send(text(validity_seconds=AN_HOUR))
    simulator.advance(3 * AN_HOUR)
    patient, hasty = simulator.dump()
    assert patient.moments[patient.history.index("sending")] == lands_at
    assert (hasty.status, hasty.error_code) == ("failed", 30036)


def test_texts_that_were_held_leave_when_they_are_let_through(
    stopped: Callable[..., tuple[str, Simulator]], text: Text
) -> None:
    url, simulator = stopped()
    simulator.conduct(PATIENT, lands_at=simulator.clock().now + timedelta(hours=2))
    gateway_at(url).send(text())
    simulator.advance(60)
    assert simulator.dump()[0].status == "queued"
    simulator.conduct(PATIENT, lands_at=None)
    simulator.advance(5)
    assert simulator.dump()[0].status == "delivered"


def test_what_a_phone_was_told_outlives_the_process(start: Start, tmp_path: Path) -> None:
    journal = tmp_path / "state.jsonl"
    at = datetime(2026, 11, 23, 21, 0, tzinfo=MONDAY_MORNING.tzinfo)
    first = Simulator(start(journal=journal), ACCOUNT, TOKEN)
    told = first.conduct(PATIENT, off=True, lands_at=at, persona="nine")
    assert Simulator(start(journal=journal), ACCOUNT, TOKEN).thread(PATIENT).conduct == told


def test_a_phone_is_not_told_what_nobody_knows(simulator: Simulator) -> None:
    for asked in ({"persona": "sings"}, {"lands_at": "soon"}):
        with pytest.raises(SimulatorAway):
            simulator.conduct(PATIENT, **asked)


def test_a_step_that_was_planned_for_later_does_not_take_a_text_back(
    stopped: Callable[..., tuple[str, Simulator]], text: Text
) -> None:
    url, simulator = stopped()
    never_a_receipt = "+13055550186"
    simulator.conduct(never_a_receipt, lands_at=simulator.clock().now + timedelta(minutes=30))
    gateway_at(url).send(text(to=never_a_receipt))
    simulator.advance(60)
    simulator.conduct(never_a_receipt, lands_at=None)
    simulator.advance(AN_HOUR)
    assert simulator.dump()[0].history == ("queued", "sending", "sent")
