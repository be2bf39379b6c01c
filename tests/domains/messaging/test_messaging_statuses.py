"""Delivery reports: late, twice, in any order, good and bad."""

from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest

from clinic.kernel.ids import new_id
from tests.conftest import TestClock
from tests.domains.messaging.desk import Desk
from tests.domains.messaging.provider import Provider, new_sid


def sent(desk: Desk) -> tuple[UUID, UUID, str]:
    """Send one text; return the ids of message and attempt and the provider's id."""
    message_id = desk.plan(desk.patient())
    assert message_id is not None
    desk.send()
    attempt = desk.attempts(message_id)[-1]
    return message_id, attempt.id, str(attempt.provider_sid)


@pytest.mark.parametrize("order", list(permutations(["queued", "sending", "sent", "delivered"])), ids="-".join)
def test_every_order_of_reports_ends_the_same(desk: Desk, order: tuple[str, ...]) -> None:
    message_id, attempt_id, sid = sent(desk)
    for status in order:
        assert desk.report(attempt_id, sid, status)
    message = desk.message(message_id)
    assert (message.state, message.provider_rank, message.duplicate_count) == ("delivered", 9, 0)


@pytest.mark.parametrize("order", list(permutations(["sending", "sent", "undelivered", "delivered"])), ids="-".join)
def test_delivered_is_believed_whenever_it_comes(desk: Desk, order: tuple[str, ...]) -> None:
    message_id, attempt_id, sid = sent(desk)
    for status in order:
        desk.report(attempt_id, sid, status, 30005 if status == "undelivered" else None)
    assert (desk.message(message_id).state, desk.tasks()) == ("delivered", [])


def test_a_repeated_report_has_no_effect(desk: Desk, clock: TestClock) -> None:
    message_id, attempt_id, sid = sent(desk)
    assert desk.report(attempt_id, sid, "sent")
    before = desk.message(message_id).updated_at
    clock.advance(minutes=1)
    assert not desk.report(attempt_id, sid, "sent")
    assert desk.message(message_id).updated_at == before


def test_a_report_about_an_attempt_that_we_never_made_is_ignored(desk: Desk) -> None:
    assert not desk.report(new_id(), new_sid(), "delivered")


def test_words_that_are_new_change_nothing(desk: Desk) -> None:
    message_id, attempt_id, sid = sent(desk)
    desk.report(attempt_id, sid, "teleported")
    assert desk.message(message_id).state == "accepted"


@pytest.mark.parametrize("code", [30004, 30005, 30006, 30007])
def test_a_failed_delivery_becomes_a_task_and_a_late_delivered_closes_it(desk: Desk, code: int) -> None:
    message_id, attempt_id, sid = sent(desk)
    desk.report(attempt_id, sid, "undelivered", code)
    assert (desk.message(message_id).state, desk.message(message_id).error_code) == ("undelivered", code)
    (task,) = desk.tasks("number_to_check" if code in {30005, 30006} else "delivery_failed")
    assert "was not delivered" in str(task.reason)
    desk.report(attempt_id, sid, "delivered")
    assert (desk.message(message_id).state, desk.tasks()) == ("delivered", [])


@pytest.mark.parametrize("code", [30003, 30008])
def test_a_phone_that_was_off_gets_one_more_text_later(
    desk: Desk, provider: Provider, clock: TestClock, code: int
) -> None:
    message_id, attempt_id, sid = sent(desk)
    desk.report(attempt_id, sid, "undelivered", code)
    waiting = desk.message(message_id)
    assert (waiting.state, waiting.due_at, desk.tasks()) == ("pending", clock() + timedelta(minutes=30), [])
    clock.advance(minutes=31)
    desk.send()
    second = desk.attempts(message_id)[-1]
    desk.report(second.id, str(second.provider_sid), "undelivered", code)
    assert (desk.message(message_id).state, len(provider.calls)) == ("undelivered", 2)
    assert desk.message(message_id).duplicate_count == 0
    assert len(desk.tasks("delivery_failed")) == 1


def test_a_late_delivered_of_the_first_try_stops_the_second(desk: Desk, provider: Provider, clock: TestClock) -> None:
    message_id, attempt_id, sid = sent(desk)
    desk.report(attempt_id, sid, "undelivered", 30003)
    desk.report(attempt_id, sid, "delivered")
    clock.advance(minutes=31)
    desk.send()
    assert (desk.message(message_id).state, len(provider.calls)) == ("delivered", 1)


