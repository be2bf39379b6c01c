"""STOP from a phone and the stop of all texts against workers that send: real connections that meet."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from clinic.gateways.sms import OutgoingText
from clinic.messaging import actions
from clinic.people import actions as people
from clinic.people.models import Patient
from tests.domains.messaging.desk import TESTER, Desk
from tests.domains.messaging.provider import Provider

TRIALS = 3
TEXTS = 40


def stop(desk: Desk) -> int:
    with desk.runtime.begin(by=TESTER) as session:
        return actions.stop_sending(session, reason="Wrong day in a text", by=TESTER, now=desk.clock())


def start(desk: Desk) -> None:
    with desk.runtime.begin(by=TESTER) as session:
        actions.start_sending(session, by=TESTER, now=desk.clock())


def test_after_the_commit_of_the_stop_no_text_reaches_the_provider(committed_desk: Desk, provider: Provider) -> None:
    for trial in range(TRIALS):
        _stop_between_two_workers(committed_desk, provider, after=1 + 10 * trial)


def _stop_between_two_workers(desk: Desk, provider: Provider, *, after: int) -> None:
    provider.calls.clear()
    provider.taken.clear()
    before = len(desk.messages("accepted"))
    for _ in range(TEXTS):
        desk.plan(desk.patient())
    enough = Event()

    def dawdle(_text: OutgoingText) -> None:
        """Take a while to reach the provider, as a real call does, and say when the stop may be pressed."""
        if len(provider.calls) >= after:
            enough.set()
        time.sleep(0.01)

    provider.answers.extend([dawdle] * TEXTS)
    with ThreadPoolExecutor(2) as pool:
        workers = [pool.submit(desk.send_all) for _ in range(2)]
        enough.wait(30)
        assert stop(desk) == 0
        left = len(provider.taken)
        for worker in workers:
            worker.result()
    assert len(provider.taken) == left
    assert len(desk.messages("accepted")) - before == left
    assert len(desk.messages("pending")) == TEXTS - left
    start(desk)
    desk.send_all()
    sent = Counter(text.to for text in provider.calls)
    assert (len(sent), sent.most_common(1)[0][1]) == (TEXTS, 1)


def test_the_stop_waits_for_a_call_that_is_under_way(committed_desk: Desk, provider: Provider) -> None:
    committed_desk.plan(committed_desk.patient())
    called, may_answer = Event(), Event()

    def answer_late(_text: OutgoingText) -> None:
        called.set()
        may_answer.wait(30)

    provider.answers.append(answer_late)
    with ThreadPoolExecutor(2) as pool:
        sending = pool.submit(committed_desk.send_all)
        assert called.wait(30)
        stopping = pool.submit(stop, committed_desk)
        time.sleep(0.3)
        assert not stopping.done()
        may_answer.set()
        assert (stopping.result(), sending.result()) == (0, 1)
    assert len(committed_desk.messages("accepted")) == 1


def test_the_stop_does_not_wait_for_ever_and_says_what_may_still_arrive(
    committed_desk: Desk, provider: Provider
) -> None:
    message_id = committed_desk.plan(committed_desk.patient())
    (claimed,) = committed_desk.claim()
    assert committed_desk.intend(claimed) is not None  # and its worker is killed
    assert stop(committed_desk) == 1
    assert committed_desk.message(message_id).state == "sending"
    assert provider.calls == []


def texted(desk: Desk, patient: Patient) -> None:
    desk.receive(patient, "STOP", opt_out_type="STOP")


def told(desk: Desk, patient: Patient) -> None:
    """Let a coordinator write down that the patient wants no texts; waiting texts are judged when they come up."""
    with desk.runtime.begin(by=TESTER) as session:
        people.opt_out(session, phone_id=patient.phone_id, source="phone_call", by=TESTER, now=desk.clock())


@pytest.mark.parametrize(("opt_out", "trials"), [(texted, 150), (told, 75)])
def test_150_of_150_texts_leave_before_a_stop_or_not_at_all(
    committed_desk: Desk, opt_out: Callable[[Desk, Patient], None], trials: int
) -> None:
    """An opt-out that was acknowledged finds each text under way already, or it is never promised."""
    outcomes = Counter(_race(committed_desk, opt_out, trial) for trial in range(trials))
    assert set(outcomes) == {"sending", "suppressed"}
    assert committed_desk.messages("pending", "claimed") == []


def _race(desk: Desk, opt_out: Callable[[Desk, Patient], None], trial: int) -> str:
    """Let a claimed text and an opt-out meet; return what became of the text."""
    patient = desk.patient()
    message_id = desk.plan(patient)
    (claimed,) = desk.claim()
    together = Barrier(2)

    def send() -> object:
        together.wait(30)
        time.sleep(0.002 * (trial % 3))
        return desk.intend(claimed)

    def stop_texts() -> str:
        together.wait(30)
        time.sleep(0.002 * (trial // 3 % 5))
        opt_out(desk, patient)
        return desk.message(message_id).state

    with ThreadPoolExecutor(2) as pool:
        sending, stopping = pool.submit(send), pool.submit(stop_texts)
        seen_after, is_promised = stopping.result(), sending.result() is not None
    after = desk.message(message_id).state
    assert (seen_after == "sending") == (after == "sending"), "a text was promised after the opt-out was acknowledged"
    assert is_promised == (after == "sending") == bool(desk.attempts(message_id))
    return after
