"""What a transaction remembers: asked once, and anew after a rollback, a change or the transaction's end."""

from collections.abc import Iterator
from itertools import count

import pytest
from sqlalchemy.orm import Session

from clinic.kernel.actor import system
from clinic.kernel.memory import forget, remembered
from clinic.kernel.transaction import Beginner, undone, whole

BY = system("Test")
NAME = "test.answer"


@pytest.fixture
def answers() -> Iterator[int]:
    return count(1)


def asked(session: Session, answers: Iterator[int]) -> int:
    session.connection()
    return remembered(session, NAME, lambda: next(answers))


def test_a_transaction_asks_once_and_the_next_one_anew(begin: Beginner, answers: Iterator[int]) -> None:
    with begin(by=BY) as session:
        assert [asked(session, answers) for _ in range(3)] == [1, 1, 1]
    with begin(by=BY) as session:
        assert asked(session, answers) == 2


def test_a_session_that_goes_on_after_its_commit_asks_anew(session: Session, answers: Iterator[int]) -> None:
    assert asked(session, answers) == 1
    session.commit()
    assert asked(session, answers) == 2


def test_what_is_forgotten_is_asked_anew(begin: Beginner, answers: Iterator[int]) -> None:
    with begin(by=BY) as session:
        before = asked(session, answers)
        forget(session, NAME)
        assert (before, asked(session, answers)) == (1, 2)


def test_what_was_read_and_locked_inside_goes_with_the_savepoint(begin: Beginner, answers: Iterator[int]) -> None:
    with begin(by=BY) as session:
        with undone(session):
            assert asked(session, answers) == 1
        assert asked(session, answers) == 2


def test_what_was_read_in_a_savepoint_that_held_stays(begin: Beginner, answers: Iterator[int]) -> None:
    with begin(by=BY) as session:
        with whole(session):
            assert asked(session, answers) == 1
        assert asked(session, answers) == 1


def test_a_question_that_fails_is_asked_again(begin: Beginner) -> None:
    def refuse() -> int:
        raise LookupError

    with begin(by=BY) as session:
        session.connection()
        with pytest.raises(LookupError):
            remembered(session, NAME, refuse)
        assert remembered(session, NAME, lambda: 7) == 7