def test_a_late_sent_of_the_failed_try_does_not_bring_it_back(desk: Desk) -> None:
    message_id, attempt_id, sid = sent(desk)
    desk.report(attempt_id, sid, "undelivered", 30003)
    desk.report(attempt_id, sid, "sent")
    assert desk.message(message_id).state == "pending"


def test_the_providers_quiet_hours_move_a_text_to_the_next_morning(desk: Desk) -> None:
    message_id, attempt_id, sid = sent(desk)
    desk.report(attempt_id, sid, "failed", 30610)
    message = desk.message(message_id)
    assert (message.state, message.due_at.hour, message.due_at.day) == ("pending", 13, 24)


def test_an_opt_out_in_a_report_is_written_down(desk: Desk) -> None:
    message_id, attempt_id, sid = sent(desk)
    desk.report(attempt_id, sid, "failed", 21610)
    assert (desk.message(message_id).state, desk.message(message_id).reason) == ("suppressed", "opted_out")


def test_without_a_receipt_a_text_is_unconfirmed_after_three_days_and_a_late_one_counts(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    message_id, attempt_id, sid = sent(desk)
    desk.report(attempt_id, sid, "sent")
    provider.report(sid, "sent")
    clock.advance(hours=71)
    desk.sweep()
    assert desk.message(message_id).state == "sent"
    clock.advance(hours=2)
    desk.sweep()
    assert desk.message(message_id).state == "unconfirmed"
    desk.report(attempt_id, sid, "delivered")
    assert desk.message(message_id).state == "delivered"


def test_a_second_text_of_the_provider_for_one_message_is_counted(desk: Desk, provider: Provider) -> None:
    message_id, attempt_id, _ = sent(desk)
    again = desk.attempts(message_id)[0]
    assert again.id == attempt_id
    desk.report(attempt_id, new_sid(), "delivered")
    assert (desk.message(message_id).state, desk.message(message_id).duplicate_count) == ("delivered", 1)


def test_an_automatic_answer_that_fails_is_nobodys_task(desk: Desk) -> None:
    desk.receive(desk.patient(), "HELP")
    desk.send(lane=1)
    (message,) = desk.messages("accepted")
    (attempt,) = desk.attempts(message.id)
    desk.report(attempt.id, str(attempt.provider_sid), "undelivered", 30005)
    assert (desk.message(message.id).state, desk.tasks()) == ("undelivered", [])


@pytest.mark.parametrize("bad", [("failed", 30005), ("undelivered", 30003), ("canceled", None)])
def test_a_late_delivered_ends_every_order_of_reports(desk: Desk, bad: tuple[str, int | None]) -> None:
    for order in permutations(["sent", bad[0], "delivered"]):
        message_id, attempt_id, sid = sent(desk)
        for status in order:
            desk.report(attempt_id, sid, status, bad[1] if status == bad[0] else None)
        message = desk.message(message_id)
        assert (message.state, message.error_code, message.duplicate_count) == ("delivered", None, 0), order
        assert (message.provider_sid, message.check_at, message.reason) == (sid, None, None), order
    assert desk.tasks() == []


@pytest.mark.parametrize(("code", "ends"), [(30005, "undelivered"), (30003, "pending"), (21610, "suppressed")])
def test_without_a_delivered_every_order_of_reports_ends_the_same(desk: Desk, code: int, ends: str) -> None:
    for order in permutations(["sending", "sent", "undelivered"]):
        message_id, attempt_id, sid = sent(desk)
        for status in order:
            desk.report(attempt_id, sid, status, code if status == "undelivered" else None)
        message = desk.message(message_id)
        assert (message.state, message.error_code, message.provider_sid) == (ends, code, None), order


def test_a_delivered_is_believed_after_the_clinic_gave_up_on_the_text(desk: Desk, clock: TestClock) -> None:
    message_id, attempt_id, sid = sent(desk)
    desk.report(attempt_id, sid, "undelivered", 30003)
    clock.advance(days=4)
    desk.sweep()
    assert (desk.message(message_id).state, len(desk.tasks())) == ("expired", 1)
    desk.report(attempt_id, sid, "delivered")
    assert (desk.message(message_id).state, desk.tasks()) == ("delivered", [])
