"""How many texts a day has, which give way, and how history says so."""

from datetime import timedelta
from uuid import UUID

import pytest

from clinic.messaging import actions
from clinic.messaging.rules.caps import Yielding, keys_before, order
from clinic.messaging.rules.consent import refusal_of
from clinic.messaging.rules.kinds import Category, Subject
from clinic.messaging.rules.templates import all_templates, current
from clinic.messaging.rules.wording import state_words
from clinic.people.models import Patient
from clinic.policies.actions import set_policy
from clinic.policies.rules import PolicyKey
from tests.conftest import TestClock
from tests.domains.messaging.desk import TESTER, Desk, reader


def plan(desk: Desk, patient: Patient, key: str, *, due_in: timedelta = timedelta()) -> UUID:
    """Plan a text of any template about a subject of its own."""
    template, now = current(key), desk.clock()
    from clinic.kernel.ids import new_id

    with desk.runtime.begin(by=TESTER) as session:
        subject_id = new_id()
        message_id = actions.plan(
            session,
            template_key=key,
            recipient=reader(patient),
            subject=Subject(kind=template.about, id=subject_id, version=1),
            variables={"starts_at": now + timedelta(days=2), "until": now + timedelta(days=2), "page": "/p"},
            link_id=None,
            due_at=now + due_in,
            now=now,
            by=TESTER,
        )
    assert message_id is not None
    return message_id


def states(desk: Desk, *ids: UUID) -> list[str]:
    return [desk.message(each).state for each in ids]


def test_a_third_text_waits_for_the_morning_and_history_says_why(desk: Desk) -> None:
    patient = desk.patient()
    first, second = plan(desk, patient, "BOOK_CHANGED"), plan(desk, patient, "VISIT_24H", due_in=timedelta(minutes=1))
    desk.send_all()
    desk.clock.advance(minutes=2)  # type: ignore[attr-defined]
    desk.send_all()
    third = plan(desk, patient, "SIGN_NEEDED")
    desk.send_all()
    assert states(desk, first, second, third) == ["accepted", "accepted", "pending"]
    capped = desk.message(third)
    said = state_words(capped.state, reason=capped.reason, code=None)
    assert said == "Waiting: enough texts for that day; it leaves the next morning"


def test_the_text_that_waited_leaves_the_next_morning(desk: Desk, clock: TestClock) -> None:
    patient = desk.patient()
    for key in ("BOOK_CHANGED", "BOOK_CHANGED"):
        plan(desk, patient, key)
    desk.send_all()
    third = plan(desk, patient, "SIGN_NEEDED")
    desk.send_all()
    clock.advance(hours=23)
    desk.send_all()
    assert states(desk, third) == ["accepted"]


def test_a_day_with_a_visit_at_home_has_room_for_four(desk: Desk) -> None:
    patient = desk.patient()
    for key in ("HYDRATE_2H", "HYDRATE_2H_DRY", "BOOK_CHANGED"):
        plan(desk, patient, key)
    desk.send_all()
    fourth, fifth = plan(desk, patient, "SIGN_NEEDED"), plan(desk, patient, "SURVEY_LINK")
    desk.send_all()
    assert sorted(states(desk, fourth, fifth)) == ["accepted", "pending"]


def test_a_text_of_the_session_day_that_is_still_to_come_makes_the_day_one(desk: Desk) -> None:
    patient = desk.patient()
    plan(desk, patient, "FASTING", due_in=timedelta(hours=3))
    for _ in range(2):
        plan(desk, patient, "BOOK_CHANGED")
    desk.send_all()
    assert states(desk, plan_and_send(desk, patient, "SIGN_NEEDED")) == ["accepted"]


def plan_and_send(desk: Desk, patient: Patient, key: str) -> UUID:
    message_id = plan(desk, patient, key)
    desk.send_all()
    return message_id


