"""Every point at which a worker may die while it sends an e-mail, and what is left of the mail afterwards."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update

from clinic.gateways.email import Accepted, Ambiguous, Rejected, Scope, Unavailable
from clinic.messaging.jobs import reconciling
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Drop
from tests.conftest import TestClock
from tests.domains.messaging.desk import TESTER, Desk
from tests.domains.messaging.mail import Post, post_office

GRACE = timedelta(seconds=121)


@pytest.fixture
def post(desk: Desk) -> Iterator[Post]:
    with post_office(desk) as found:
        yield found


def planned(post: Post, *, policy: str = "ALO"):
    message_id = post.plan(post.patient())
    if policy == "AMO":
        with post.runtime.begin(by=TESTER) as session:
            session.execute(update(Message).where(Message.id == message_id).values(policy="AMO"))
    return message_id


def intended(post: Post, message_id):
    (claimed,) = post.claim()
    intent = post.intend(claimed)
    assert intent is not None
    assert intent.message_id == message_id
    return intent


def settle(post: Post, clock: TestClock) -> None:
    """Let leases end, the grace pass and the sweep decide."""
    post.desk.end_leases()
    clock.advance(seconds=GRACE.total_seconds())
    reconciling.reconcile_due(post.runtime, by=TESTER)


def test_a_worker_that_dies_after_the_claim_leaves_the_mail_in_line(post: Post):
    message_id = planned(post)
    post.claim()
    post.desk.end_leases()
    post.send()
    assert (post.message(message_id).state, len(post.received())) == ("sent", 1)


def test_a_worker_that_dies_after_the_intent_leaves_it_open_and_the_mail_is_sent_again_once(
    post: Post, clock: TestClock
):
    message_id = planned(post)
    intended(post, message_id)
    post.desk.end_leases()
    assert post.message(message_id).state == "ambiguous"
    settle(post, clock)
    assert (post.message(message_id).state, post.message(message_id).reason) == ("pending", "resend")
    post.send()
    assert (post.message(message_id).state, len(post.received())) == ("sent", 1)


def test_a_worker_killed_between_data_and_recording_sends_the_same_mail_again_by_its_message_id(
    post: Post, clock: TestClock
):
    message_id = planned(post)
    intent = intended(post, message_id)
    assert post.hand_over(intent) == Accepted(250)
    settle(post, clock)
    post.send()
    assert post.message(message_id).state == "sent"
    mails = post.received()
    assert len(mails) == 2
    assert {mail.message_id for mail in mails} == {f"<{intent.email.message_id}@example.org>"}
    assert len(post.desk.attempts(message_id)) == 2


def test_a_line_cut_after_the_mail_ends_the_same_way(post: Post, clock: TestClock):
    message_id = planned(post)
    post.faults("drop-after")
    post.send()
    assert post.message(message_id).state == "ambiguous"
    settle(post, clock)
    post.send()
    assert (post.message(message_id).state, len({mail.message_id for mail in post.received()})) == ("sent", 1)


def test_a_mail_is_repeated_once_at_most_and_then_given_to_a_person(post: Post, clock: TestClock):
    message_id = planned(post)
    post.faults("drop-after", "drop-after", "drop-after")
    for _ in range(4):
        post.send()
        settle(post, clock)
    assert (post.message(message_id).state, len(post.received())) == ("unknown", 2)
    assert [task.kind for task in post.desk.tasks()] == ["message_unknown"]
    assert "The e-mail that the visit is booked" in post.desk.tasks()[0].reason


def test_what_may_go_once_at_most_is_never_repeated(post: Post, clock: TestClock):
    message_id = planned(post, policy="AMO")
    post.faults("drop-lost")
    post.send()
    settle(post, clock)
    post.send()
    assert (post.message(message_id).state, post.received()) == ("unknown", ())


def test_an_answer_that_was_written_down_late_still_counts(post: Post, clock: TestClock):
    message_id = planned(post)
    intent = intended(post, message_id)
    outcome = post.hand_over(intent)
    settle(post, clock)
    post.write_down(intent, outcome)
    post.send()
    assert (post.message(message_id).state, len(post.received())) == ("sent", 1)


def test_a_late_answer_turns_unknown_into_sent_and_closes_the_task(post: Post, clock: TestClock):
    message_id = planned(post, policy="AMO")
    intent = intended(post, message_id)
    settle(post, clock)
    assert post.message(message_id).state == "unknown"
    post.write_down(intent, Accepted(250))
    assert (post.message(message_id).state, post.desk.tasks()) == ("sent", [])


def test_two_answers_for_one_mail_are_counted_as_a_duplicate(post: Post, clock: TestClock):
    message_id = planned(post)
    first = intended(post, message_id)
    outcome = post.hand_over(first)
    settle(post, clock)
    post.send()
    post.write_down(first, outcome)
    message = post.message(message_id)
    assert (message.state, message.duplicate_count) == ("sent", 1)


def test_a_late_failure_of_a_fallen_fence_changes_nothing(post: Post, clock: TestClock):
    message_id = planned(post)
    intent = intended(post, message_id)
    settle(post, clock)
    post.send()
    for failure in (Unavailable(code=451), Rejected(code=550, scope=Scope.ADDRESS), Ambiguous()):
        post.write_down(intent, failure)
    assert (post.message(message_id).state, post.desk.tasks()) == ("sent", [])


def test_the_guard_is_asked_again_before_the_second_sending(post: Post, clock: TestClock):
    message_id = planned(post)
    intended(post, message_id)
    settle(post, clock)
    post.judge("invitation", Drop("visit_moved"))
    post.send()
    assert (post.message(message_id).state, post.received()) == ("canceled", ())


def test_two_workers_never_get_one_mail(post: Post):
    planned(post)
    assert (len(post.claim()), post.claim()) == (1, ())


def test_a_mail_called_back_after_the_claim_is_not_sent(post: Post):
    from clinic.messaging import actions

    message_id = planned(post)
    (claimed,) = post.claim()
    with post.runtime.begin(by=TESTER) as session:
        actions.cancel_planned(
            session,
            subject_kind="invitation",
            subject_id=post.message(message_id).subject_id,
            reason="told_anew",
            now=post.clock(),
        )
    assert post.intend(claimed) is None
    assert (post.message(message_id).state, post.received()) == ("canceled", ())


def test_a_lease_that_is_nearly_over_is_left_to_the_next_worker(post: Post):
    message_id = planned(post)
    (claimed,) = post.claim()
    with post.runtime.begin(by=TESTER) as session:
        from clinic.kernel.lease import lease_end

        session.execute(update(Message).values(lease_until=lease_end(timedelta(seconds=1))))
    assert post.intend(claimed) is None
    assert post.message(message_id).state == "claimed"
    post.desk.end_leases()
    assert post.message(message_id).state == "pending"


def test_the_look_up_of_texts_settles_mail_without_asking_the_provider(post: Post, clock: TestClock):
    post.desk.provider.is_away = True
    message_id = planned(post)
    intended(post, message_id)
    settle(post, clock)
    assert post.message(message_id).state == "pending"
