"""The two texts that ask for a signature: however late the first one leaves, the second is two days apart."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import select

from clinic.consents.actions.asking import ask_to_sign
from clinic.consents.actions.documents import install_forms
from clinic.gateways.sms import Rejected
from clinic.messaging.jobs.claiming import Claimed
from clinic.messaging.jobs.sending import claim
from clinic.messaging.models import Message
from clinic.messaging.rules.wording import state_words
from clinic.people.models import Patient
from clinic.reactions import GUARDS
from tests.domains.consents.form_makers import ADMIN
from tests.domains.messaging.conftest import make_runtime, provider
from tests.domains.messaging.desk import Desk
from tests.domains.scheduling.calendar_makers import COORDINATOR

__all__ = ["make_runtime", "provider"]
TRIALS = 25


class FormsDesk(Desk):
    """A desk that judges texts as the product does."""

    guards = property(lambda _self: GUARDS)

    def ask(self, patient: Patient) -> None:
        with self.runtime.begin(by=COORDINATOR) as session:
            ring, now = self.runtime.link_ring, self.clock()
            ask_to_sign(session, patient.id, of_pain=False, ring=ring, by=COORDINATOR, now=now)

    def asked(self, patient: Patient) -> list[Message]:
        """Return the texts in the order in which they were to leave first: the question, its reminder, others."""
        with self.runtime.begin(by=COORDINATOR) as session:
            wanted = select(Message).where(Message.recipient_id == patient.id, Message.template_key == "SIGN_NEEDED")
            return sorted(session.scalars(wanted), key=lambda text: (text.created_at, "reminder" in text.dedupe_key))


def open_desk(runtime, provider, clock) -> FormsDesk:
    found = FormsDesk(runtime, provider, clock)
    with runtime.begin(by=ADMIN) as session:
        install_forms(session, by=ADMIN, now=clock())
    return found


@pytest.fixture
def desk(make_runtime, begin, provider, clock) -> FormsDesk:
    return open_desk(make_runtime(begin), provider, clock)


@pytest.fixture
def ana(desk: FormsDesk) -> Patient:
    patient = desk.patient()
    desk.send_all()
    return patient


def states(desk: FormsDesk, patient: Patient) -> list[str]:
    return [text.state for text in desk.asked(patient)]


def test_a_question_that_left_at_once_is_followed_after_two_days(desk: FormsDesk, ana: Patient, clock):
    desk.ask(ana)
    clock.advance(minutes=2)
    desk.send_all()
    assert states(desk, ana) == ["accepted", "pending"]
    clock.advance(hours=47, minutes=58)
    desk.send_all()
    assert states(desk, ana) == ["accepted", "accepted"]


def test_a_reminder_waits_two_days_from_a_question_that_left_late(desk: FormsDesk, ana: Patient, clock):
    desk.ask(ana)
    clock.advance(hours=49)  # Nothing was sent meanwhile, and both are due.
    desk.send_all()
    first, reminder = desk.asked(ana)
    assert (first.state, reminder.state) == ("accepted", "pending")
    assert reminder.due_at == first.sent_at + timedelta(days=2)
    said = state_words(reminder.state, reason=reminder.reason, code=None)
    assert said == "Waiting: the same question left less than two days before"
    clock.advance(hours=47)
    desk.send_all()
    assert states(desk, ana) == ["accepted", "pending"]
    clock.advance(hours=1)
    desk.send_all()
    assert states(desk, ana) == ["accepted", "accepted"]


def test_a_question_of_which_nobody_knows_whether_it_left_counts_as_asked(
    desk: FormsDesk, ana: Patient, clock, provider
):
    desk.ask(ana)
    clock.advance(hours=49)
    provider.answers.append(provider.take_and_hang_up)
    desk.send_all()
    assert states(desk, ana) == ["ambiguous", "pending"]


def test_a_question_that_was_refused_is_none(desk: FormsDesk, ana: Patient, clock, provider):
    desk.ask(ana)
    clock.advance(hours=49)
    provider.answers.append(Rejected(code=30006, http_status=400))
    desk.send_all()
    assert states(desk, ana) == ["failed", "accepted"]


def test_a_question_that_the_phone_did_not_take_is_not_asked_again_the_same_morning(
    desk: FormsDesk, ana: Patient, clock
):
    desk.ask(ana)
    clock.advance(hours=47)
    desk.send_all()
    first, _ = desk.asked(ana)
    (attempt,) = desk.attempts(first.id)
    desk.report(attempt.id, str(attempt.provider_sid), "undelivered", 30005)
    clock.advance(hours=1, minutes=25)
    desk.send_all()
    assert states(desk, ana) == ["undelivered", "pending"]
    clock.advance(hours=46, minutes=35)
    desk.send_all()
    assert states(desk, ana) == ["undelivered", "accepted"]


def test_what_the_desk_asks_anew_leaves_at_once_and_stands_for_the_reminder(desk: FormsDesk, ana: Patient, clock):
    desk.ask(ana)
    desk.send_all()
    clock.advance(hours=25)
    desk.ask(ana)
    desk.send_all()
    assert states(desk, ana) == ["accepted", "pending", "accepted"]
    clock.advance(hours=23)
    desk.send_all()
    assert states(desk, ana) == ["accepted", "pending", "accepted"]


def test_a_reminder_that_would_come_too_late_is_left_out_and_is_nobodys_task(desk: FormsDesk, ana: Patient, clock):
    desk.ask(ana)
    desk.send_all()
    for hours in (47, 46.5):
        clock.advance(hours=hours)
        desk.ask(ana)
        desk.send_all()
        clock.advance(hours=1)
        desk.send_all()
    _, reminder, *again = desk.asked(ana)
    assert [text.state for text in again] == ["accepted", "accepted"]
    assert (reminder.state, reminder.reason) == ("canceled", "asked_lately")
    assert desk.tasks() == []


def test_two_workers_with_both_texts_in_hand_promise_one(make_runtime, database, provider, clock):
    desk = open_desk(make_runtime(database.begin), provider, clock)
    patients = [desk.patient() for _ in range(TRIALS)]
    desk.send_all()
    for patient in patients:
        desk.ask(patient)
    clock.advance(hours=49)
    in_hand = {each.message_id: each for each in claim(desk.runtime, lane=2, limit=2 * TRIALS).messages}
    outcomes = [_intents(desk, [in_hand[text.id] for text in desk.asked(patient)]) for patient in patients]
    assert outcomes == [1] * TRIALS


def _intents(desk: FormsDesk, claimed: list[Claimed]) -> int:
    """Let a thread for each judge a text at the same moment; return how many are to be sent."""
    together = Barrier(len(claimed))

    def intend(one: Claimed) -> bool:
        together.wait()
        return desk.intend(one) is not None

    with ThreadPoolExecutor(len(claimed)) as pool:
        return sum(pool.map(intend, claimed))
