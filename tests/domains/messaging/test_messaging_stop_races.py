"""The stop of all texts against workers that send: real connections, and calls that take their time."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from clinic.gateways.sms import OutgoingText
from clinic.messaging import actions
from tests.domains.messaging.desk import TESTER, Desk
from tests.domains.messaging.provider import Provider

TRIALS = 6
TEXTS = 40


def stop(desk: Desk) -> int:
    with desk.runtime.begin(by=TESTER) as session:
        return actions.stop_sending(session, reason="Wrong day in a text", by=TESTER, now=desk.clock())


def start(desk: Desk) -> None:
    with desk.runtime.begin(by=TESTER) as session:
        actions.start_sending(session, by=TESTER, now=desk.clock())


def test_after_the_commit_of_the_stop_no_text_reaches_the_provider(committed_desk: Desk, provider: Provider) -> None:
    for trial in range(TRIALS):
        _stop_between_two_workers(committed_desk, provider, after=1 + 5 * trial)


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
