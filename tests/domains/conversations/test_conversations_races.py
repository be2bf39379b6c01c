"""People who act at the same instant: nothing is lost, nothing is sent twice, and the second is asked."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from clinic.conversations import actions
from clinic.conversations.errors import NotTextable, RepliedMeanwhile
from clinic.kernel.actor import Actor
from clinic.kernel.errors import DomainError
from clinic.kernel.ids import new_id
from clinic.messaging.rules.kinds import MessageState
from tests.domains.conversations.conftest import coordinator_in
from tests.domains.conversations.talks import comes, conversation, talk, unread, writes
from tests.domains.messaging.desk import TESTER, Desk


def together(*acts):
    """Run acts at the same instant and return what each returned or was refused with."""
    barrier = Barrier(len(acts))

    def run(act):
        barrier.wait()
        try:
            return act()
        except DomainError as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return [each.result() for each in [pool.submit(run, act) for act in acts]]


@pytest.fixture
def people(committed_desk: Desk) -> tuple[Actor, Actor]:
    return coordinator_in(committed_desk.runtime, "Dana Reyes"), coordinator_in(committed_desk.runtime, "Lee Park")


def test_of_two_who_answer_at_once_one_is_asked_first(committed_desk: Desk, people: tuple[Actor, Actor]):
    dana, lee = people
    patient = committed_desk.patient()
    comes(committed_desk, patient, "Which door is it?")
    found = together(
        lambda: writes(committed_desk, patient, dana, "The green one."),
        lambda: writes(committed_desk, patient, lee, "The red one."),
    )
    assert sum(isinstance(one, RepliedMeanwhile) for one in found) == 1
    assert sum(bool(one.who) for one in talk(committed_desk, patient).entries) == 1


def test_one_form_sent_by_four_windows_is_one_text(committed_desk: Desk, people: tuple[Actor, Actor]):
    patient, key = committed_desk.patient(), new_id()
    found = together(*[lambda: writes(committed_desk, patient, people[0], key=key)] * 4)
    assert len(set(found)) == 1


def test_a_reply_and_a_stop_at_once_never_leave_a_text_that_would_be_sent(
    committed_desk: Desk, people: tuple[Actor, Actor]
):
    for _ in range(8):
        patient = committed_desk.patient()
        found, _stopped = together(
            lambda patient=patient: writes(committed_desk, patient, people[0]),
            lambda patient=patient: committed_desk.receive(patient, "STOP"),
        )
        if not isinstance(found, NotTextable):
            assert committed_desk.message(found).state == MessageState.SUPPRESSED


def test_texts_that_are_taken_in_at_once_make_one_conversation(committed_desk: Desk):
    patient = committed_desk.patient()
    texts = [committed_desk.receive(patient, words) for words in ("Which door?", "1", "And which floor?", "HELP")]

    def take(inbound_id):
        with committed_desk.runtime.begin(by=TESTER) as session:
            actions.take_in(session, inbound_id=inbound_id, by=TESTER, now=committed_desk.clock())

    together(*[lambda each=each: take(each) for each in texts])
    assert unread(committed_desk, patient)
    assert conversation(committed_desk, patient).last_inbound_at == committed_desk.clock()


def test_marking_and_a_new_text_at_once_lose_nothing(committed_desk: Desk, people: tuple[Actor, Actor]):
    dana = people[0]
    for _ in range(5):
        patient = committed_desk.patient()
        comes(committed_desk, patient, "Which door is it?")
        seen_at = committed_desk.clock()
        committed_desk.clock.advance(seconds=1)

        def mark(patient=patient, seen_at=seen_at):
            with committed_desk.runtime.begin(by=dana) as session:
                actions.mark_read(
                    session, phone_id=patient.phone_id, seen_at=seen_at, by=dana, now=committed_desk.clock()
                )

        together(mark, lambda patient=patient: comes(committed_desk, patient, "And which floor?"))
        assert unread(committed_desk, patient)
