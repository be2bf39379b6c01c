"""Kill workers while they charge and refund: every card is charged once, every refund made once, nothing is lost."""

import os
import random
import sys
import time

import pytest
import requests
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, sessionmaker

from clinic.audit import actions as audit
from clinic.billing.actions.refunds import refund_invoice
from clinic.embedded import keeping
from clinic.gateways.payments.stripe import StripeGateway
from clinic.kernel.clock import utc_now
from clinic.kernel.crypto import KeyRing
from clinic.kernel.sealed import use_ring
from clinic.kernel.transaction import Beginner
from tests.conftest import TestClock
from tests.domains.billing.payment_makers import DECLINED, GOOD, Till
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.faults.stage import ENCRYPTION_KEY, Stage, ring, staged

pytestmark = pytest.mark.fault

SEEDS = [int(seed) for seed in os.environ.get("FAULT_SEEDS", "1").split(",")]
KEY, SECRET = "rk_test_of_the_fault_run", "a secret of the gateway in 40 characters"
FAULTS = "rate=0.4,kinds=reset,accept-drop,accept-stall,stall=1.5,lost=0.2,doubled=0.3,reordered=0.3"
CARDS = [GOOD] * 3 + [DECLINED]
CENTS, BACK = 25_000, 10_000


class Desk(Till):
    """The clinic's desk with the gateway in another process, where cards are entered on its page."""

    address = ""

    def enter(self, page: str, number: str) -> None:
        answer = requests.post(
            f"{self.address}/c/pay/{page}", data={"number": number}, allow_redirects=False, timeout=5
        )
        assert answer.status_code == 303


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_workers_charge_and_refund_nothing_twice_and_lose_nothing(tmp_path, seed):
    with staged(tmp_path, faults="") as stage:
        gateway = _gateway(stage)
        _prepare(stage, gateway)
        requests.post(
            f"{gateway}/_sim/faults", json={"spec": f"{FAULTS},seed={seed}"}, auth=(KEY, ""), timeout=5
        ).raise_for_status()
        for name in ("web", "worker", "beat"):
            stage.play(name)
        _storm(stage, random.Random(seed))  # noqa: S311 - a storm that can be repeated
        assert stage.wait_until(lambda: _is_over(stage), seconds=120), _rows(stage)
        _refund_all(stage)
        stage.kill("worker", with_children=True)
        assert stage.wait_until(lambda: _is_over(stage), seconds=120), _rows(stage)
        bank = StripeGateway(api_key=KEY, base_url=gateway)
        payments = bank.payments_since(NOW.replace(year=2020))
        known = stage.rows("select id::text, gateway_payment_id, state from payment")
        assert {(each.reference, each.payment_id, each.state.value) for each in payments} == set(known)
        assert sorted(str(state) for _, _, state in known) == ["failed", *["succeeded"] * 3]
        refunds = [each.cents for payment in payments for each in bank.refunds_of(payment.payment_id)]
        assert refunds == [BACK] * 3
        assert stage.rows("select sum(amount_cents) from posting where account = 'cash'") == [(3 * (CENTS - BACK),)]
        assert sorted(stage.rows("select state from subscription")) == [("active",)] * 3 + [("incomplete",)]
        assert "deadlock detected" not in (stage.folder / "postgres" / "postgres.log").read_text()


def _gateway(stage: Stage) -> str:
    """Start the gateway's stand-in, tell the clinic where it is, and return its address."""
    port = keeping.free_port(0)
    address = f"http://127.0.0.1:{port}"
    stage.environment |= {
        "GATEWAY_KEY": KEY,
        "GATEWAY_SECRET": SECRET,
        "CLINIC_STRIPE_API_KEY": KEY,
        "CLINIC_STRIPE_BASE_URL": address,
        "CLINIC_STRIPE_WEBHOOK_SECRETS": SECRET,
    }
    argv = [
        *(sys.executable, "-m", "clinic.gateways.payments.stand_in", "--port", str(port), "--quiet"),
        *("--api-key-env", "GATEWAY_KEY", "--webhook-secret-env", "GATEWAY_SECRET"),
        *("--webhook-url", f"http://127.0.0.1:{stage.web_port}/webhooks/stripe/events"),
    ]
    stage.play("gateway", argv)
    assert stage.wait_until(lambda: requests.get(f"{address}/_sim/clock", auth=(KEY, ""), timeout=1).ok, seconds=20)
    return address


def _prepare(stage: Stage, address: str) -> None:
    """Let patients owe their first month, through the product's own actions; all of it happened just now."""
    use_ring(KeyRing.parse(ring(ENCRYPTION_KEY)))
    engine = create_engine(stage.database.app_url)
    sessions = sessionmaker(engine, expire_on_commit=False)
    with sessions() as session:
        desk = Desk(session, Beginner(sessions, audit.write, lambda _: None), TestClock(NOW), "stripe")
        desk.address = address
        desk.gateway = StripeGateway(api_key=KEY, base_url=address)  # type: ignore[assignment]
        for number in CARDS:
            desk.owing(number)
    engine.dispose()
    stage.rows("update outbox set due_at = %(now)s where topic = 'invoice.issued'", now=utc_now())
    stage.rows("delete from outbox where topic <> 'invoice.issued'")
    stage.rows("update message set state = 'canceled' where state = 'pending'")
    stage.rows("update payment set next_look_at = %(now)s, state_since = %(now)s", now=utc_now())


def _refund_all(stage: Stage) -> None:
    """Give a part of every payment back; whoever did so is dead right after the commit."""
    engine = create_engine(stage.database.app_url)
    with Session(engine) as session, session.begin():
        for (invoice_id,) in stage.rows("select invoice_id from payment where state = 'succeeded'"):
            refund_invoice(
                session,
                invoice_id,  # type: ignore[arg-type]
                amount_cents=BACK,
                reason="Agreed with the patient",
                by=COORDINATOR,
                now=utc_now(),
            )
    engine.dispose()


def _storm(stage: Stage, chance: random.Random) -> None:
    """Kill each kind of process while cards are charged, in an order that the seed decides."""
    breaks = [
        lambda: stage.kill("worker", with_children=True),
        lambda: stage.kill_one_child("worker"),
        lambda: stage.kill("web", with_children=True),
        stage.flush_queue,
    ]
    chance.shuffle(breaks)
    stage.wait_until(lambda: any(state != "pending" for state, *_ in _rows(stage)), seconds=20)
    for one in breaks:
        one()
        time.sleep(chance.uniform(0.5, 1.5))
        stage.tend()


def _is_over(stage: Stage) -> bool:
    """Tell whether all money has arrived where it goes; whoever waits for minutes to ask again does so at once."""
    stage.tend()
    if not {"pending", "processing"} & {str(state) for state, _ in _rows(stage)}:
        return True
    for table in ("payment", "refund"):
        stage.rows(
            f"update {table} set next_look_at = %(now)s "  # noqa: S608 - two words of this file
            "where next_look_at > %(now)s and updated_at < %(now)s - interval '3 seconds'",
            now=utc_now(),
        )
    return False


def _rows(stage: Stage) -> list[tuple[object, object]]:
    """Return the state and the code of every payment and refund."""
    wanted = "select state, decline_code from payment union all select state, failure_code from refund"
    return [(state, code) for state, code in stage.rows(wanted)]
