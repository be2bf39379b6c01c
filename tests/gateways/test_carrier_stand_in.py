"""The pretend carrier service reports what happens by its own clock: signed, late, twice, forged, and after a kill."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask, request

from clinic.gateways.carriers import CarrierEvent, CarrierWord
from clinic.gateways.carriers.easypost import EasyPostCarrier
from clinic.gateways.carriers.easypost_webhooks import report_of, verified
from clinic.gateways.carriers.sandbox import SandboxCarrier
from clinic.gateways.carriers.stand_in.running import running
from clinic.gateways.carriers.stand_in.setup import Setup
from clinic.gateways.sms.stand_in.server import Server
from tests.gateways.conftest import eventually

KEY, SECRET = "key-for-tests", "s\u00e9cret for tests"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
HOUR, DAY = 3600, 86_400


@dataclass
class Desk:
    """Remembers each report whose signature verifies and counts the others; answers with `answers` first."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    forged: list[bytes] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def events(self) -> list[tuple[CarrierEvent, ...]]:
        return [report_of(body).events for body in list(self.bodies)]

    def words(self) -> list[CarrierWord]:
        return [events[-1].status for events in self.events()]


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk, app = Desk(), Flask(__name__)

    @app.post("/reports")
    def hear() -> tuple[str, int]:
        body = request.get_data()
        if not verified(body, request.headers, ["new secret", SECRET]):
            desk.forged.append(body)
            return "", 401
        desk.bodies.append(body)
        return "", desk.answers.pop(0) if desk.answers else 204

    server = Server(app)
    desk.url = f"{server.url}/reports"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield desk
    server.shutdown()
    server.server_close()
    thread.join()


