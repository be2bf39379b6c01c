"""All texts stopped at once: what waits, what is still true afterwards, and what is written down."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.audit.models import AuditEvent
from clinic.gateways.sms import Ambiguous
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.ids import new_id
from clinic.messaging import actions
from clinic.messaging.errors import AlreadyStopped, NoReason, NotStopped
from clinic.messaging.queries import standing_stop
from clinic.messaging.rules.kinds import Drop
from tests.conftest import TestClock
from tests.domains.messaging.desk import Desk
from tests.domains.messaging.provider import Provider

DANA = Actor(kind=ActorKind.STAFF, id=new_id(), name="Dana Reyes", roles=frozenset({Role.ADMIN}))


def stop(desk: Desk, reason: str = "Wrong number in the reminders") -> int:
    with desk.runtime.begin(by=DANA) as session:
        return actions.stop_sending(session, reason=reason, by=DANA, now=desk.clock())


def start(desk: Desk) -> None:
    with desk.runtime.begin(by=DANA) as session:
        actions.start_sending(session, by=DANA, now=desk.clock())


def test_while_all_is_stopped_nothing_leaves_and_afterwards_it_does(desk: Desk, provider: Provider) -> None:
    message_id = desk.plan(desk.patient())
    planned = desk.message(message_id).due_at
    assert stop(desk) == 0
    assert desk.send_all() == 0
    waiting = desk.message(message_id)
    assert (waiting.state, waiting.due_at, provider.calls) == ("pending", planned, [])
    start(desk)
    assert desk.send_all() == 1
    assert (desk.message(message_id).state, len(provider.calls)) == ("accepted", 1)


def test_a_text_in_a_workers_hands_goes_back_to_its_place_in_line(desk: Desk, clock: TestClock) -> None:
    message_id = desk.plan(desk.patient())
    planned = desk.message(message_id).due_at
    (claimed,) = desk.claim()
    clock.advance(minutes=3)
    stop(desk)
    assert desk.intend(claimed) is None
    held = desk.message(message_id)
    assert (held.state, held.reason, held.due_at, held.lease_until) == ("pending", "lane_paused", planned, None)
    assert desk.attempts(message_id) == []


@pytest.mark.parametrize("word", ["STOP", "HELP"])
def test_not_even_an_answer_to_a_phone_leaves(desk: Desk, provider: Provider, word: str) -> None:
    stop(desk)
    desk.receive(desk.patient(), word)
    assert len(desk.messages("pending")) == 1
    desk.send_all()
    assert provider.calls == []


def test_an_opt_out_is_written_down_while_all_is_stopped_and_holds_afterwards(desk: Desk, provider: Provider) -> None:
    patient = desk.patient()
    message_id = desk.plan(patient)
    stop(desk)
    desk.receive(patient, "STOP", opt_out_type="STOP")
    assert desk.message(message_id).state == "suppressed"
    start(desk)
    desk.send_all()
    assert [text for text in provider.calls if "booked" in text.body] == []


def test_what_is_no_longer_true_when_texts_leave_again_is_dropped(desk: Desk, provider: Provider) -> None:
    message_id = desk.plan(desk.patient())
    stop(desk)
    desk.verdict = Drop("visit_moved")
    start(desk)
    desk.send_all()
    assert (desk.message(message_id).state, desk.message(message_id).reason) == ("canceled", "visit_moved")
    assert provider.calls == []


def test_a_text_whose_time_runs_out_in_line_becomes_a_call(desk: Desk, provider: Provider, clock: TestClock) -> None:
    message_id = desk.plan(desk.patient(), starts_in=timedelta(hours=3))
    stop(desk)
    clock.advance(hours=4)
    desk.sweep()
    assert desk.message(message_id).state == "expired"
    assert "Call or e-mail the patient" in str(desk.tasks("delivery_failed")[0].reason)
    start(desk)
    desk.send_all()
    assert provider.calls == []


def test_a_text_that_may_only_come_by_day_waits_for_the_morning(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    message_id = desk.plan(desk.patient(), "VISIT_24H", starts_in=timedelta(days=2), due_in=timedelta(hours=1))
    clock.advance(hours=1)
    stop(desk)
    clock.advance(hours=12)  # 11 at night
    start(desk)
    desk.send_all()
    assert (desk.message(message_id).state, desk.message(message_id).reason) == ("pending", "quiet_hours")
    clock.advance(hours=10)
    desk.send_all()
    assert (desk.message(message_id).state, len(provider.calls)) == ("accepted", 1)


def test_a_text_whose_answer_was_lost_is_looked_up_and_not_sent_again(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    message_id = desk.plan(desk.patient())
    (claimed,) = desk.claim()
    intent = desk.intend(claimed)
    assert intent is not None
    desk.write_down(intent, Ambiguous(reason="no answer"))
    stop(desk)
    clock.advance(minutes=5)
    desk.sweep()  # The provider never had it, so it is in line once more.
    assert desk.message(message_id).state == "pending"
    desk.send_all()
    assert provider.calls == []


def test_everybody_reads_who_stopped_them_when_and_why(desk: Desk, clock: TestClock) -> None:
    stop(desk, "  Two texts\n named the wrong day ")
    with desk.runtime.begin(by=DANA) as session:
        found = standing_stop(session)
        assert found is not None
        assert (found.since, found.by_name, found.reason) == (
            clock(),
            "Dana Reyes",
            "Two texts named the wrong day",
        )
    start(desk)
    with desk.runtime.begin(by=DANA) as session:
        assert standing_stop(session) is None


def test_administrators_have_a_task_until_texts_leave_again_and_the_trail_has_both_steps(desk: Desk) -> None:
    stop(desk, "Wrong day.")
    (task,) = desk.tasks()
    assert (task.kind, task.owner_role) == ("sending_stopped", "admin")
    assert task.reason == (
        "Dana Reyes stopped all texts: Wrong day. They wait in line until somebody starts them again."
    )
    start(desk)
    assert desk.tasks() == []
    with desk.runtime.begin(by=DANA) as session:
        trail = session.scalars(
            select(AuditEvent).where(AuditEvent.action.in_(["texts.stopped", "texts.started"])).order_by(AuditEvent.seq)
        ).all()
    assert [(event.action, event.actor_name) for event in trail] == [
        ("texts.stopped", "Dana Reyes"),
        ("texts.started", "Dana Reyes"),
    ]


def test_a_switch_that_stands_that_way_already_is_said_to(desk: Desk) -> None:
    with pytest.raises(NotStopped):
        start(desk)
    with pytest.raises(NoReason):
        stop(desk, "   ")
    stop(desk)
    with pytest.raises(AlreadyStopped):
        stop(desk)
    start(desk)
    stop(desk)
