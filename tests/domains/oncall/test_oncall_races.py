"""Threads that meet: workers that step at once, people who take a page at once, administrators at one rota."""

import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from clinic.kernel.actor import Actor, Role
from clinic.oncall.actions import step_page
from clinic.oncall.errors import ShiftClash
from clinic.oncall.rules import Place
from tests.domains.messaging.desk import TESTER
from tests.domains.oncall.ward import Ward

WORKERS = 6


def at_once(*acts: Callable[[], object]) -> list[object]:
    together = threading.Barrier(len(acts))

    def act(one: Callable[[], object]) -> object:
        together.wait()
        return one()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(act, one) for one in acts]]


def test_workers_that_step_at_once_tell_everybody_once(committed_ward: Ward) -> None:
    ward = committed_ward
    ward.shift(ward.staff("Ana First", phone="+12015550111"))
    ward.shift(ward.staff("Bo Backup", phone="+12015550112"), Place.BACKUP)
    ward.staff("Ada Admin", Role.ADMIN)
    page_id = ward.page()
    for _ in range(8):
        ward.clock.advance(minutes=10)
        assert sum(at_once(*[ward.step] * WORKERS)) == 1
    steps = Counter((step, name, channel) for step, name, channel in ward.notices(page_id))
    assert set(steps.values()) == {1}
    texts = [one.dedupe_key for one in ward.messages() if one.template_key == "ON_CALL_PAGE"]
    assert len(texts) == len(set(texts)) == sum(notice.channel == "sms" for notice in ward.stored_notices(page_id))


def test_of_people_who_take_a_page_at_once_one_has_it_and_all_see_who(committed_ward: Ward) -> None:
    ward = committed_ward
    people = [ward.staff(f"Person {letter}") for letter in "ABCDEF"]
    for trial in range(5):
        page_id = ward.page(key=f"trial {trial}")
        holders = at_once(*[partial(ward.take, page_id, who) for who in people])
        assert len({holder.name for holder in holders}) == 1
        assert sum(holder.is_you for holder in holders) == 1


def test_a_page_that_is_taken_while_workers_step_is_not_called_for_again(committed_ward: Ward) -> None:
    ward = committed_ward
    ward.shift(ward.staff("Ana First", phone="+12015550111"))
    dana = ward.staff("Dana Reyes")
    for trial in range(5):
        page_id = ward.page(key=f"trial {trial}")
        ward.clock.advance(minutes=5)
        at_once(partial(ward.take, page_id, dana), ward.step, ward.step)
        ward.clock.advance(minutes=30)
        assert ward.step() == 0
        assert ward.row(page_id).holder == "Dana Reyes"
    waiting = [one for one in ward.messages("pending") if one.template_key == "ON_CALL_PAGE"]
    assert waiting == []


def test_the_same_trouble_found_by_many_at_once_is_one_page(committed_ward: Ward) -> None:
    ward = committed_ward
    assert len(set(at_once(*[lambda: ward.page(key="one trouble")] * WORKERS))) == 1


def test_words_of_one_phone_that_arrive_at_once_are_one_page(committed_ward: Ward) -> None:
    ward = committed_ward
    for _ in range(5):
        patient = ward.patient()
        texts = [ward.words_of(patient) for _ in range(WORKERS)]
        assert len(set(at_once(*[partial(ward.call_about, text) for text in texts]))) == 1


def test_of_shifts_for_one_place_at_once_one_stands(committed_ward: Ward) -> None:
    ward = committed_ward
    people = [ward.staff(f"Person {letter}") for letter in "ABCDEF"]

    def put(who: Actor, begins: timedelta) -> str:
        try:
            ward.shift(who, begins=begins, lasts=timedelta(hours=8))
        except ShiftClash as refusal:
            return refusal.code
        return "added"

    for trial in range(10):
        begins = timedelta(hours=10 * trial)
        outcomes = Counter(at_once(*[partial(put, who, begins) for who in people]))
        assert outcomes == {"added": 1, "shift_clash": len(people) - 1}


def die_while_stepping(ward: Ward, page_id: UUID) -> None:
    with ward.runtime.begin(by=TESTER) as session:
        step_page(session, page_id=page_id, by=TESTER, now=ward.clock())
        sys.exit()


def test_a_page_goes_on_after_the_worker_that_should_step_it_died(committed_ward: Ward) -> None:
    ward = committed_ward
    ward.shift(ward.staff("Ana First", phone="+12015550111"))
    page_id = ward.page()
    ward.clock.advance(minutes=5)
    with pytest.raises(SystemExit):
        die_while_stepping(ward, page_id)
    assert [step for step, _, _ in ward.notices(page_id)] == [0]
    assert ward.step() == 1
    assert {step for step, _, _ in ward.notices(page_id)} == {0, 1}