@dataclass(frozen=True)
class StandIn:
    """A stand-in and its backstage."""

    address: str

    def carrier(self) -> EasyPostCarrier:
        return EasyPostCarrier(api_key=KEY, base_url=self.address)

    def ask(self, path: str, **body: object) -> Any:
        url = self.address.removesuffix("/v2") + f"/_sim{path}"
        verb, sent = ("POST", body) if body else ("GET", None)
        answer = requests.request(verb, url, json=sent, auth=(KEY, ""), timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def advance(self, seconds: float) -> None:
        self.ask("/clock", do="advance", seconds=seconds)


Start = Callable[..., StandIn]


@pytest.fixture
def start(desk: Desk) -> Iterator[Start]:
    """Start a stand-in whose clock stands at NOW until it is moved on."""
    with ExitStack() as stack:
        setup = Setup(KEY, SECRET, webhook_url=desk.url)
        yield lambda **changes: StandIn(
            stack.enter_context(running(replace(setup, **changes), clock=lambda: NOW))  # type: ignore[arg-type]
        )


def numbered(last_two: str) -> str:
    return f"1Z999AA101234567{last_two}"


def test_reports_come_signed_and_in_order_while_the_parcel_travels(start: Start, desk: Desk) -> None:
    stand_in = start()
    parcel = stand_in.carrier().register("UPS", numbered("11"))
    stand_in.advance(3 * DAY)
    way = [CarrierWord.LABEL_CREATED, *[CarrierWord.IN_TRANSIT] * 3, CarrierWord.OUT_FOR_DELIVERY]
    assert desk.words() == [*way, CarrierWord.DELIVERED]
    assert desk.events()[-1] == stand_in.carrier().poll(parcel.tracker_id)
    assert len({report_of(body).event_id for body in desk.bodies}) == 6
    assert not desk.forged


def test_one_script_tells_everything_twice_and_the_old_after_the_new(start: Start, desk: Desk) -> None:
    stand_in = start()
    stand_in.carrier().register("UPS", numbered("88"))
    stand_in.advance(3 * DAY)
    ids = [report_of(body).event_id for body in desk.bodies]
    assert desk.words()[-3:] == [CarrierWord.DELIVERED, CarrierWord.DELIVERED, CarrierWord.OUT_FOR_DELIVERY]
    assert (len(ids), len(set(ids))) == (17, 6)


def test_one_script_begins_with_a_forged_delivery_which_is_not_sent_again(start: Start, desk: Desk) -> None:
    stand_in = start()
    stand_in.carrier().register("UPS", numbered("93"))
    stand_in.advance(HOUR)
    assert [json.loads(body)["result"]["status"] for body in desk.forged] == ["delivered"]
    assert desk.words() == [CarrierWord.LABEL_CREATED]


def test_a_report_that_is_not_taken_comes_again(start: Start, desk: Desk) -> None:
    desk.answers = [500, 503, 404]
    stand_in = start()
    stand_in.carrier().register("UPS", numbered("86"))
    stand_in.advance(60)
    assert [one["status"] for one in stand_in.ask("/reports")] == [500, 503, 404, 204]
    assert len(set(desk.bodies)) == 1


def test_reports_are_lost_and_doubled_as_the_faults_say_and_polling_finds_them_all(start: Start, desk: Desk) -> None:
    lossy = start(faults="lost=1.0")
    parcel = lossy.carrier().register("UPS", numbered("11"))
    lossy.advance(3 * DAY)
    assert not desk.bodies
    assert lossy.carrier().poll(parcel.tracker_id)[-1].status is CarrierWord.DELIVERED
    lossy.ask("/faults", spec="doubled=1.0")
    lossy.carrier().register("UPS", numbered("86"))
    lossy.advance(HOUR)
    assert len(desk.bodies) == 2


def test_anything_can_be_made_to_happen_to_a_parcel(start: Start, desk: Desk) -> None:
    stand_in = start()
    parcel = stand_in.carrier().register("UPS", numbered("86"))
    stand_in.advance(2 * DAY)
    stand_in.ask(f"/parcels/{parcel.tracker_id}", status="delivered", message="Left at the door", signed_by="J. Adult")
    stand_in.advance(1)
    last = stand_in.carrier().poll(parcel.tracker_id)[-1]
    assert (last.status, last.signed_by, last.detail) == (CarrierWord.DELIVERED, "J. Adult", "Left at the door")
    assert desk.events()[-1][-1] == last
    with pytest.raises(requests.HTTPError):
        stand_in.ask("/parcels/trk_0", status="delivered")
    with pytest.raises(requests.HTTPError):
        stand_in.ask(f"/parcels/{parcel.tracker_id}", message="no status")


def test_time_can_run_faster_for_parcels(start: Start) -> None:
    stand_in = start(speed=3600)
    parcel = stand_in.carrier().register("UPS", numbered("11"))
    stand_in.advance(51)
    assert stand_in.carrier().poll(parcel.tracker_id)[-1].status is CarrierWord.DELIVERED


@pytest.mark.parametrize("last_two", ["11", "84", "87", "89"])
def test_the_sandbox_tells_what_the_service_tells(start: Start, last_two: str) -> None:
    stand_in = start()
    parcel = stand_in.carrier().register("UPS", numbered(last_two))
    sandbox = SandboxCarrier(lambda: NOW).register("UPS", numbered(last_two))
    stand_in.advance(5 * DAY)
    later = datetime.fromisoformat(stand_in.ask("/clock")["now"])
    theirs, ours = stand_in.carrier().poll(parcel.tracker_id), SandboxCarrier(lambda: later).poll(sandbox.tracker_id)
    assert [replace(event, key="", tracker_id="") for event in theirs] == [
        replace(event, key="", tracker_id="") for event in ours
    ]


def test_a_stranger_reaches_neither_parcels_nor_backstage(start: Start) -> None:
    address = start().address
    for path in ("/trackers", "/../_sim/parcels", "/nowhere"):
        answer = requests.get(address + path, auth=("wrong", ""), timeout=5)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "APIKEY.INACTIVE")
    assert requests.get(f"{address}/nowhere", auth=(KEY, ""), timeout=5).status_code == 404


def test_a_killed_process_knows_its_parcels_when_it_is_back(tmp_path: Path, start: Start) -> None:
    state, environment = tmp_path / "parcels.jsonl", os.environ | {"KEY": KEY, "SECRET": SECRET}
    argv = [sys.executable, "-m", "clinic.gateways.carriers.stand_in", "--port", "0", "--state", str(state)]
    argv += ["--api-key-env", "KEY", "--webhook-secret-env", "SECRET"]
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = StandIn(process.stdout.readline().split()[-1])
        parcel = first.carrier().register("UPS", numbered("86"))
        first.ask(f"/parcels/{parcel.tracker_id}", status="in_transit")
        before = first.carrier().poll(parcel.tracker_id)
        process.send_signal(signal.SIGKILL)
    with state.open("a") as file:
        file.write('{"cut": "sho')
    again = start(journal=state)
    again.ask("/clock", do="advance", seconds=30 * DAY)
    assert again.carrier().poll(parcel.tracker_id) == before
    assert again.carrier().register("UPS", numbered("86")).tracker_id == parcel.tracker_id


def test_a_report_waits_for_a_desk_that_was_away(start: Start, desk: Desk) -> None:
    desk.answers = [503]
    stand_in = start()
    stand_in.carrier().register("UPS", numbered("86"))
    eventually(lambda: len(desk.bodies) == 1)
    stand_in.advance(1)
    assert len(desk.bodies) == 2
