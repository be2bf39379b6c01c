"""Every point at which a worker may die, C0 to C15 of the protocol, and what is left of the text afterwards."""

from datetime import timedelta
from typing import Never
from uuid import UUID

import pytest
from sqlalchemy import update

from clinic.gateways.sms import Accepted, Ambiguous, OutgoingText, Rejected, Scope
from clinic.messaging.jobs import auditing, gating, reconciling, sending
from clinic.messaging.jobs.judging import NotNow
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Drop, MessageState
from tests.conftest import TestClock
from tests.domains.messaging.desk import TESTER, Desk
from tests.domains.messaging.provider import Provider, new_sid

GRACE = timedelta(seconds=121)


def planned(desk: Desk, *, policy: str = "ALO") -> UUID:
    """Plan one text; every template about visits must arrive, so the other policy is set by hand."""
    message_id = desk.plan(desk.patient())
    assert message_id is not None
    if policy == "AMO":
        with desk.runtime.begin(by=TESTER) as session:
            session.execute(update(Message).where(Message.id == message_id).values(policy="AMO"))
    return message_id


def intended(desk: Desk, message_id: object) -> sending.Intent:
    (claimed,) = desk.claim()
    intent = desk.intend(claimed)
    assert intent is not None
    assert intent.message_id == message_id
    return intent


def look_up(desk: Desk, clock: TestClock) -> None:
    """Let leases end, the grace pass and the look-up happen."""
    desk.end_leases()
    clock.advance(seconds=GRACE.total_seconds())
    reconciling.reconcile_due(desk.runtime, by=TESTER)


