"""What a 1 and a 2 do to the visit that was asked about, and how the phone is answered; late and changed ones too."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from clinic.access.actions import make_link
from clinic.gateways.sms import InboundText as ReceivedText
from clinic.kernel.dispatch import run_outbox
from clinic.messaging import actions as messaging
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Recipient, RecipientKind, Subject
from clinic.reactions import standing_orders
from clinic.scheduling import actions
from clinic.scheduling.rules.states import CancelReason
from clinic.waitlist.actions.looking import look_at_one
from clinic.waitlist.models import SlotOffer
from clinic.worklist.queries import open_items_of_patient
from tests.domains.messaging.provider import OURS, new_sid
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING, at
from tests.domains.scheduling.texting import FIRST
from tests.domains.waitlist.waitlist_makers import cancel, wait_for

SECOND = at(26, 14)


@pytest.fixture
def phone(texting):
    return Phone(texting)


class Phone:
    """Ana's phone: it is asked, it replies, and everything that follows happens at once."""

    def __init__(self, texting):
        self.texting, self.clock = texting, texting.clock
        texting.settle()
        self.react()

    def ask(self, key: str = "PREP_48H_SITTER") -> UUID:
        """Let a question about the visit reach the phone; the reminder comes by itself."""
        visit, ana = self.texting.visit(), self.texting.ana
        with self.texting.begin() as session:
            link = make_link(
                session,
                purpose="visit",
                resource_kind="appointment",
                resource_id=visit.id,
                patient_id=ana.id,
                expires_at=visit.ends_at,
                now=self.clock(),
                by=COORDINATOR,
                ring=RING,
            )
            asked = messaging.plan(
                session,
                template_key=key,
                recipient=Recipient(
                    kind=RecipientKind.PATIENT, id=ana.id, phone_id=ana.phone_id, language="en", zone=ana.zone
                ),
                subject=Subject(kind="appointment", id=visit.id, version=visit.time_version),
                variables={"starts_at": visit.starts_at},
                link_id=link.id,
                due_at=self.clock() + timedelta(seconds=1),
                dedupe_key=f"test:{key}:{self.clock()}",
                now=self.clock(),
                by=COORDINATOR,
            )
        self.texting.settle(seconds=2)
        assert asked is not None
        return asked

    def says(self, body: str, *, after: float = 120) -> str:
        """Reply, and return the new texts that come of it."""
        self.clock.advance(seconds=after)
        before = len(self.texting.got())
        with self.texting.begin() as session:
            e164 = messaging_number(session, self.texting.ana.phone_id)
            text = ReceivedText(new_sid(), e164, OURS, body, None, 1)
            messaging.receive(session, text=text, has_own_replies=True, by=COORDINATOR, now=self.clock())
        self.react()
        return " ".join(self.texting.settle()[before:])

    def wait_for_an_earlier_time(self, starts_at):
        """Let the patient wait, somebody else's visit be called off, and a text offer a time; return it."""
        texting = self.texting
        with texting.begin() as session:
            freed = actions.book_now(
                session,
                visit_type_code="follow_up",
                patient_id=texting.other.id,
                physician_id=texting.okafor.id,
                starts_at=starts_at,
                by=COORDINATOR,
                now=self.clock(),
                ring=RING,
            )
            wait_for(session, texting.visit(), now=self.clock())
        with texting.begin() as session:
            cancel(session, freed, now=self.clock())
        self.react()
        with texting.begin() as session:
            while look_at_one(session, by=COORDINATOR, now=self.clock(), ring=RING):
                pass
            offer = session.scalars(select(SlotOffer).where(SlotOffer.state == "open")).one()
        texting.settle(seconds=1)
        return offer.starts_at

    def react(self):
        run_outbox(
            self.texting.desk.runtime.begin,
            standing_orders(RING),
            clock=self.clock,
            by=COORDINATOR,
            on_parked=lambda *_: pytest.fail("a fact was parked"),
        )

    def tasks(self):
        with self.texting.begin() as session:
            items = open_items_of_patient(session, patient_id=self.texting.ana.id)
            return {str(item.kind): item.reason for item in items}

    def question(self, message_id: UUID) -> Message:
        with self.texting.begin() as session:
            return session.scalars(select(Message).where(Message.id == message_id)).one()


def messaging_number(session, phone_id):
    from clinic.people.models import Phone as Row

    return session.get_one(Row, phone_id).e164


def test_a_one_confirms_the_visit_that_was_asked_about(phone):
    question = phone.ask("VISIT_24H")
    assert "is confirmed" in phone.says("Yes please \U0001f44d")
    assert phone.texting.visit().state == "confirmed"
    assert phone.question(question).answered_at == phone.clock()


@pytest.mark.parametrize("said", ["1", "2"])
def test_a_one_takes_the_time_that_was_offered_and_a_two_lets_it_go(phone, said):
    offered = phone.wait_for_an_earlier_time(at(24, 14))
    answers = {"1": "Your visit moved to Tue Nov 24, 2:00 PM ET", "2": "We let that time go"}
    assert answers[said] in phone.says(said)
    assert phone.texting.visit().starts_at == {"1": offered, "2": FIRST}[said]
    assert offered < FIRST
    assert phone.says(said, after=20) == ""


def test_a_two_asks_for_another_time(phone):
    phone.ask("VISIT_24H")
    assert "Pick another time" in phone.says("2")
    assert set(phone.tasks()) == {"move_requested"}


def test_the_same_again_says_so_and_at_once_it_says_nothing_twice(phone):
    phone.ask("VISIT_24H")
    assert "is confirmed" in phone.says("1")
    assert phone.says("1", after=20) == ""
    assert "is confirmed" in phone.says("yes", after=3600)
    assert phone.texting.history().count("confirmed") == 1


