"""Texts become conversations that are unread until somebody dealt with them."""

import pytest
from sqlalchemy import event, select

from clinic.conversations import actions, queries
from clinic.conversations.errors import NoSuchConversation, TakenMeanwhile
from clinic.conversations.rules.filters import Inbox
from clinic.kernel.actor import Actor
from clinic.kernel.errors import Invalid
from clinic.kernel.ids import new_id
from clinic.worklist import actions as worklist
from clinic.worklist.queries import open_about
from clinic.worklist.rules import WorkKind
from tests.domains.conversations.talks import comes, conversation, talk, unread
from tests.domains.messaging.desk import TESTER, Desk


def mark_read(desk: Desk, patient, by: Actor, seen_at=None) -> bool:
    with desk.runtime.begin(by=by) as session:
        return actions.mark_read(
            session, phone_id=patient.phone_id, seen_at=seen_at or desk.clock(), by=by, now=desk.clock()
        )


def assign(desk: Desk, patient, to: Actor | None, *, was: Actor | None, by: Actor) -> None:
    with desk.runtime.begin(by=by) as session:
        actions.assign(
            session,
            phone_id=patient.phone_id,
            assignee_id=to.id if to else None,
            was=was.id if was else None,
            by=by,
            now=desk.clock(),
        )


def rows(desk: Desk, view: Inbox, by: Actor):
    with desk.runtime.begin(by=TESTER) as session:
        return queries.page_of_conversations(session, view=view, staff_id=by.id)


def test_a_text_that_nobody_understands_is_unread_until_it_is_marked(desk: Desk, dana: Actor):
    patient = desk.patient()
    comes(desk, patient, "Can my sister come along?")
    assert unread(desk, patient)
    assert mark_read(desk, patient, dana)
    assert not unread(desk, patient)


@pytest.mark.parametrize("body", ["1", "STOP", "HELP"])
def test_what_the_program_answered_by_itself_is_not_unread(desk: Desk, body: str):
    patient = desk.patient()
    comes(desk, patient, body)
    assert not unread(desk, patient)
    assert conversation(desk, patient).last_inbound_at == desk.clock()


def test_an_answer_by_itself_does_not_hide_an_unread_text_before_it(desk: Desk):
    patient = desk.patient()
    comes(desk, patient, "Which door is it?")
    desk.clock.advance(minutes=1)
    comes(desk, patient, "1")
    assert unread(desk, patient)


def test_a_text_that_is_taken_in_late_is_still_unread(desk: Desk):
    patient = desk.patient()
    question = desk.receive(patient, "Which door is it?")
    desk.clock.advance(minutes=1)
    comes(desk, patient, "1")
    with desk.runtime.begin(by=TESTER) as session:
        actions.take_in(session, inbound_id=question, by=TESTER, now=desk.clock())
    assert unread(desk, patient)


def test_a_text_that_came_after_the_page_was_shown_stays_unread(desk: Desk, dana: Actor):
    patient = desk.patient()
    comes(desk, patient, "Which door is it?")
    seen_at = desk.clock()
    desk.clock.advance(minutes=1)
    comes(desk, patient, "And which floor?")
    assert not mark_read(desk, patient, dana, seen_at=seen_at)
    assert unread(desk, patient)


def test_marking_unread_brings_it_back_once_more(desk: Desk, dana: Actor):
    patient = desk.patient()
    comes(desk, patient, "Which door is it?")
    mark_read(desk, patient, dana)
    with desk.runtime.begin(by=dana) as session:
        actions.mark_unread(session, phone_id=patient.phone_id, by=dana, now=desk.clock())
    assert unread(desk, patient)
    assert mark_read(desk, patient, dana)


def test_marking_closes_the_tasks_about_the_texts_that_were_seen_and_no_others(desk: Desk, dana: Actor):
    patient = desk.patient()
    first = comes(desk, patient, "Which door is it?")
    seen_at = desk.clock()
    desk.clock.advance(minutes=1)
    second = comes(desk, patient, "And which floor?")
    with desk.runtime.begin(by=TESTER) as session:
        for inbound_id in (first, second):
            worklist.open_item(
                session,
                kind=WorkKind.REPLY_UNCLEAR,
                dedupe_key=f"reply_unclear:{inbound_id}",
                reason="A text needs reading",
                subject_kind="phone",
                subject_id=patient.phone_id,
                patient_id=patient.id,
                now=desk.clock(),
                by=TESTER,
            )
    left = []
    for at in (seen_at, desk.clock()):
        mark_read(desk, patient, dana, seen_at=at)
        with desk.runtime.begin(by=TESTER) as session:
            left.append(open_about(session, WorkKind.REPLY_UNCLEAR, subject_id=patient.phone_id))
    assert f"reply_unclear:{first}" not in left[0]
    assert f"reply_unclear:{second}" in left[0]
    assert left[1] == []


