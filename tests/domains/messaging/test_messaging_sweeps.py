"""What the rounds of the workers make good: late texts, missed replies, a clock that is off, one bad row among good."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from clinic.gateways.sms import Ambiguous, ProviderMessage
from clinic.messaging.jobs import sweeping
from clinic.messaging.jobs.reconciling import reconcile_due
from clinic.messaging.models import InboundText, Message, SweepRun
from clinic.messaging.rules.kinds import MessageState
from tests.conftest import TestClock
from tests.domains.messaging.desk import TESTER, Desk
from tests.domains.messaging.provider import OURS, Provider, new_sid

PHONE = "+13055550177"


def change(desk: Desk, message_id: object, **values: object) -> None:
    with desk.runtime.begin(by=TESTER) as session:
        session.execute(update(Message).where(Message.id == message_id).values(**values))


def missed(clock: TestClock, body: str = "Hello", *, ago: timedelta = timedelta(minutes=5)) -> ProviderMessage:
    return ProviderMessage(new_sid(), OURS, PHONE, body, "inbound", "received", None, clock() - ago, 1)


def heard(desk: Desk) -> list[str]:
    with desk.runtime.begin(by=TESTER) as session:
        return [text.body or "" for text in session.scalars(select(InboundText).order_by(InboundText.received_at))]


def test_a_text_that_waited_for_the_morning_and_then_could_not_leave_is_a_task(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    clock.advance(hours=10, minutes=30)  # 8:30 PM in New York.
    message_id = desk.plan(desk.patient(), due_in=timedelta(), starts_in=timedelta(hours=13))
    change(desk, message_id, due_at=clock())
    desk.send()
    waiting = desk.message(message_id)
    assert (waiting.state, waiting.reason) == ("pending", "quiet_hours")
    clock.advance(hours=13)
    sweeping.expire(desk.runtime)
    assert desk.message(message_id).state == "expired"
    assert len(desk.tasks("delivery_failed")) == 1


def test_a_text_that_had_no_hour_of_the_day_is_nobodys_task(desk: Desk, clock: TestClock) -> None:
    message_id = desk.plan(desk.patient(), starts_in=timedelta(days=1))
    evening = clock() + timedelta(hours=11)
    change(desk, message_id, due_at=evening, expires_at=evening + timedelta(hours=8))
    clock.advance(hours=20)
    sweeping.expire(desk.runtime)
    assert desk.message(message_id).state == "expired"
    assert desk.tasks("delivery_failed") == []


@pytest.mark.parametrize("hours", [2, 72, 24 * 20])
def test_replies_of_an_outage_are_fetched_however_long_it_was(
    desk: Desk, provider: Provider, clock: TestClock, hours: int
) -> None:
    desk.plan(desk.patient())
    desk.send()
    sweeping.fetch_missed(desk.runtime)
    provider.is_away = True
    clock.advance(hours=1)
    provider.inbound.append(missed(clock, "Please call me"))
    clock.advance(hours=hours)
    assert sweeping.fetch_missed(desk.runtime) == 0
    provider.is_away = False
    assert [sweeping.fetch_missed(desk.runtime) for _ in range(2)] == [1, 0]
    assert heard(desk) == ["Please call me"]


def test_a_clinic_whose_webhook_never_worked_learns_its_number_from_its_own_texts(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    provider.inbound.append(missed(clock))
    assert sweeping.fetch_missed(desk.runtime) == 0
    desk.plan(desk.patient())
    desk.send()
    assert sweeping.fetch_missed(desk.runtime) == 1


def test_a_reply_that_the_webhook_brings_as_well_is_taken_in_once(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    found = missed(clock, "1")
    desk.plan(desk.patient())
    desk.send()
    provider.inbound.append(found)
    sweeping.fetch_missed(desk.runtime)
    assert desk.receive(desk.patient(), "1", provider_sid=found.provider_sid) is None
    assert heard(desk) == ["1"]


def test_missed_replies_are_known_to_be_complete_only_after_the_provider_answered(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    def up_to() -> object:
        with desk.runtime.begin(by=TESTER) as session:
            return session.scalar(select(SweepRun.ran_at).where(SweepRun.name == sweeping.CAUGHT_UP))

    desk.receive(desk.patient(), "1")
    provider.is_away = True
    sweeping.fetch_missed(desk.runtime)
    assert up_to() is None
    provider.is_away = False
    sweeping.fetch_missed(desk.runtime)
    assert up_to() == clock()


@pytest.mark.parametrize("minutes", [-60, 60])
def test_a_text_is_found_although_the_providers_clock_is_an_hour_off(
    desk: Desk, provider: Provider, clock: TestClock, minutes: int
) -> None:
    message_id = desk.plan(desk.patient())
    provider.answers.append(provider.take_and_hang_up)
    desk.send()
    ((sid, taken),) = provider.taken.items()
    provider.taken[sid] = replace(taken, created_at=clock() + timedelta(minutes=minutes))
    clock.advance(minutes=10)
    desk.sweep()
    desk.send()
    assert desk.message(message_id).state == "accepted"
    assert len(provider.calls) == 1


@dataclass
class Confused(Provider):
    """A provider whose list breaks in a way that no port promises, for one number."""

    not_for: str = ""

    def sent_to(self, e164: str, *, limit: int = 50) -> Sequence[ProviderMessage]:
        if e164 == self.not_for:
            raise ZeroDivisionError
        return super().sent_to(e164, limit=limit)


def test_one_text_that_cannot_be_looked_up_does_not_hold_up_the_others(desk: Desk, clock: TestClock) -> None:
    confused = Confused(clock)
    desk = replace(
        desk, provider=confused, runtime=replace(desk.runtime, texting=replace(desk.runtime.texting, gateway=confused))
    )
    ids = []
    for _ in range(3):
        ids.append(desk.plan(desk.patient()))
        confused.answers.append(confused.take_and_hang_up)
        desk.send()
        clock.advance(seconds=1)
    confused.not_for = confused.calls[0].to
    clock.advance(minutes=10)
    assert reconcile_due(desk.runtime, by=TESTER) == 3
    assert [desk.message(each).state for each in ids] == ["ambiguous", "accepted", "accepted"]
    confused.not_for = ""
    clock.advance(minutes=2)
    reconcile_due(desk.runtime, by=TESTER)
    assert desk.message(ids[0]).state == "accepted"


@pytest.mark.parametrize(("policy", "state"), [("ALO", MessageState.PENDING), ("AMO", MessageState.UNKNOWN)])
def test_mail_without_an_answer_has_no_list_to_be_found_in(
    desk: Desk, provider: Provider, clock: TestClock, policy: str, state: MessageState
) -> None:
    message_id = desk.plan(desk.patient())
    provider.answers.append(Ambiguous(reason="no answer"))
    desk.send()
    change(desk, message_id, channel="email", address_id=None, email_to="ana@example.org", policy=policy)
    clock.advance(minutes=10)
    desk.sweep()
    assert desk.message(message_id).state == state
