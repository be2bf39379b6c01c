"""Kill everything while parcels travel: each ends where its journey ends, each is told of once, no unit is lost."""

import os
import random
import sys
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from clinic.embedded import keeping
from clinic.gateways.carriers.easypost_events import events_in
from clinic.kernel.clock import utc_now
from clinic.kernel.crypto import KeyRing
from clinic.kernel.sealed import use_ring
from clinic.medication.actions.handing import Label, hand_over
from clinic.medication.jobs.following import ASK_AGAIN
from tests.domains.medication.medication_makers import OrderClinic
from tests.domains.medication.supply_makers import a_packed_fill, an_order
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.faults.stage import ENCRYPTION_KEY, Stage, ring, staged, zone_where_it_is_noon

pytestmark = pytest.mark.fault

SEEDS = [int(seed) for seed in os.environ.get("FAULT_SEEDS", "1").split(",")]
KEY, SECRET = "carrier-key", "a secret of the carrier in 40 characters"
FAULTS = "doubled=0.3,reordered=0.3"
AN_HOUR_LASTS = 0.1
ENDS = {
    "11": "delivered",
    "80": "delivered_unsigned",
    "82": "pickup_ready",
    "83": "exception",
    "87": "delivered",
    "88": "delivered",
    "89": "delivered",
    "93": "delivered",
}
"""Where the journey of a parcel whose number ends so stands in the end."""

AT_HOME = [digits for digits, state in ENDS.items() if state.startswith("delivered")]
UNITS = 12


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_workers_lose_and_double_no_parcel_no_text_and_no_unit(tmp_path: Path, seed: int) -> None:
    with staged(tmp_path, faults="") as stage:
        carrier = _carrier(stage, seed)
        _send_off(stage)
        for name in ("web", "worker", "beat"):
            stage.play(name)
        _storm(stage, random.Random(seed))  # noqa: S311 - a storm that can be repeated
        arrived = stage.wait_until(lambda: _is_there(stage), seconds=120)
        assert arrived, _states(stage)
        settled = stage.wait_until(lambda: _is_settled(stage), seconds=60)
        assert settled, _texts(stage)
        assert _texts(stage) == dict.fromkeys(AT_HOME, (1, 1))
        assert _units(stage) == dict.fromkeys(AT_HOME, (1, UNITS, UNITS))
        trackers = requests.get(f"{carrier}/_sim/parcels", auth=(KEY, ""), timeout=5).json()
        told = {each["tracking_code"][-2:]: {(event.at, event.word) for event in events_in(each)} for each in trackers}
        assert _heard(stage) == told
        assert "deadlock detected" not in (stage.folder / "postgres" / "postgres.log").read_text()


def _carrier(stage: Stage, seed: int) -> str:
    """Start the carrier service's stand-in, tell the clinic where it is, and return its address."""
    port = keeping.free_port(0)
    address = f"http://127.0.0.1:{port}"
    stage.environment |= {
        "CARRIER_KEY": KEY,
        "CARRIER_SECRET": SECRET,
        "CLINIC_CARRIER_CHANNEL": "easypost",
        "CLINIC_EASYPOST_API_KEY": KEY,
        "CLINIC_EASYPOST_BASE_URL": f"{address}/v2",
        "CLINIC_EASYPOST_WEBHOOK_SECRETS": SECRET,
    }
    argv = [
        *(sys.executable, "-m", "clinic.gateways.carriers.stand_in", "--port", str(port), "--quiet"),
        *("--api-key-env", "CARRIER_KEY", "--webhook-secret-env", "CARRIER_SECRET"),
        *("--webhook-url", f"http://127.0.0.1:{stage.web_port}/webhooks/easypost/parcels"),
        *("--speed", str(3600 / AN_HOUR_LASTS), "--faults", f"{FAULTS},seed={seed}"),
    ]
    stage.play("carrier", argv)
    return address


