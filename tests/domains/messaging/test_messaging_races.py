"""Threads that meet: STOP against sending, workers against each other."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from clinic.messaging.jobs import sending
from tests.domains.messaging.desk import Desk
from tests.domains.messaging.provider import Provider

TRIALS = 150


def test_no_text_is_promised_after_a_stop_was_acknowledged(committed_desk: Desk) -> None:
    outcomes = Counter(_stop_while_sending(committed_desk, trial) for trial in range(TRIALS))
    assert outcomes["promised after the stop"] == 0
    assert outcomes["held back"] + outcomes["promised before the stop"] == TRIALS


def _stop_while_sending(desk: Desk, trial: int) -> str:
    patient = desk.patient(phone=f"+1{201 + trial // 80}5550{100 + trial % 80}")
    message_id = desk.plan(patient)
    (claimed,) = desk.claim()
    together = threading.Barrier(2)

    def stop() -> int:
        """Acknowledge a STOP, then look how many intents had been committed by then."""
        together.wait()
        desk.receive(patient, "STOP", opt_out_type="STOP")
        return len(desk.attempts(message_id))

    def intend() -> sending.Intent | None:
        together.wait()
        return desk.intend(claimed)

    with ThreadPoolExecutor(2) as pool:
        stopping, intending = pool.submit(stop), pool.submit(intend)
        seen, intent = stopping.result(), intending.result()
    if intent is None:
        return "held back"
    return "promised before the stop" if seen == 1 else "promised after the stop"


def test_many_workers_send_each_text_once(committed_desk: Desk, provider: Provider) -> None:
    for _ in range(60):
        committed_desk.plan(committed_desk.patient())
    with ThreadPoolExecutor(6) as pool:
        for sent in [pool.submit(committed_desk.send_all) for _ in range(6)]:
            sent.result()
    assert len(provider.calls) == 60
    assert Counter(text.to for text in provider.calls).most_common(1)[0][1] == 1
    assert {message.state for message in committed_desk.messages()} == {"accepted"}


def test_sweeps_of_many_workers_do_not_get_in_each_others_way(committed_desk: Desk, provider: Provider) -> None:
    for _ in range(20):
        committed_desk.plan(committed_desk.patient())
    provider.answers.extend([provider.take_and_hang_up] * 20)
    committed_desk.send_all()
    committed_desk.runtime.clock.advance(minutes=5)  # type: ignore[attr-defined]
    with ThreadPoolExecutor(6) as pool:
        for swept in [pool.submit(committed_desk.sweep) for _ in range(12)]:
            swept.result()
    assert {message.state for message in committed_desk.messages()} == {"accepted"}
    assert len(provider.taken) == 20


def test_an_answer_and_a_flood_of_reports_about_it_do_not_deadlock(committed_desk: Desk, provider: Provider) -> None:
    desk = committed_desk
    for _ in range(25):
        message_id = desk.plan(desk.patient())
        (claimed,) = desk.claim()
        intent = desk.intend(claimed)
        assert intent is not None
        accepted = provider.take(intent.text)
        attempt_id, sid = intent.text.attempt_id, accepted.provider_sid
        with ThreadPoolExecutor(6) as pool:
            statuses = ("queued", "sending", "sent", "sent", "delivered")
            reports = [pool.submit(desk.report, attempt_id, sid, status) for status in statuses]
            for each in [pool.submit(desk.write_down, intent, accepted), *reports]:
                each.result()
        message = desk.message(message_id)
        assert (message.state, message.duplicate_count) == ("delivered", 0)