def test_of_a_one_and_then_a_two_the_two_counts_and_a_person_sees_both(phone):
    phone.ask("VISIT_24H")
    phone.says("1")
    assert "Pick another time" in phone.says("2", after=20)
    assert "1 first and then 2" in phone.tasks()["move_requested"]


def test_of_a_two_and_then_a_one_the_one_counts_and_a_person_sees_both(phone):
    phone.ask("VISIT_24H")
    phone.says("2")
    assert "is confirmed" in phone.says("1", after=20)
    assert phone.texting.visit().state == "confirmed"
    assert "last reply counts" in phone.tasks()["reply_unclear"]
    assert "move_requested" not in phone.tasks()


def test_a_support_person_is_noted_at_the_visit(phone):
    phone.ask()
    assert "Thank" in phone.says("1")
    assert phone.texting.history()[-1] == "support_person_set"
    assert phone.texting.visit().state == "booked"
    phone.says("1", after=3600)
    assert phone.texting.history().count("support_person_set") == 1
    assert phone.tasks() == {}


def test_without_a_support_person_a_coordinator_calls(phone):
    phone.ask()
    assert "call" in phone.says("no, not yet").lower()
    assert set(phone.tasks()) == {"support_person_missing"}
    assert phone.texting.history()[-1] == "support_person_missing"
    phone.says("1", after=3600)
    assert "support_person_missing" not in phone.tasks()
    assert "last reply counts" in phone.tasks()["reply_unclear"]


def test_a_visit_that_is_called_off_needs_no_support_person_any_more(phone):
    phone.ask()
    phone.says("2")
    phone.texting.act(actions.cancel, reason=CancelReason.PATIENT_REQUEST)
    assert phone.tasks() == {}


def test_a_support_person_does_not_keep_a_move_from_being_taken_back(phone):
    phone.ask()
    phone.texting.move(SECOND)
    with phone.texting.begin() as session:
        visit = phone.texting.visit()
        from clinic.scheduling.actions.ledger import remark
        from clinic.scheduling.rules.changes import Change

        remark(session, visit, Change.SUPPORT_PERSON_SET, by=COORDINATOR, now=phone.clock())
    assert phone.texting.undo().starts_at == FIRST


def test_a_reply_to_a_visit_that_was_called_off_gets_the_truth_and_no_task(phone):
    phone.ask("VISIT_24H")
    phone.texting.act(actions.cancel, reason=CancelReason.PATIENT_REQUEST)
    phone.react()
    phone.texting.settle()
    assert "has begun, changed or is over" in phone.says("1")
    assert phone.tasks() == {}
    assert phone.texting.visit().state != "confirmed"


def test_a_one_after_the_start_changes_nothing_and_says_so(phone):
    phone.ask("VISIT_24H")
    phone.clock.advance(seconds=(FIRST - phone.clock()).total_seconds() + 60)
    assert "has begun" in phone.says("1")
    assert (phone.texting.visit().state, phone.tasks()) == ("booked", {})


def test_a_two_after_the_start_wants_a_person(phone):
    phone.ask("VISIT_24H")
    phone.clock.advance(seconds=(FIRST - phone.clock()).total_seconds() + 60)
    assert "has begun" in phone.says("2")
    assert "after the visit had begun" in phone.tasks()["reply_unclear"]


def test_a_one_to_a_time_that_the_patient_does_not_know_to_be_old_asks_a_person(phone):
    phone.ask("VISIT_24H")
    phone.texting.move(SECOND)
    phone.react()
    assert "changed" in phone.says("1", after=30)
    assert "earlier time" in phone.tasks()["reply_unclear"]
    assert phone.texting.visit().state == "booked"


def test_a_one_after_the_news_of_the_move_means_the_new_time(phone):
    phone.ask("VISIT_24H")
    phone.texting.move(SECOND)
    phone.react()
    phone.texting.settle(seconds=180)
    assert "Nov 26" in phone.says("1")
    assert phone.texting.visit().state == "confirmed"


def test_a_support_person_for_the_earlier_day_is_asked_about_again(phone):
    phone.ask()
    phone.texting.move(SECOND)
    phone.react()
    assert "changed" in phone.says("1", after=30)
    assert "support_person_set" not in phone.texting.history()
    assert "earlier time" in phone.tasks()["reply_unclear"]


def test_confirmed_on_the_page_a_one_still_gets_its_thanks(phone):
    phone.ask("VISIT_24H")
    phone.texting.confirm()
    assert "is confirmed" in phone.says("1")


def test_where_nothing_was_asked_a_one_means_the_next_visit_as_ever(phone):
    assert "is confirmed" in phone.says("1")
    assert phone.texting.visit().state == "confirmed"


def test_an_ok_to_what_we_answered_is_no_answer_to_what_we_asked(phone):
    phone.ask("VISIT_24H")
    phone.says("2")
    assert phone.says("ok thanks", after=30) == phone.says("ok", after=300) == ""
    assert phone.texting.visit().state == "booked"
    assert set(phone.tasks()) == {"move_requested"}


def test_an_ok_after_the_promise_of_a_call_confirms_no_visit(phone):
    phone.ask()
    phone.says("2")
    assert phone.says("ok", after=30) == phone.says("\U0001f44d", after=300) == ""
    assert phone.texting.visit().state == "booked"


def test_an_ok_where_nothing_was_asked_confirms_no_visit(phone):
    assert "confirmed" not in phone.says("ok")
    assert phone.texting.visit().state == "booked"


def test_what_nobody_was_asked_is_answered_truly(phone):
    phone.texting.act(actions.cancel, reason=CancelReason.PATIENT_REQUEST)
    phone.react()
    phone.texting.settle()
    assert "No visit is waiting" in phone.says("1")