def _send_off(stage: Stage) -> None:
    """Let a parcel for each journey leave through the product's own actions; all of it happened just now.

    Nobody wakes a worker: whoever handed the parcels over is dead right after the commit.
    """
    use_ring(KeyRing.parse(ring(ENCRYPTION_KEY)))
    engine = create_engine(stage.database.app_url)
    with Session(engine, expire_on_commit=False) as session, session.begin():
        clinic = OrderClinic(session)
        for digits in ENDS:
            fill = a_packed_fill(clinic, an_order(clinic))
            label = Label(carrier="UPS", tracking_number=f"1Z{digits:0>16}", channel="easypost")
            assert hand_over(session, fill_id=fill.id, label=label, by=COORDINATOR, now=NOW).shipment
    engine.dispose()
    stage.rows("delete from outbox where topic <> 'shipment.changed'")
    stage.rows("update outbox set due_at = %(now)s", now=utc_now())
    stage.rows("update message set state = 'canceled' where state = 'pending'")
    with stage.database.superuser("clinic") as owner:
        owner.execute("set session_replication_role = replica")
        owner.execute("update shipment set handed_over_at = %(now)s, state_since = %(now)s", {"now": utc_now()})


def _storm(stage: Stage, chance: random.Random) -> None:
    """Kill each kind of process while parcels travel, in an order that the seed decides."""
    breaks = [
        *[lambda: stage.kill("worker", with_children=True)] * 2,
        lambda: stage.kill_one_child("worker"),
        lambda: stage.kill("web", with_children=True),
        lambda: stage.kill("beat"),
        stage.flush_queue,
    ]
    chance.shuffle(breaks)
    stage.wait_until(lambda: _states(stage) != dict.fromkeys(ENDS, "label_created"), seconds=20)
    for one in breaks:
        one()
        time.sleep(chance.uniform(0.5, 1.5))
        stage.tend()


def _is_there(stage: Stage) -> bool:
    """Tell whether every parcel stands where its journey ends; who waits for hours to ask again does so at once."""
    stage.tend()
    if _states(stage) == ENDS:
        return True
    stage.rows(
        "update shipment set polled_at = polled_at - interval '5 hours' where polled_at between %(past)s and %(then)s",
        past=utc_now() - ASK_AGAIN,
        then=utc_now() - timedelta(seconds=4),
    )
    return False


def _is_settled(stage: Stage) -> bool:
    """Tell whether every fact was reacted to and every text of a delivery has left; they may do so at any hour."""
    stage.tend()
    stage.rows(
        "update message set zone = %(zone)s, due_at = %(now)s "
        "where template_key = 'SHIP_DELIVERED' and state = 'pending' and due_at > %(now)s",
        zone=zone_where_it_is_noon(),
        now=utc_now(),
    )
    left = "select count(*) from outbox where state <> 'done'"
    return stage.rows(left) == [(0,)] and _texts(stage) == dict.fromkeys(AT_HOME, (1, 1))


def _states(stage: Stage) -> dict[str, str]:
    rows = stage.rows("select right(tracking_number, 2), state from shipment")
    return {str(digits): str(state) for digits, state in rows}


def _texts(stage: Stage) -> dict[str, tuple[int, int]]:
    """Return how many texts of each delivery were planned, and how many the provider took."""
    taken = Counter(text.attempt_id for text in stage.sent())
    planned: dict[str, set[object]] = {}
    sent: Counter[str] = Counter()
    for digits, message, attempt in stage.rows(
        "select right(s.tracking_number, 2), m.id, a.id::text from message m join shipment s on s.id = m.subject_id "
        "left join message_attempt a on a.message_id = m.id where m.template_key = 'SHIP_DELIVERED'"
    ):
        planned.setdefault(str(digits), set()).add(message)
        sent[str(digits)] += taken[str(attempt)]
    return {digits: (len(messages), sent[digits]) for digits, messages in planned.items()}


def _units(stage: Stage) -> dict[str, tuple[int, int, int]]:
    """Return entries and units of each parcel, and what its patient has."""
    rows = stage.rows(
        "select right(s.tracking_number, 2), count(*), sum(e.units), "
        "(select sum(b.units) from unit_balance b where b.patient_id = s.patient_id) "
        "from unit_entry e join shipment s on s.id = e.shipment_id group by s.tracking_number, s.patient_id"
    )
    return {str(digits): tuple(int(str(each)) for each in counts) for digits, *counts in rows}  # type: ignore[misc]


def _heard(stage: Stage) -> dict[str, set[tuple[object, object]]]:
    """Return what is kept of each parcel's way, by instant and word."""
    heard: dict[str, set[tuple[object, object]]] = {}
    for digits, at, word in stage.rows(
        "select right(s.tracking_number, 2), e.at, e.word from tracking_event e join shipment s on s.id = e.shipment_id"
    ):
        heard.setdefault(str(digits), set()).add((at, word))
    return heard
