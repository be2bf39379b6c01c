"""The pretend provider behaves as the page about it says: numbers, faults, words, reports, journal, process."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from clinic.gateways.sms import Ambiguous, OutgoingText, SmsFailure, SmsGateway, Unavailable
from clinic.gateways.sms.simulator import PastText, Simulator, SimulatorAway
from clinic.gateways.sms.stand_in.faults import Fault, parse_plan
from clinic.gateways.sms.stand_in.numbers import ORDINARY, behavior_of
from clinic.gateways.sms.stand_in.postman import policy_in
from clinic.gateways.sms.stand_in.setup import EXAMPLE_NUMBER
from tests.gateways.conftest import ACCOUNT, SERVICE, TOKEN, Hooks, eventually, gateway_at, simulator_at

Text = Callable[..., OutgoingText]
Start = Callable[..., str]
PATIENT = "+13055550111"
A_WEEK_AGO = datetime(2026, 11, 16, 15, 0, tzinfo=UTC)


def final_of(gateway: SmsGateway, sid: str) -> tuple[str, int | None]:
    eventually(lambda: gateway.fetch(sid).status in {"delivered", "undelivered", "failed"})
    record = gateway.fetch(sid)
    return record.status, record.error_code


@pytest.mark.parametrize(
    ("last_two", "status", "code"),
    [
        ("11", "delivered", None),
        ("79", "delivered", None),
        ("81", "undelivered", 30005),
        ("82", "undelivered", 30006),
        ("83", "undelivered", 30007),
        ("84", "undelivered", 30008),
        ("85", "undelivered", 30034),
        ("94", "undelivered", 30003),
        ("96", "failed", 30001),
        ("97", "undelivered", 30004),
    ],
)
def test_the_last_two_digits_decide_the_end(
    gateway: SmsGateway, text: Text, *, last_two: str, status: str, code: int | None
) -> None:
    sid = gateway.send(text(to="+1813555" + f"01{last_two}")).provider_sid
    assert final_of(gateway, sid) == (status, code)


def test_a_phone_that_was_off_gets_the_second_text(gateway: SmsGateway, text: Text) -> None:
    first, second = (gateway.send(text(to="+13055550180")).provider_sid for _ in range(2))
    assert final_of(gateway, first) == ("undelivered", 30003)
    assert final_of(gateway, second) == ("delivered", None)


def test_some_phones_never_send_a_receipt(gateway: SmsGateway, text: Text, hooks: Hooks) -> None:
    outgoing = text(to="+13055550186")
    sid = gateway.send(outgoing).provider_sid
    eventually(lambda: "sent" in hooks.statuses(outgoing.attempt_id))
    assert gateway.fetch(sid).status == "sent"


@pytest.mark.parametrize(
    ("last_two", "kind", "kept"),
    [
        ("88", Ambiguous, 1),
        ("89", Ambiguous, 1),
        ("92", Ambiguous, 1),
        ("98", Ambiguous, 1),
        ("90", Ambiguous, 0),
        ("91", Unavailable, 0),
    ],
)
def test_some_numbers_break_the_request(
    base_url: str, text: Text, simulator: Simulator, *, last_two: str, kind: type[SmsFailure], kept: int
) -> None:
    with pytest.raises(kind):
        gateway_at(base_url, read_seconds=0.5).send(text(to=f"+130555501{last_two}"))
    assert len(simulator.dump()) == kept


def test_a_busy_provider_takes_the_fourth_request(gateway: SmsGateway, text: Text) -> None:
    for _ in range(3):
        with pytest.raises(Unavailable) as caught:
            gateway.send(text(to="+13055550191"))
        assert caught.value.retry_after == 1.0
    assert gateway.send(text(to="+13055550191")).provider_sid


@pytest.mark.parametrize("fault", list(Fault))
def test_each_fault_is_what_its_name_says(start: Start, text: Text, fault: Fault) -> None:
    url = start(faults=f"rate=1,kinds={fault},stall=1")
    with pytest.raises(Unavailable if fault is Fault.BUSY else Ambiguous):
        gateway_at(url, read_seconds=0.4).send(text())
    assert len(simulator_at(url).dump()) == (1 if fault.startswith("accept") else 0)


def test_faults_come_in_their_share_and_again_with_the_same_seed() -> None:
    draws = [[parse_plan(f"rate=0.33,seed={seed}").draw() for _ in range(1)] for seed in (1, 1)]
    assert draws[0] == draws[1]
    plan = parse_plan("rate=0.33,seed=1,kinds=429,accept-500,lost=0.2")
    counts = Counter(plan.draw() for _ in range(3000))
    assert set(counts) == {None, Fault.BUSY, Fault.ACCEPT_500}
    assert 0.6 < counts[None] / 3000 < 0.74


@pytest.mark.parametrize("spec", ["rate=x", "sped=1", "kinds=nothing", "429,oops", "rate"])
def test_a_fault_plan_with_a_mistake_is_refused(spec: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the word that is wrong differs
        parse_plan(spec)


def test_faults_can_be_changed_while_it_runs(gateway: SmsGateway, simulator: Simulator, text: Text) -> None:
    simulator.faults("rate=1,kinds=500-before")
    with pytest.raises(Ambiguous):
        gateway.send(text())
    simulator.faults("")
    assert gateway.send(text()).provider_sid


def test_lost_reports_are_lost_and_doubled_ones_doubled(start: Start, text: Text, hooks: Hooks) -> None:
    losing, doubling = (gateway_at(start(faults=spec)) for spec in ("lost=1", "doubled=1"))
    lost, doubled = text(), text()
    sid = losing.send(lost).provider_sid
    doubling.send(doubled)
    assert final_of(losing, sid) == ("delivered", None)
    eventually(lambda: len(hooks.statuses(doubled.attempt_id)) == 8)
    assert not hooks.statuses(lost.attempt_id)


def test_a_first_report_may_be_under_way_before_the_answer(start: Start, text: Text, hooks: Hooks) -> None:
    url = start(faults="early=1,rate=1,kinds=accept-stall,stall=1")
    outgoing = text()
    with pytest.raises(Ambiguous):
        gateway_at(url, read_seconds=0.6).send(outgoing)
    eventually(lambda: "delivered" in hooks.statuses(outgoing.attempt_id))


def test_a_report_that_is_refused_is_posted_again_as_the_address_asks(
    gateway: SmsGateway, text: Text, hooks: Hooks
) -> None:
    hooks.answers += [500, 403]
    outgoing = text()
    gateway.send(outgoing)
    eventually(lambda: len(hooks.statuses(outgoing.attempt_id)) >= 6)
    counts = Counter(hooks.statuses(outgoing.attempt_id))
    assert sum(counts.values()) == 6


@pytest.mark.parametrize(
    ("fragment", "failure", "made", "again"),
    [
        ("", "ct", 0, True),
        ("", "ct", 1, False),
        ("", "5xx", 0, False),
        ("rc=5&rp=all", "5xx", 4, True),
        ("rc=5&rp=all", "5xx", 5, False),
        ("rc=99&rp=4xx,rt", "rt", 4, True),
        ("rc=99&rp=4xx,rt", "4xx", 5, False),
        ("rc=x&rp=4xx", "5xx", 0, False),
        ("rc=0", "ct", 0, False),
    ],
)
def test_the_fragment_says_how_often_a_form_is_posted_again(
    *, fragment: str, failure: str, made: int, again: bool
) -> None:
    assert policy_in(fragment).allows(failure, made) is again


def test_the_list_may_be_slow_to_show_a_text(start: Start, text: Text) -> None:
    url = start(faults="list_lag=30")
    gateway = gateway_at(url)
    sid = gateway.send(text()).provider_sid
    assert not gateway.sent_to(PATIENT)
    assert gateway.fetch(sid).provider_sid == sid


def test_a_text_that_waits_longer_than_it_may_is_not_sent(start: Start, text: Text) -> None:
    gateway = gateway_at(start(speed=0.1))
    sid = gateway.send(text(validity_seconds=1)).provider_sid
    assert final_of(gateway, sid) == ("failed", 30036)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("Body", "", 21602),
        ("Body", "x" * 1601, 21617),
        ("To", "", 21604),
        ("To", "call me", 21211),
        ("MessagingServiceSid", "", 21603),
        ("MessagingServiceSid", "MG" + "9" * 32, 21701),
        ("StatusCallback", "ftp://x", 21609),
        ("StatusCallback", "https://my_host.example.org/x", 21609),
        ("ValidityPeriod", "0", 35126),
        ("ValidityPeriod", "36001", 35126),
        ("IdempotencyKey", "1", 20001),
    ],
)
def test_a_form_that_the_provider_would_not_take_is_refused(
    base_url: str, *, field: str, value: str, code: int
) -> None:
    form = {"To": PATIENT, "Body": "hello", "MessagingServiceSid": SERVICE} | {field: value}
    url = f"{base_url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    with requests.Session() as session:
        answer = session.post(url, data=form, auth=(ACCOUNT, TOKEN), timeout=5)
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert set(answer.json()) == {"code", "message", "more_info", "status"}


def test_told_no_messaging_service_it_takes_any(start: Start, text: Text) -> None:
    assert gateway_at(start(service_sid="")).send(text()).provider_sid


def test_a_text_can_be_blanked_and_deleted(gateway: SmsGateway, base_url: str, text: Text) -> None:
    sid = gateway.send(text()).provider_sid
    url = f"{base_url}/2010-04-01/Accounts/{ACCOUNT}/Messages/{sid}.json"
    with requests.Session() as session:
        session.auth = (ACCOUNT, TOKEN)
        assert session.post(url, data={"Body": ""}, timeout=5).json()["body"] == ""
        assert gateway.fetch(sid).body == ""
        assert session.delete(url, timeout=5).status_code == 204
        assert session.delete(url, timeout=5).status_code == 404
    assert not gateway.sent_to(PATIENT)


@pytest.mark.parametrize("path", ["/_sim/phones", "/_sim/dump", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"])
def test_a_stranger_sees_nothing(base_url: str, path: str) -> None:
    with requests.Session() as session:
        for auth in (None, (ACCOUNT, "wrong"), ("AC" + "1" * 32, TOKEN)):
            assert session.get(base_url + path, auth=auth, timeout=5).status_code == 401


def test_the_simulator_shows_each_phone_and_its_thread(gateway: SmsGateway, simulator: Simulator, text: Text) -> None:
    gateway.send(text(to="+13055550112"))
    gateway.send(text())
    simulator.reply(PATIENT, "1")
    assert [(phone.phone, phone.texts) for phone in simulator.phones()] == [(PATIENT, 2), ("+13055550112", 1)]
    assert simulator.phones()[0].last_body == "1"
    assert [bubble.from_clinic for bubble in simulator.thread(PATIENT).texts] == [True, False]
    assert simulator.thread("+13055550119").texts == ()
    simulator.reset()
    assert simulator.phones() == ()


def test_texts_of_the_past_are_shown_and_the_clinic_hears_nothing_of_them(
    *, gateway: SmsGateway, simulator: Simulator, hooks: Hooks
) -> None:
    sent = past("SM" + "1" * 32, to=PATIENT, from_=EXAMPLE_NUMBER, direction="outbound-api", status="delivered")
    stop = past("SM" + "2" * 32, to=EXAMPLE_NUMBER, from_=PATIENT, direction="inbound", status="received", body="Stop")
    simulator.remember([sent, stop])
    thread = simulator.thread(PATIENT)
    assert [(text.body, text.from_clinic, text.at) for text in thread.texts[:2]] == [
        ("Hello", True, A_WEEK_AGO),
        ("Stop", False, A_WEEK_AGO),
    ]
    assert thread.texts[2].body.startswith("You have successfully been unsubscribed")
    assert thread.opted_out
    assert gateway.fetch(sent.sid).status == "delivered"
    assert [text.provider_sid for text in gateway.received(EXAMPLE_NUMBER, since=A_WEEK_AGO)] == [stop.sid]
    assert hooks.forms == []


def past(sid: str, **changes: Any) -> PastText:
    return PastText(**{"sid": sid, "body": "Hello", "at": A_WEEK_AGO} | changes)


def test_a_simulator_that_is_away_says_so(base_url: str) -> None:
    for away in (Simulator("http://127.0.0.1:1", ACCOUNT, TOKEN), Simulator(base_url, ACCOUNT, "wrong")):
        with pytest.raises(SimulatorAway):
            away.phones()


def test_ordinary_numbers_stay_ordinary() -> None:
    for digits in range(80):
        assert behavior_of(f"+1305555{100 + digits:04}") is ORDINARY
    assert behavior_of("+13055551181") is ORDINARY


def test_the_journal_brings_everything_back_and_cuts_off_half_a_line(
    *, start: Start, text: Text, tmp_path: Path, hooks: Hooks
) -> None:
    journal = tmp_path / "state.jsonl"
    first = start(journal=journal, speed=0.001)
    gateway = gateway_at(first)
    outgoing = text()
    sid = gateway.send(outgoing).provider_sid
    simulator_at(first).reply("+13055550112", "STOP")
    with journal.open("ab") as written:
        written.write(b'{"do": "add", "text": {"si')
    second = start(journal=journal)
    assert final_of(gateway_at(second), sid) == ("delivered", None)
    assert simulator_at(second).thread("+13055550112").opted_out
    eventually(lambda: "delivered" in hooks.statuses(outgoing.attempt_id))
    third = simulator_at(start(journal=journal))
    assert {bubble.sid for bubble in third.dump()} == {sid}
    third.reset()
    assert journal.read_bytes() == b""


def start_process(journal: Path, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "clinic.gateways.sms.stand_in", "--port", "0", "--account-sid", ACCOUNT]
    command += ["--auth-token-env", "STAND_IN_TOKEN", "--service-sid", SERVICE, "--state", str(journal), *arguments]
    process = subprocess.Popen(
        command,
        env=os.environ | {"STAND_IN_TOKEN": TOKEN},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().split()[-1]


def finish(process: subprocess.Popen[str], number: signal.Signals) -> int:
    process.send_signal(number)
    assert process.stdout is not None
    with process.stdout:
        return process.wait(10)


def test_a_killed_process_keeps_what_it_accepted(tmp_path: Path, text: Text) -> None:
    process, url = start_process(tmp_path / "state.jsonl", "--speed", "0.01")
    sids = {gateway_at(url).send(text()).provider_sid for _ in range(3)}
    finish(process, signal.SIGKILL)
    process, url = start_process(tmp_path / "state.jsonl")
    assert {found.provider_sid for found in gateway_at(url).sent_to(PATIENT)} == sids
    assert finish(process, signal.SIGTERM) == 0


def test_the_page_about_the_stand_in_names_every_number_with_its_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "text-stand-in.md").read_text()
    rows = {line[6:10]: line for line in page.splitlines() if line.startswith("| 555-")}
    assert sorted(rows) == [f"01{last_two}" for last_two in range(80, 100)]
    for number, line in rows.items():
        behavior = behavior_of(f"+1305555{number}")
        for code in filter(None, (behavior.error_code, behavior.refusal)):
            assert f"{code})" in line