def test_what_matters_more_later_in_the_day_has_its_place_kept(desk: Desk) -> None:
    patient = desk.patient()
    plan_and_send(desk, patient, "BOOK_CHANGED")
    reminder = plan(desk, patient, "VISIT_24H", due_in=timedelta(hours=4))
    survey = plan_and_send(desk, patient, "SURVEY_LINK")
    assert states(desk, reminder, survey) == ["pending", "pending"]
    assert [desk.message(each).reason for each in (reminder, survey)] == [None, "daily_cap"]


def test_what_matters_less_keeps_no_place(desk: Desk) -> None:
    patient = desk.patient()
    plan_and_send(desk, patient, "BOOK_CHANGED")
    plan(desk, patient, "SURVEY_LINK", due_in=timedelta(hours=4))
    assert states(desk, plan_and_send(desk, patient, "SIGN_NEEDED")) == ["accepted"]


def test_a_text_that_may_be_left_out_is_and_history_says_so(desk: Desk) -> None:
    patient = desk.patient()
    for _ in range(2):
        plan_and_send(desk, patient, "BOOK_CHANGED")
    dropped = desk.message(plan_and_send(desk, patient, "SURVEY_NUDGE1"))
    assert dropped.state == "canceled"
    said = state_words(dropped.state, reason=dropped.reason, code=None)
    assert said == "Called back: enough texts for that day, and this one can be left out"
    assert desk.tasks() == []


@pytest.mark.parametrize("key", ["CHECKLIST_MISSING", "HOLD_TODAY", "POST_REST", "POST_EVENING"])
def test_safety_is_never_capped_and_counts_for_nobody(desk: Desk, key: str) -> None:
    patient = desk.patient()
    for _ in range(4):
        assert states(desk, plan_and_send(desk, patient, key)) == ["accepted"]
    assert states(desk, plan_and_send(desk, patient, "SIGN_NEEDED")) == ["accepted"]


def test_the_text_that_introduces_the_others_is_sent_before_them_and_takes_no_place(desk: Desk) -> None:
    patient = desk.patient()
    two = [plan(desk, patient, "INTAKE_LINK"), plan(desk, patient, "BOOK_CONFIRM")]
    first = plan(desk, patient, "OPTIN_CONFIRM")
    desk.send_all()
    assert "signed up for care texts" in desk.provider.calls[0].body
    assert states(desk, first, *two) == ["accepted"] * 3
    assert states(desk, plan_and_send(desk, patient, "SIGN_NEEDED")) == ["pending"]


def test_the_clinic_decides_how_many(desk: Desk) -> None:
    with desk.runtime.begin(by=TESTER) as session:
        set_policy(
            session,
            key=PolicyKey.TEXTS_A_DAY,
            value=1,
            reason="Fewer",
            revision=0,
            by=TESTER,
            now=desk.clock(),
        )
    patient = desk.patient()
    plan_and_send(desk, patient, "BOOK_CHANGED")
    assert states(desk, plan_and_send(desk, patient, "SIGN_NEEDED")) == ["pending"]


def test_nobody_has_agreed_to_advertising(desk: Desk) -> None:
    patient = desk.patient()
    message = desk.message(plan(desk, patient, "NEWSLETTER"))
    assert (message.state, message.reason) == ("suppressed", "no_marketing_consent")
    newsletter = current("NEWSLETTER")
    assert newsletter.category is Category.MARKETING
    assert refusal_of(newsletter, consented_at=desk.clock(), opted_out_at=None) == "no_marketing_consent"


def test_the_order_of_giving_way_names_the_texts_that_may() -> None:
    assert set(order()) == {template.key for template in all_templates() if template.yields_to_cap}


def test_only_service_texts_and_advertising_give_way() -> None:
    assert {current(key).category for key in order()} <= {Category.SERVICE, Category.MARKETING}


def test_no_text_that_is_left_out_is_one_that_a_person_must_know() -> None:
    dropped = [key for key, place in order().items() if place.then is Yielding.DROP]
    assert [key for key in dropped if current(key).person_must_know] == []


def test_of_two_texts_that_give_way_one_goes_first() -> None:
    for key in order():
        for other in order():
            assert key == other or (other in keys_before(key)) != (key in keys_before(other))