def test_unread_conversations_stand_first_then_the_newest(desk: Desk, dana: Actor):
    old, middle, new = desk.patient(), desk.patient(), desk.patient()
    for patient in (old, middle, new):
        comes(desk, patient, "Which door is it?")
        desk.clock.advance(minutes=1)
    for patient in (middle, new):
        mark_read(desk, patient, dana)
    assert [row.phone_id for row in rows(desk, Inbox.EVERYTHING, dana)] == [
        each.phone_id for each in (old, new, middle)
    ]
    assert [row.phone_id for row in rows(desk, Inbox.UNREAD, dana)] == [old.phone_id]


def test_each_view_shows_what_it_says_and_counts_the_same(desk: Desk, dana: Actor, lee: Actor):
    mine, theirs, nobodys = desk.patient(), desk.patient(), desk.patient()
    for patient in (mine, theirs, nobodys):
        comes(desk, patient, "Which door is it?")
    assign(desk, mine, dana, was=None, by=dana)
    assign(desk, theirs, lee, was=None, by=dana)
    assert [row.phone_id for row in rows(desk, Inbox.MINE, dana)] == [mine.phone_id]
    assert [row.phone_id for row in rows(desk, Inbox.UNASSIGNED, dana)] == [nobodys.phone_id]
    assert rows(desk, Inbox.URGENT, dana) == []
    with desk.runtime.begin(by=TESTER) as session:
        counts = queries.counts(session, staff_id=dana.id)
        assert session.scalar(select(queries.count_unread())) == 3
    assert counts == {
        Inbox.UNREAD: 3,
        Inbox.MINE: 1,
        Inbox.UNASSIGNED: 1,
        Inbox.URGENT: 0,
        Inbox.EVERYTHING: 3,
    }


def test_a_text_that_sounds_like_danger_is_urgent_until_it_was_dealt_with(desk: Desk, dana: Actor):
    patient = desk.patient()
    comes(desk, patient, "I want to die")
    (row,) = rows(desk, Inbox.URGENT, dana)
    assert row.is_urgent
    assert talk(desk, patient).entries[0].is_urgent
    mark_read(desk, patient, dana)
    assert rows(desk, Inbox.URGENT, dana) == []


def test_of_two_who_take_a_conversation_at_once_the_second_is_told_whose_it_is(desk: Desk, dana: Actor, lee: Actor):
    patient = desk.patient()
    comes(desk, patient, "Which door is it?")
    assign(desk, patient, dana, was=None, by=dana)
    with pytest.raises(TakenMeanwhile, match="Dana Reyes has this conversation now"):
        assign(desk, patient, lee, was=None, by=lee)
    assign(desk, patient, lee, was=dana, by=lee)
    assert conversation(desk, patient).assignee_id == lee.id


def test_only_a_coordinator_who_works_here_can_be_given_a_conversation(desk: Desk, dana: Actor, staff_actor):
    patient = desk.patient()
    with pytest.raises(Invalid, match="Choose a coordinator"):
        assign(desk, patient, staff_actor(), was=None, by=dana)


def test_a_phone_that_nobody_knows_has_no_conversation(desk: Desk, dana: Actor):
    with desk.runtime.begin(by=dana) as session, pytest.raises(NoSuchConversation):
        actions.mark_unread(session, phone_id=new_id(), by=dana, now=desk.clock())


def test_a_number_of_nobody_and_a_shared_one_are_seen_in_the_list(desk: Desk, dana: Actor):
    ana = desk.patient(phone="+13055550177")
    desk.patient(phone="+13055550177")
    comes(desk, ana, "Which door is it?")
    unknown = desk.receive(None, "Who is this?")  # type: ignore[arg-type]
    with desk.runtime.begin(by=TESTER) as session:
        actions.take_in(session, inbound_id=unknown, by=TESTER, now=desk.clock())
    people = {row.e164: len(row.people) for row in rows(desk, Inbox.EVERYTHING, dana)}
    assert people == {"+13055550177": 2, "+13055550199": 0}


def test_a_page_of_conversations_asks_the_same_few_questions_however_long_it_is(desk: Desk, dana: Actor):
    asked = []
    with desk.runtime.begin(by=TESTER) as session:
        engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    numbers = []
    for more in (1, 6):
        for _ in range(more):
            comes(desk, desk.patient(), "Which door is it?")
        asked.clear()
        rows(desk, Inbox.EVERYTHING, dana)
        numbers.append(len(asked))
    assert numbers[0] == numbers[1]
    assert numbers[0] <= 9


def test_the_pulse_changes_with_a_text_an_answer_and_an_assignment(desk: Desk, dana: Actor):
    patient = desk.patient()
    seen = set()
    steps = (
        lambda: comes(desk, patient, "Which door is it?"),
        lambda: assign(desk, patient, dana, was=None, by=dana),
        lambda: mark_read(desk, patient, dana),
    )
    for step in steps:
        desk.clock.advance(seconds=1)
        step()
        with desk.runtime.begin(by=TESTER) as session:
            seen.add(queries.pulse(session, phone_id=patient.phone_id))
    assert len(seen) == len(steps)