def test_c0_a_domain_transaction_that_fails_takes_its_text_along(desk: Desk) -> Never:
    from clinic.kernel.ids import new_id
    from clinic.messaging import actions
    from clinic.messaging.rules.kinds import Subject
    from tests.domains.messaging.desk import reader

    patient = desk.patient()

    def book_and_fail() -> None:
        with desk.runtime.begin(by=TESTER) as session:
            actions.plan(
                session,
                template_key="OPTIN_CONFIRM",
                recipient=reader(patient),
                subject=Subject(kind="patient", id=new_id()),
                variables={},
                link_id=None,
                due_at=desk.clock(),
                now=desk.clock(),
                by=TESTER,
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        book_and_fail()
    assert desk.messages() == []


def test_c1_a_lost_poke_only_delays(desk: Desk, clock: TestClock) -> None:
    message_id = planned(desk)
    assert "texts" in clock.wakes
    clock.wakes.clear()
    desk.send_all()
    assert desk.message(message_id).state == "accepted"


def test_c2_a_worker_dies_after_the_claim(desk: Desk, provider: Provider) -> None:
    message_id = planned(desk)
    desk.claim()
    desk.send()
    assert provider.calls == []
    desk.end_leases()
    desk.send()
    assert (desk.message(message_id).state, len(provider.calls)) == ("accepted", 1)


@pytest.mark.parametrize(("policy", "state"), [("ALO", "pending"), ("AMO", "unknown")])
def test_c3_a_worker_dies_after_the_intent(desk: Desk, clock: TestClock, policy: str, state: str) -> None:
    message_id = planned(desk, policy=policy)
    intended(desk, message_id)
    look_up(desk, clock)
    assert desk.message(message_id).state == state
    desk.send()
    sent = {"ALO": 1, "AMO": 0}[policy]
    assert len(desk.provider.taken) == sent
    assert len(desk.tasks("message_unknown")) == 1 - sent


@pytest.mark.parametrize("policy", ["ALO", "AMO"])
def test_c4_a_worker_dies_while_the_provider_takes_the_text(
    desk: Desk, provider: Provider, clock: TestClock, policy: str
) -> None:
    message_id = planned(desk, policy=policy)
    provider.take(intended(desk, message_id).text)
    look_up(desk, clock)
    assert desk.message(message_id).state == "accepted"
    desk.send()
    assert len(provider.taken) == 1


def test_c4_a_callback_alone_settles_it_when_the_list_is_blind(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    message_id = planned(desk)
    intent = intended(desk, message_id)
    provider.is_list_blind = True
    sid = provider.take(intent.text).provider_sid
    desk.report(intent.text.attempt_id, sid, "sent")
    look_up(desk, clock)
    message = desk.message(message_id)
    assert (message.state, message.provider_sid) == ("sent", sid)


def test_c5_a_worker_dies_with_the_answer_in_its_hands(desk: Desk, provider: Provider, clock: TestClock) -> None:
    message_id = planned(desk)
    intent = intended(desk, message_id)
    sending.call(provider, intent, may_start=True)
    look_up(desk, clock)
    assert desk.message(message_id).provider_sid in provider.taken


@pytest.mark.parametrize("was_taken", [True, False])
def test_c6_a_server_fault_is_looked_up(desk: Desk, provider: Provider, clock: TestClock, was_taken: bool) -> None:
    message_id = planned(desk)
    provider.answers.append(provider.take_and_hang_up if was_taken else Ambiguous(http_status=500))
    desk.send()
    assert desk.message(message_id).state == "ambiguous"
    look_up(desk, clock)
    desk.send()
    assert desk.message(message_id).state == "accepted"
    assert len(provider.taken) == 1


def test_c7_lost_callbacks_are_made_up_for_by_asking(desk: Desk, provider: Provider, clock: TestClock) -> None:
    message_id = planned(desk)
    desk.send()
    sid = str(desk.message(message_id).provider_sid)
    provider.report(sid, "delivered")
    clock.advance(minutes=16)
    desk.sweep()
    assert desk.message(message_id).state == "delivered"


def test_c8_a_callback_that_comes_before_the_answer_is_stored(desk: Desk, provider: Provider) -> None:
    message_id = planned(desk)

    def report_first(text: OutgoingText) -> None:
        sid = new_sid()
        desk.report(text.attempt_id, sid, "delivered")
        raise Ambiguous(reason="no answer")

    provider.answers.append(report_first)
    desk.send()
    assert desk.message(message_id).state == "delivered"


def test_c8_the_late_answer_changes_nothing(desk: Desk) -> None:
    message_id = planned(desk)
    intent, sid = intended(desk, message_id), new_sid()
    desk.report(intent.text.attempt_id, sid, "sent")
    desk.write_down(intent, Accepted(sid, "accepted", 0))
    message = desk.message(message_id)
    assert (message.state, message.provider_sid, message.duplicate_count) == ("sent", sid, 0)


def test_c9_a_worker_that_slept_past_its_lease_sends_nothing(desk: Desk, provider: Provider, clock: TestClock) -> None:
    message_id = planned(desk)
    intent = intended(desk, message_id)
    look_up(desk, clock)
    desk.send()
    outcome = sending.call(provider, intent, may_start=False)
    desk.write_down(intent, outcome)
    assert (desk.message(message_id).state, len(provider.taken)) == ("accepted", 1)


def test_c9_if_it_had_slept_in_the_middle_of_the_call_the_second_text_is_counted(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    message_id = planned(desk)
    slow = intended(desk, message_id)
    look_up(desk, clock)
    desk.send()
    desk.write_down(slow, sending.call(provider, slow, may_start=True))
    message = desk.message(message_id)
    assert (message.state, message.duplicate_count) == ("accepted", 1)


def test_c10_the_same_work_seen_twice_is_done_once(desk: Desk, provider: Provider, clock: TestClock) -> None:
    message_id = planned(desk)
    (old,) = desk.claim()
    desk.end_leases()
    (new,) = desk.claim()
    assert desk.intend(old) is None
    intent = desk.intend(new)
    assert intent is not None
    assert desk.intend(new) is None
    desk.write_down(intent, sending.call(provider, intent, may_start=True))
    desk.send_all()
    assert (desk.message(message_id).state, len(provider.calls)) == ("accepted", 1)


def test_c10_what_a_late_worker_finds_wrong_leaves_the_next_ones_claim_alone(desk: Desk, provider: Provider) -> None:
    message_id = planned(desk)
    (old,) = desk.claim()
    desk.end_leases()
    (new,) = desk.claim()
    late = NotNow(state=MessageState.CANCELED, reason="visit_moved")
    with desk.runtime.begin(by=TESTER) as session:
        gating.refuse(session, old, late, by=TESTER, now=desk.clock())
    assert desk.message(message_id).state == "claimed"
    intent = desk.intend(new)
    assert intent is not None
    desk.write_down(intent, sending.call(provider, intent, may_start=True))
    assert (desk.message(message_id).state, len(provider.calls)) == ("accepted", 1)


def test_c12_a_stop_between_claim_and_intent_is_obeyed(desk: Desk, provider: Provider) -> None:
    patient = desk.patient()
    message_id = desk.plan(patient)
    (claimed,) = desk.claim()
    desk.receive(patient, "STOP")
    assert desk.intend(claimed) is None
    assert desk.message(message_id).state == "suppressed"


def test_c12_a_stop_after_the_intent_lets_the_text_end_its_way_but_not_a_second_one(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    patient = desk.patient()
    message_id = desk.plan(patient)
    intent = intended(desk, message_id)
    desk.receive(patient, "STOP")
    desk.write_down(intent, Ambiguous(reason="no answer"))
    look_up(desk, clock)
    desk.send()
    assert desk.message(message_id).state == "suppressed"
    assert provider.taken == {}


def test_c14_a_suspended_account_loses_nothing(desk: Desk, provider: Provider) -> None:
    message_id = planned(desk)
    desk.send()
    (attempt,) = desk.attempts(message_id)
    desk.report(attempt.id, str(attempt.provider_sid), "failed", 30002)
    assert desk.message(message_id).state == "pending"
    assert [task.kind for task in desk.tasks()] == ["lane_paused"]


def test_a_text_is_sent_again_five_times_at_most(desk: Desk, provider: Provider, clock: TestClock) -> None:
    message_id = planned(desk)
    for _ in range(8):
        provider.answers.append(Ambiguous(http_status=500))
        desk.send()
        look_up(desk, clock)
    assert (desk.message(message_id).state, len(provider.calls)) == ("unknown", 6)
    (task,) = desk.tasks()
    assert (task.kind, "got no answer" in str(task.reason)) == ("message_unknown", True)


def test_a_late_callback_turns_unknown_into_truth_and_closes_the_task(desk: Desk, clock: TestClock) -> None:
    message_id = planned(desk, policy="AMO")
    intent = intended(desk, message_id)
    look_up(desk, clock)
    assert desk.tasks("message_unknown") != []
    desk.report(intent.text.attempt_id, new_sid(), "delivered")
    assert (desk.message(message_id).state, desk.tasks()) == ("delivered", [])


def test_a_callback_stops_the_second_sending(desk: Desk, provider: Provider, clock: TestClock) -> None:
    message_id = planned(desk)
    intent = intended(desk, message_id)
    look_up(desk, clock)
    (claimed,) = desk.claim()
    desk.report(intent.text.attempt_id, new_sid(), "sent")
    assert desk.intend(claimed) is None
    assert (desk.message(message_id).state, provider.calls) == ("sent", [])


def test_the_look_up_waits_while_the_provider_is_away(desk: Desk, provider: Provider, clock: TestClock) -> None:
    message_id = planned(desk)
    provider.take(intended(desk, message_id).text)
    provider.is_away = True
    look_up(desk, clock)
    assert desk.message(message_id).state == "ambiguous"
    provider.is_away = False
    clock.advance(seconds=61)
    reconciling.reconcile_due(desk.runtime, by=TESTER)
    assert desk.message(message_id).state == "accepted"


def test_the_look_up_does_not_take_another_patients_text_of_the_same_phone(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    one = desk.plan(desk.patient())
    desk.send()
    other = desk.plan(desk.patient(phone=provider.calls[0].to))
    intended(desk, other)
    look_up(desk, clock)
    assert desk.message(one).provider_sid in provider.taken
    assert desk.message(other).state == "pending"


def test_the_guard_is_asked_again_before_a_second_sending(desk: Desk, provider: Provider, clock: TestClock) -> None:
    message_id = planned(desk)
    intended(desk, message_id)
    look_up(desk, clock)
    desk.verdict = Drop("visit_moved")
    desk.send()
    assert (desk.message(message_id).state, provider.calls) == ("canceled", [])


def test_a_late_answer_after_the_look_up_still_counts(desk: Desk, provider: Provider, clock: TestClock) -> None:
    message_id = planned(desk)
    intent = intended(desk, message_id)
    desk.end_leases()
    assert desk.message(message_id).state == "ambiguous"
    desk.write_down(intent, provider.take(intent.text))
    clock.advance(seconds=GRACE.total_seconds())
    reconciling.reconcile_due(desk.runtime, by=TESTER)
    message = desk.message(message_id)
    assert (message.state, message.duplicate_count, len(provider.taken)) == ("accepted", 0, 1)


def test_a_definite_refusal_ends_the_doubt(desk: Desk) -> None:
    message_id = planned(desk)
    intent = intended(desk, message_id)
    desk.end_leases()
    desk.write_down(intent, Rejected(code=21211, http_status=400, scope=Scope.NUMBER))
    assert desk.message(message_id).state == "failed"


def test_with_list_and_callbacks_blind_a_second_text_is_possible_and_is_found_afterwards(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    message_id = planned(desk)
    provider.is_list_blind = True
    provider.answers.append(provider.take_and_hang_up)
    desk.send()
    look_up(desk, clock)
    desk.send()
    assert (desk.message(message_id).duplicate_count, len(provider.taken)) == (0, 2)
    provider.is_list_blind = False
    assert auditing.audit_unclear(desk.runtime, by=TESTER) == 1
    assert auditing.audit_unclear(desk.runtime, by=TESTER) == 0
    assert desk.message(message_id).duplicate_count == 1


def test_looking_back_turns_unknown_into_truth(desk: Desk, provider: Provider, clock: TestClock) -> None:
    message_id = planned(desk, policy="AMO")
    provider.is_list_blind = True
    provider.answers.append(provider.take_and_hang_up)
    desk.send()
    look_up(desk, clock)
    assert desk.message(message_id).state == "unknown"
    provider.is_list_blind = False
    auditing.audit_unclear(desk.runtime, by=TESTER)
    assert (desk.message(message_id).state, desk.tasks()) == ("accepted", [])
