"""Claim, intent, call, record: what happens when all goes well, is repeated, or is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clinic.gateways.sms import Ambiguous, OutgoingText, Rejected, Scope, Unavailable
from clinic.kernel.crypto import KeyRing
from clinic.messaging import actions, jobs
from clinic.messaging.errors import MissingGuard
from clinic.messaging.jobs import sending
from clinic.messaging.rules.kinds import Drop, Later
from tests.conftest import TestClock
from tests.domains.messaging.desk import TESTER, Desk
from tests.domains.messaging.provider import Provider


def test_a_due_text_leaves_once(desk: Desk, provider: Provider) -> None:
    message_id = desk.plan(desk.patient())
    desk.send()
    desk.send()
    message = desk.message(message_id)
    assert (message.state, len(provider.calls)) == ("accepted", 1)
    assert message.provider_sid in provider.taken
    assert message.lease_until is None


def test_what_is_handed_over_carries_the_attempt_and_a_validity(desk: Desk, provider: Provider) -> None:
    message_id = desk.plan(desk.patient())
    desk.send()
    (text,) = provider.calls
    (attempt,) = desk.attempts(message_id)
    assert text.attempt_id == attempt.id
    assert text.status_callback == f"http://localhost/webhooks/twilio/status/{attempt.id}"
    assert text.validity_seconds == 10 * 3600 - 30
    assert text.body.startswith(
        "Demo Home Clinic: Video visit set for Wed Nov 25, 10:00 AM ET. Details: http://localhost/v/"
    )


def test_a_text_is_not_sent_before_it_is_due_nor_after_it_expired(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    early = desk.plan(desk.patient(), "VISIT_24H", due_in=timedelta(hours=2))
    desk.send()
    assert provider.calls == []
    clock.advance(days=2)
    desk.send()
    desk.sweep()
    assert provider.calls == []
    assert desk.message(early).state == "expired"
    assert "was not sent" in str(desk.tasks("delivery_failed")[0].reason)


def test_a_night_holds_texts_until_eight(desk: Desk, provider: Provider, clock: TestClock) -> None:
    message_id = desk.plan(desk.patient(), "VISIT_24H", due_in=timedelta(hours=9))
    clock.instant = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)  # 20:30 in New York
    desk.send()
    held = desk.message(message_id)
    assert (held.state, held.reason, held.due_at) == (
        "pending",
        "quiet_hours",
        datetime(2026, 11, 24, 13, 0, tzinfo=UTC),
    )
    clock.instant = held.due_at
    desk.send()
    assert desk.message(message_id).state == "accepted"


def test_the_last_minute_of_the_day_does_not_spin(desk: Desk, provider: Provider, clock: TestClock) -> None:
    message_id = desk.plan(desk.patient())
    clock.instant = datetime(2026, 11, 24, 0, 59, 10, tzinfo=UTC)
    assert desk.send_all() == 1
    assert desk.message(message_id).due_at > clock.instant + timedelta(hours=11)


def test_night_may_end_a_text_without_a_task(desk: Desk, clock: TestClock) -> None:
    message_id = desk.plan(desk.patient(), starts_in=timedelta(hours=20))  # 06:00 tomorrow
    clock.instant = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    desk.send()
    assert (desk.message(message_id).state, desk.message(message_id).reason) == ("expired", "quiet_hours")
    assert desk.tasks() == []


@pytest.mark.parametrize(
    ("verdict", "state", "reason"),
    [
        (Drop("visit_canceled"), "canceled", "visit_canceled"),
        (Later(datetime(2026, 11, 23, 16, tzinfo=UTC)), "pending", "later"),
    ],
)
def test_the_guard_decides_at_send_time(
    desk: Desk, provider: Provider, verdict: Drop | Later, state: str, reason: str
) -> None:
    message_id = desk.plan(desk.patient(), version=7)
    desk.verdict = verdict
    desk.send()
    message = desk.message(message_id)
    assert (message.state, message.reason, provider.calls) == (state, reason, [])
    assert desk.judged[0].subject_version == 7


def test_later_than_its_end_is_never(desk: Desk) -> None:
    message_id = desk.plan(desk.patient())
    desk.verdict = Later(datetime(2026, 12, 24, tzinfo=UTC), "hold")
    desk.send()
    assert (desk.message(message_id).state, desk.message(message_id).reason) == ("expired", "hold")


def test_nothing_is_sent_while_nobody_guards_visits(desk: Desk) -> None:
    with pytest.raises(MissingGuard):
        sending.send_due(desk.runtime, {}, lane=2)


def test_nothing_is_claimed_without_a_provider(desk: Desk) -> None:
    message_id = desk.plan(desk.patient())
    desk.runtime = replace(desk.runtime, texting=replace(desk.runtime.texting, gateway=None))
    desk.send()
    assert desk.message(message_id).state == "pending"


def test_a_busy_provider_is_asked_again_later(desk: Desk, provider: Provider, clock: TestClock) -> None:
    message_id = desk.plan(desk.patient())
    provider.answers.append(Unavailable(code=20429, http_status=429, retry_after=7))
    desk.send()
    waiting = desk.message(message_id)
    assert waiting.state == "pending"
    assert waiting.due_at >= clock() + timedelta(seconds=7)
    clock.advance(seconds=60)
    desk.send()
    assert desk.message(message_id).state == "accepted"
    assert [each.outcome for each in desk.attempts(message_id)] == ["unavailable", "accepted"]


def test_a_provider_that_is_away_is_left_alone_for_the_rest_of_the_batch(desk: Desk, provider: Provider) -> None:
    for _ in range(8):
        desk.plan(desk.patient())
    provider.answers.extend([Unavailable(reason="no connection")] * 8)
    desk.send()
    assert len(provider.calls) == 3
    assert {message.state for message in desk.messages()} == {"pending"}


@pytest.mark.parametrize("code", [21211, 21614])
def test_a_number_that_cannot_get_texts_becomes_a_task_in_plain_words(
    desk: Desk, provider: Provider, code: int
) -> None:
    patient = desk.patient()
    message_id = desk.plan(patient)
    provider.answers.append(Rejected(code=code, http_status=400, scope=Scope.NUMBER))
    desk.send()
    (task,) = desk.tasks()
    assert desk.message(message_id).state == "failed"
    assert (task.kind, task.patient_id) == ("number_to_check", patient.id)
    assert "The text that the visit is booked on Wed Nov 25, 10:00 AM ET was not delivered." in str(task.reason)
    assert str(task.reason).endswith("Enter it, and tell the patient meanwhile what this text said.")
    provider.answers.append(Rejected(code=code, http_status=400, scope=Scope.NUMBER))
    desk.plan(patient)
    desk.send()
    assert len(desk.tasks()) == 1  # a second text to the same number is the same trouble


def test_an_opt_out_at_the_provider_becomes_ours(desk: Desk, provider: Provider) -> None:
    patient = desk.patient()
    first, second = desk.plan(patient), desk.plan(patient, "VISIT_24H", due_in=timedelta(days=1))
    provider.answers.append(Rejected(code=21610, http_status=400, scope=Scope.OPTED_OUT))
    desk.send()
    assert [desk.message(each).state for each in (first, second)] == ["suppressed", "suppressed"]
    third = desk.plan(patient)
    assert desk.message(third).reason == "opted_out"
    assert {task.kind for task in desk.tasks()} == {"opted_out_patient"}


def test_a_refused_account_stops_the_lane_until_a_person_resumes_it(desk: Desk, provider: Provider) -> None:
    first, second = desk.plan(desk.patient()), desk.plan(desk.patient())
    provider.answers.append(Rejected(code=20003, http_status=401, scope=Scope.ACCOUNT))
    desk.send()
    desk.send()
    assert [desk.message(each).state for each in (first, second)] == ["pending", "pending"]
    assert len(provider.calls) == 1
    assert [task.kind for task in desk.tasks()] == ["lane_paused"]
    from clinic.messaging import actions

    with desk.runtime.begin(by=TESTER) as session:
        actions.resume_lane(session, number=2, by=TESTER, now=desk.clock())
    desk.send()
    assert [desk.message(each).state for each in (first, second)] == ["accepted", "accepted"]
    assert desk.tasks() == []


def test_other_lanes_go_on_while_one_is_paused(desk: Desk, provider: Provider) -> None:
    patient = desk.patient()
    desk.plan(patient)
    provider.answers.append(Rejected(code=30034, http_status=400, scope=Scope.ACCOUNT))
    desk.send()
    desk.receive(patient, "HELP")
    desk.send(lane=1)
    assert len(provider.taken) == 1


def test_a_third_text_of_a_day_waits_for_the_next_if_it_can(desk: Desk, provider: Provider, clock: TestClock) -> None:
    patient = desk.patient()
    for _ in range(2):
        desk.plan(patient)
    desk.send()
    third, urgent = desk.plan(patient), desk.plan(patient, "BOOK_CHANGED")
    soon = desk.plan(patient, starts_in=timedelta(hours=5))
    desk.send()
    assert desk.message(third).reason == "daily_cap"
    assert desk.message(third).due_at == datetime(2026, 11, 24, 13, tzinfo=UTC)
    assert [desk.message(each).state for each in (urgent, soon)] == ["accepted", "accepted"]


def test_a_revoked_link_keeps_its_text_back(desk: Desk, provider: Provider) -> None:
    from sqlalchemy import update

    from clinic.access.models import Link

    message_id = desk.plan(desk.patient())
    with desk.runtime.begin(by=TESTER) as session:
        session.execute(update(Link).values(revoked_at=desk.clock()))
    desk.send()
    assert (desk.message(message_id).state, provider.calls) == ("canceled", [])


def test_a_link_of_an_old_key_keeps_its_address_after_a_rotation(desk: Desk, provider: Provider) -> None:
    first = desk.plan(desk.patient())
    desk.send()
    old = desk.runtime.link_ring
    desk.plan(desk.patient(), subject_id=desk.message(first).subject_id)
    ring = KeyRing((("new", b"a new link key of 32 bytes, too!"), *old.keys))
    desk.runtime = replace(desk.runtime, link_ring=ring)
    again = desk.message(first)
    with desk.runtime.begin(by=TESTER) as session:
        kept = session.merge(again)
        kept.state, kept.provider_sid = "pending", None
    desk.send()
    assert provider.calls[0].body == provider.calls[-1].body


def test_one_message_that_cannot_be_written_does_not_stop_the_others(desk: Desk, provider: Provider) -> None:
    from sqlalchemy import update

    from clinic.messaging.models import Message

    broken, sound = desk.plan(desk.patient()), desk.plan(desk.patient())
    with desk.runtime.begin(by=TESTER) as session:
        session.execute(update(Message).where(Message.id == broken).values(template_version=99))
    with desk.runtime.begin(by=TESTER) as session:
        session.execute(update(Message).where(Message.id == broken).values(due_at=desk.clock() - timedelta(hours=1)))
    desk.send()
    assert [desk.message(each).state for each in (broken, sound)] == ["failed", "accepted"]
    assert desk.message(broken).reason == "unwritable"
    assert [task.kind for task in desk.tasks()] == ["delivery_failed"]


def test_a_lease_that_is_nearly_over_starts_no_call(desk: Desk, provider: Provider) -> None:
    message_id = desk.plan(desk.patient())
    readings = iter([0.0, 1.0, 50.0, 50.0])
    sending.send_due(desk.runtime, desk.guards, lane=2, monotonic=lambda: next(readings))
    message = desk.message(message_id)
    assert (message.state, provider.calls) == ("pending", [])
    assert desk.attempts(message_id)[0].outcome == "unavailable"


def test_what_the_lease_has_no_time_for_is_given_back_at_once(desk: Desk, provider: Provider) -> None:
    for _ in range(5):
        desk.plan(desk.patient())
    readings = iter([0.0, 1.0, 1.0, 50.0])
    sending.send_due(desk.runtime, desk.guards, lane=2, monotonic=lambda: next(readings))
    assert sorted(message.state for message in desk.messages()) == ["accepted"] + ["pending"] * 4


def test_the_pace_of_the_sender_number_is_kept(desk: Desk, provider: Provider) -> None:
    slow = replace(desk.runtime.texting, segments_per_second=2.0)
    desk.runtime = replace(desk.runtime, texting=slow)
    for _ in range(6):
        desk.plan(desk.patient())
    first = sending.send_due(desk.runtime, desk.guards, lane=2)
    second = sending.send_due(desk.runtime, desk.guards, lane=2)
    assert (first.claimed, second.claimed) == (2, 0)
    assert 0 < second.wait_seconds <= 1


def test_urgent_lanes_go_first(desk: Desk, provider: Provider) -> None:
    patient = desk.patient()
    desk.plan(patient)
    desk.receive(patient, "HELP")
    desk.send_all()
    assert ["Help:" in text.body for text in provider.calls] == [True, False]


def test_no_transaction_is_open_while_the_provider_is_called(committed_desk: Desk, provider: Provider) -> None:
    from sqlalchemy import text as sql

    committed_desk.plan(committed_desk.patient())
    busy: list[int] = []

    def look(_: OutgoingText) -> None:
        with committed_desk.runtime.begin(by=TESTER) as session:
            others = (
                "select count(*) from pg_stat_activity "
                "where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()"
            )
            busy.append(session.scalar(sql(others)) or 0)

    provider.answers.append(look)
    jobs.send_due(committed_desk.runtime, committed_desk.guards, lane=2)
    assert busy == [0]


def test_an_unclear_answer_is_never_repeated_blindly(desk: Desk, provider: Provider) -> None:
    message_id = desk.plan(desk.patient())
    provider.answers.append(Ambiguous(http_status=500))
    desk.send()
    desk.send()
    assert desk.message(message_id).state == "ambiguous"
    assert len(provider.calls) == 1


def test_a_new_number_settles_what_was_wrong_with_the_old_one(desk: Desk, provider: Provider) -> None:
    patient, other = desk.patient(), desk.patient()
    for each in (patient, other):
        desk.plan(each)
        provider.answers.append(Rejected(code=21614, http_status=400, scope=Scope.NUMBER))
    desk.send()
    with desk.runtime.begin(by=TESTER) as session:
        for phone_id in (patient.phone_id, other.phone_id):
            actions.settle_old_numbers(session, patient_id=patient.id, phone_id=phone_id, by=TESTER, now=desk.clock())
            session.flush()
    assert [task.patient_id for task in desk.tasks("number_to_check")] == [other.id]
