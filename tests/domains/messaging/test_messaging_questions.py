"""Which question a reply answers: by rule, and as it is written down."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from clinic.kernel.ids import new_id
from clinic.kernel.outbox import Outbox
from clinic.messaging import actions
from clinic.messaging.models import InboundText
from clinic.messaging.rules.questions import Asks, Choice, Earlier, Match, Question, choice_of, match
from clinic.messaging.rules.replies import Meaning
from clinic.people.models import Patient
from tests.conftest import TestClock
from tests.domains.messaging.desk import TESTER, Desk

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
ANA, BEN = uuid4(), uuid4()
VISIT = Question(
    id=uuid4(),
    asks=Asks.VISIT,
    patient_id=ANA,
    asked_at=NOW - timedelta(hours=2),
    closes_at=NOW + timedelta(hours=22),
    answered_at=None,
)
SITTER = replace(VISIT, id=uuid4(), asks=Asks.SUPPORT_PERSON, asked_at=NOW - timedelta(hours=1))
BENS = replace(VISIT, id=uuid4(), patient_id=BEN, asked_at=NOW - timedelta(minutes=30))


def done(question: Question) -> Question:
    return replace(question, answered_at=NOW - timedelta(minutes=20))


def over(question: Question, hours: float = 1) -> Question:
    return replace(question, closes_at=NOW - timedelta(hours=hours))


def said(meaning: Meaning, question: Question, *, seconds_ago: float) -> Earlier:
    return Earlier(meaning, question.id, NOW - timedelta(seconds=seconds_ago))


@pytest.mark.parametrize(
    ("meaning", "asked", "before", "expected"),
    [
        # Nothing asked, one asked, several asked.
        (Meaning.CONFIRM, [], None, (Match.NONE, None)),
        (Meaning.CONFIRM, [VISIT], None, (Match.ANSWER, VISIT)),
        (Meaning.MOVE, [VISIT, SITTER], None, (Match.ANSWER, SITTER)),
        (Meaning.CONFIRM, [SITTER, VISIT], None, (Match.ANSWER, SITTER)),
        (Meaning.CONFIRM, [VISIT, done(SITTER)], None, (Match.ANSWER, VISIT)),
        (Meaning.CONFIRM, [VISIT, over(SITTER)], None, (Match.ANSWER, VISIT)),
        # Two patients on one phone.
        (Meaning.CONFIRM, [VISIT, BENS], None, (Match.UNCLEAR, None)),
        (Meaning.CONFIRM, [VISIT, done(BENS)], None, (Match.ANSWER, VISIT)),
        (Meaning.CONFIRM, [over(VISIT), BENS], None, (Match.ANSWER, BENS)),
        (Meaning.MOVE, [done(VISIT), done(BENS)], None, (Match.UNCLEAR, None)),
        # Words that fit one question and not the other.
        (Meaning.OKAY, [VISIT], None, (Match.ANSWER, VISIT)),
        (Meaning.OKAY, [SITTER], None, (Match.UNCLEAR, None)),
        (Meaning.OKAY, [VISIT, SITTER], None, (Match.UNCLEAR, None)),
        (Meaning.OKAY, [done(VISIT), SITTER], None, (Match.UNCLEAR, None)),
        (Meaning.NO, [SITTER], None, (Match.ANSWER, SITTER)),
        (Meaning.NO, [VISIT], None, (Match.UNCLEAR, None)),
        (Meaning.RESCHEDULE, [VISIT, SITTER], None, (Match.ANSWER, VISIT)),
        (Meaning.RESCHEDULE, [SITTER], None, (Match.UNCLEAR, None)),
        # Two at once: the second repeats, or corrects, and never answers something else.
        (Meaning.CONFIRM, [done(VISIT)], said(Meaning.CONFIRM, VISIT, seconds_ago=20), (Match.AGAIN, done(VISIT))),
        (Meaning.MOVE, [done(VISIT)], said(Meaning.CONFIRM, VISIT, seconds_ago=20), (Match.AGAIN, done(VISIT))),
        (
            Meaning.CONFIRM,
            [VISIT, done(SITTER)],
            said(Meaning.CONFIRM, SITTER, seconds_ago=20),
            (Match.AGAIN, done(SITTER)),
        ),
        (Meaning.MOVE, [VISIT, done(SITTER)], said(Meaning.CONFIRM, SITTER, seconds_ago=20), (Match.UNCLEAR, None)),
        (Meaning.CONFIRM, [VISIT, done(SITTER)], said(Meaning.CONFIRM, SITTER, seconds_ago=70), (Match.ANSWER, VISIT)),
        # Answered already, or late.
        (Meaning.MOVE, [done(VISIT)], said(Meaning.CONFIRM, VISIT, seconds_ago=7200), (Match.AGAIN, done(VISIT))),
        (Meaning.CONFIRM, [over(VISIT)], None, (Match.ANSWER, over(VISIT))),
        (Meaning.CONFIRM, [over(VISIT, hours=25)], None, (Match.NONE, None)),
    ],
)
def test_a_reply_answers_the_newest_open_question_that_its_words_fit(
    meaning: Meaning, asked: list[Question], before: Earlier | None, expected: tuple[Match, Question | None]
) -> None:
    for order in (asked, asked[::-1]):
        assert match(meaning, order, before=before, now=NOW, is_late=False) == expected


def test_of_a_text_that_was_fetched_late_nobody_knows_what_it_answered_unless_one_thing_was_asked() -> None:
    assert match(Meaning.CONFIRM, [VISIT, SITTER], before=None, now=NOW, is_late=True) == (Match.UNCLEAR, None)
    assert match(Meaning.CONFIRM, [VISIT], before=None, now=NOW, is_late=True) == (Match.ANSWER, VISIT)


@pytest.mark.parametrize("asks", Asks)
def test_both_digits_answer_every_question(asks: Asks) -> None:
    assert choice_of(asks, Meaning.CONFIRM) is Choice.ONE
    assert choice_of(asks, Meaning.MOVE) is Choice.TWO


def ask(desk: Desk, patient: Patient, key: str = "VISIT_24H", *, subject_id: UUID | None = None) -> UUID:
    """Let a question reach a phone."""
    asked = desk.plan(patient, key, due_in=timedelta(seconds=1), subject_id=subject_id or new_id())
    assert asked is not None
    desk.clock.advance(seconds=2)  # type: ignore[attr-defined]
    desk.send_all()
    return asked


def answers(desk: Desk) -> list[UUID | None]:
    with desk.runtime.begin(by=TESTER) as session:
        return list(session.scalars(select(InboundText.answers_id).order_by(InboundText.received_at, InboundText.id)))


def topics(desk: Desk, topic: str) -> int:
    with desk.runtime.begin(by=TESTER) as session:
        return len(session.scalars(select(Outbox).where(Outbox.topic == topic)).all())


def test_the_reply_and_the_question_know_of_each_other(desk: Desk, clock: TestClock) -> None:
    patient = desk.patient()
    question = ask(desk, patient)
    clock.advance(minutes=5)
    desk.receive(patient, "1")
    assert answers(desk) == [question]
    assert desk.message(question).answered_at == clock()
    assert (topics(desk, "reply.received"), topics(desk, "text.received")) == (1, 1)


def test_a_question_that_has_not_left_is_not_answered(desk: Desk) -> None:
    patient = desk.patient()
    desk.plan(patient, "VISIT_24H", due_in=timedelta(hours=5))
    desk.receive(patient, "1")
    assert answers(desk) == [None]
    assert topics(desk, "reply.received") == 1  # as before there were questions: the next visit is meant


def test_two_patients_on_one_phone_who_were_both_asked_need_a_person(desk: Desk) -> None:
    first, second = (desk.patient(phone="+13055550178") for _ in range(2))
    asked = [ask(desk, each) for each in (first, second)]
    desk.receive(first, "1")
    assert answers(desk) == [None]
    assert [desk.message(each).answered_at for each in asked] == [None, None]
    (task,) = desk.tasks("reply_unclear")
    assert (task.subject_kind, task.subject_id) == ("phone", first.phone_id)
    assert "2 patients share" in str(task.reason)
    assert topics(desk, "reply.received") == 0


def test_of_two_patients_on_one_phone_the_one_who_still_has_to_answer_is_meant(desk: Desk) -> None:
    first, second = (desk.patient(phone="+13055550179") for _ in range(2))
    visit_id = new_id()
    ask(desk, first, subject_id=visit_id)
    other = ask(desk, second)
    with desk.runtime.begin(by=TESTER) as session:
        actions.close_questions(session, subject_kind="appointment", subject_id=visit_id, now=desk.clock())
    desk.receive(first, "1")
    assert answers(desk) == [other]


def test_a_thumb_up_answers_about_the_visit_and_not_about_the_support_person(desk: Desk, clock: TestClock) -> None:
    patient = desk.patient()
    visit = ask(desk, patient)
    desk.receive(patient, "\U0001f44d\U0001f3fe")
    assert answers(desk) == [visit]
    clock.advance(hours=1)
    ask(desk, patient, "PREP_48H_SITTER")
    desk.receive(patient, "\U0001f44d")
    assert [task.kind for task in desk.tasks()] == ["reply_unclear"]


def test_the_second_of_two_at_once_repeats_the_first(desk: Desk, clock: TestClock) -> None:
    patient = desk.patient()
    older = ask(desk, patient)
    newer = ask(desk, patient, "PREP_48H_SITTER")
    desk.receive(patient, "1")
    clock.advance(seconds=20)
    desk.receive(patient, "1")
    assert answers(desk) == [newer, newer]
    clock.advance(minutes=2)
    desk.receive(patient, "1")
    assert answers(desk) == [newer, newer, older]


def test_two_digits_in_one_text_are_for_a_person(desk: Desk) -> None:
    patient = desk.patient()
    asked = ask(desk, patient)
    for body in ("1 2", "12"):
        desk.receive(patient, body)
    assert desk.message(asked).answered_at is None
    assert len(desk.tasks("reply_unclear")) == 2
