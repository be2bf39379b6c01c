"""The comparison of the night: a leak, a second copy and a text that the provider lost are all seen by a person."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from clinic.access import actions as access
from clinic.access.models import StaffAccount
from clinic.gateways.sms import ProviderMessage, Rejected
from clinic.kernel.actor import Role
from clinic.messaging.jobs import sweeping
from clinic.messaging.jobs.nightly import NIGHTS, audit_night, compare_day
from clinic.messaging.models import Message
from clinic.messaging.queries.audits import Comparison, comparisons
from tests.conftest import TestClock
from tests.domains.messaging.desk import TESTER, Desk
from tests.domains.messaging.provider import OURS, Provider, new_sid

MONDAY = date(2026, 11, 23)


def a_day_later(clock: TestClock, *, hour: int = 8) -> None:
    """Move to the next morning in New York (five hours behind UTC), at this hour of UTC."""
    tomorrow = clock().date() + timedelta(days=1)
    clock.instant = datetime(tomorrow.year, tomorrow.month, tomorrow.day, hour, tzinfo=UTC)


def results(desk: Desk) -> list[Comparison]:
    with desk.runtime.begin(by=TESTER) as session:
        return comparisons(session, limit=30)


def a_sent_text(desk: Desk, provider: Provider) -> ProviderMessage:
    known = set(provider.taken)
    desk.plan(desk.patient())
    desk.send()
    (sid,) = set(provider.taken) - known
    return provider.taken[sid]


def strange_text(clock: TestClock, to: str = "+13055550177") -> ProviderMessage:
    return ProviderMessage(new_sid(), to, OURS, "Your car is ready", "outbound-api", "delivered", None, clock(), 1)


def test_a_day_that_comes_out_even_is_written_down_once_and_asks_nobody(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    for _ in range(5):
        a_sent_text(desk, provider)
    a_day_later(clock)
    assert audit_night(desk.runtime) == MONDAY
    assert audit_night(desk.runtime) is None
    (result,) = results(desk)
    assert (result.day, result.listed, result.accepted, result.is_even) == (MONDAY, 5, 5, True)
    assert desk.tasks("provider_audit") == []


@pytest.mark.parametrize(("hour", "is_due"), [(7, False), (8, True)])
def test_the_day_before_is_compared_from_three_at_night_on(
    desk: Desk, provider: Provider, clock: TestClock, hour: int, is_due: bool
) -> None:
    a_sent_text(desk, provider)
    a_day_later(clock, hour=hour)
    assert (audit_night(desk.runtime) == MONDAY) is is_due


def test_a_text_that_this_clinic_never_meant_to_send_is_a_task_in_plain_words(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    a_sent_text(desk, provider)
    leak = strange_text(clock)
    provider.taken[leak.provider_sid] = leak
    a_day_later(clock)
    audit_night(desk.runtime)
    (result,) = results(desk)
    assert (result.unknown_sids, result.missing) == ((leak.provider_sid,), ())
    (task,) = desk.tasks("provider_audit")
    assert task.reason == (
        "Texts of Monday, November 23: 1 text left through the clinic's account that this product did not send."
    )
    assert task.owner_role == "admin"


def test_what_phones_sent_and_the_providers_own_answers_are_no_leaks(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    a_sent_text(desk, provider)
    provider.inbound.append(
        ProviderMessage(new_sid(), OURS, "+13055550177", "1", "inbound", "received", None, clock(), 1)
    )
    answer = replace(strange_text(clock), direction="outbound-reply")
    provider.taken[answer.provider_sid] = answer
    a_day_later(clock)
    audit_night(desk.runtime)
    assert results(desk)[0].is_even


def test_a_text_that_the_provider_does_not_know_is_a_task(desk: Desk, provider: Provider, clock: TestClock) -> None:
    lost = a_sent_text(desk, provider)
    kept = a_sent_text(desk, provider)
    del provider.taken[lost.provider_sid]
    a_day_later(clock)
    audit_night(desk.runtime)
    (result,) = results(desk)
    assert (result.listed, result.accepted, len(result.missing)) == (1, 2, 1)
    assert desk.message(result.missing[0].message_id).provider_sid != kept.provider_sid
    (call,) = desk.tasks("message_unknown")
    assert (call.owner_role, call.patient_id is not None) == ("coordinator", True)
    assert str(desk.tasks("provider_audit")[0].reason).endswith(
        "1 text that we count as sent, the provider does not know."
    )


def test_a_text_that_only_the_list_leaves_out_is_not_missing(desk: Desk, provider: Provider, clock: TestClock) -> None:
    a_sent_text(desk, provider)
    provider.is_list_blind = True
    a_day_later(clock)
    audit_night(desk.runtime)
    assert results(desk)[0].missing == ()


def test_a_second_copy_is_told_as_one_and_counted_again_when_the_day_is_compared_again(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    first = a_sent_text(desk, provider)
    copy = replace(first, provider_sid=new_sid())
    provider.taken[copy.provider_sid] = copy
    a_day_later(clock)
    for _ in range(2):
        assert compare_day(desk.runtime, provider, MONDAY)
        assert [result.unknown_sids for result in results(desk)] == [(copy.provider_sid,)]
    (message,) = desk.messages()
    assert message.duplicate_count == 1
    (task,) = desk.tasks("provider_audit")
    assert "1 text reached a phone a second time" in str(task.reason)


def test_an_unanswered_text_of_the_day_finds_its_truth_here(desk: Desk, provider: Provider, clock: TestClock) -> None:
    message_id = desk.plan(desk.patient())
    with desk.runtime.begin(by=TESTER) as session:
        message = session.get(Message, message_id)
        assert message is not None
        message.policy = "AMO"
    provider.answers.append(provider.take_and_hang_up)
    provider.is_list_blind = True
    desk.send()
    clock.advance(minutes=10)
    desk.sweep()
    assert desk.message(message_id).state == "unknown"
    provider.is_list_blind = False
    a_day_later(clock)
    audit_night(desk.runtime)
    assert desk.message(message_id).state == "accepted"
    assert results(desk)[0].is_even


def test_a_provider_that_is_away_is_asked_again_later(desk: Desk, provider: Provider, clock: TestClock) -> None:
    a_sent_text(desk, provider)
    a_day_later(clock)
    provider.is_away = True
    assert audit_night(desk.runtime) is None
    assert results(desk) == []
    provider.is_away = False
    assert audit_night(desk.runtime) == MONDAY


def test_a_provider_that_refuses_in_the_middle_leaves_nothing_half_compared(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    class Refusing(Provider):
        def fetch(self, provider_sid: str) -> ProviderMessage:
            raise Rejected(code=20003, http_status=401, reason=provider_sid)

    lost = a_sent_text(desk, provider)
    refusing = Refusing(clock, taken=dict(provider.taken))
    del refusing.taken[lost.provider_sid]
    a_day_later(clock)
    texting = replace(desk.runtime.texting, gateway=refusing)
    assert audit_night(replace(desk.runtime, texting=texting)) is None
    assert results(desk) == []
    assert desk.tasks("provider_audit") == []


def test_nights_that_were_missed_are_made_up_for_within_a_week(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    a_sent_text(desk, provider)
    for _ in range(3):
        a_day_later(clock)
    assert [audit_night(desk.runtime) for _ in range(4)] == [
        MONDAY,
        MONDAY + timedelta(days=1),
        MONDAY + timedelta(days=2),
        None,
    ]
    for _ in range(20):
        a_day_later(clock)
    made_up = [audit_night(desk.runtime) for _ in range(NIGHTS + 1)]
    assert made_up[0] == clock().date() - timedelta(days=NIGHTS)
    assert made_up[-1] is None


def test_a_clinic_that_never_sent_a_text_has_nothing_to_compare(desk: Desk, clock: TestClock) -> None:
    a_day_later(clock)
    assert audit_night(desk.runtime) is None


@pytest.mark.parametrize("minutes_off", [-60, 60])
def test_a_provider_whose_clock_is_an_hour_off_is_no_alarm(
    desk: Desk, provider: Provider, clock: TestClock, minutes_off: int
) -> None:
    clock.instant = datetime(2026, 11, 23, 17, 45, tzinfo=UTC)
    text = a_sent_text(desk, provider)
    provider.taken[text.provider_sid] = replace(text, created_at=clock() + timedelta(minutes=minutes_off))
    a_day_later(clock)
    audit_night(desk.runtime)
    assert results(desk)[0].is_even


def test_the_day_ends_at_the_clinics_midnight(desk: Desk, provider: Provider, clock: TestClock) -> None:
    def at(hour: int, minute: int) -> None:
        clock.instant = datetime(2026, 11, 24, hour, minute, tzinfo=UTC)

    a_sent_text(desk, provider)
    for hour, minute in ((4, 59), (5, 0)):  # Midnight in New York is five o'clock.
        at(hour, minute)
        stranger = strange_text(clock)
        provider.taken[stranger.provider_sid] = stranger
    at(8, 0)
    audit_night(desk.runtime)
    assert results(desk)[0].listed == 2


def test_the_round_of_the_night_looks_every_ten_minutes(desk: Desk, provider: Provider, clock: TestClock) -> None:
    a_sent_text(desk, provider)
    a_day_later(clock)
    provider.is_away = True
    sweeping.compare_nights(desk.runtime)
    provider.is_away = False
    clock.advance(minutes=9)
    sweeping.compare_nights(desk.runtime)
    assert results(desk) == []
    clock.advance(minutes=1)
    sweeping.compare_nights(desk.runtime)
    assert len(results(desk)) == 1


def test_a_day_that_comes_out_even_the_second_time_closes_its_task(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    lost = a_sent_text(desk, provider)
    del provider.taken[lost.provider_sid]
    a_day_later(clock)
    audit_night(desk.runtime)
    assert len(desk.tasks("provider_audit")) == 1
    provider.taken[lost.provider_sid] = lost
    compare_day(desk.runtime, provider, MONDAY)
    assert desk.tasks("provider_audit") == []


def test_several_days_that_do_not_come_out_even_are_one_e_mail_to_an_administrator(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    email = "ada.admin@example.org"
    with desk.runtime.begin(by=TESTER) as session:
        access.invite_staff(session, email=email, full_name="Ada Admin", roles=[Role.ADMIN], by=TESTER, now=clock())
        session.execute(update(StaffAccount).values(state="active"))
    for _ in range(2):
        a_sent_text(desk, provider)
        leak = strange_text(clock)
        provider.taken[leak.provider_sid] = leak
        a_day_later(clock, hour=15)
    assert {audit_night(desk.runtime), audit_night(desk.runtime)} == {MONDAY, MONDAY + timedelta(days=1)}
    assert len(desk.tasks("provider_audit")) == 2
    with desk.runtime.begin(by=TESTER) as session:
        assert session.scalars(select(Message.email_to).where(Message.template_key == "STAFF_ALERT")).all() == [email]
