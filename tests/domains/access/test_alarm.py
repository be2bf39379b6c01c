"""SEC-17, the global alarm: many wrong guesses, wherever they aim, become one task for administrators."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from clinic.access import actions, queries
from clinic.access.actions.guessing import forgive_guesses, record_guess
from clinic.access.rules.alarm import Guessed, Guessing, alarm_words
from clinic.access.rules.throttles import ALARM_COUNT, GuessKind, account_key
from clinic.kernel.actor import Actor, Role
from clinic.kernel.ids import new_id
from clinic.watching import keep_watch
from clinic.worklist import actions as worklist
from clinic.worklist.queries import ItemRow, open_items
from clinic.worklist.rules import WorkKind
from tests.domains.access.desk import OPERATOR, Desk
from tests.domains.scheduling.calendar_makers import RING

KINDS = [GuessKind.PASSWORD, GuessKind.CODE, GuessKind.BIRTH_DATE]
Guesser = Callable[..., None]


@pytest.fixture
def guess(session: Session, now: datetime) -> Guesser:
    """Record wrong guesses at many targets, of all kinds in turn, from two addresses."""

    def make(count: int, *, at: datetime = now) -> None:
        for number in range(count):
            record_guess(
                session,
                kind=KINDS[number % len(KINDS)],
                account_key=f"target{number}",
                network=f"203.0.113.{number % 2}",
                now=at,
            )

    return make


def tasks_after_a_look(session: Session, now: datetime) -> list[ItemRow]:
    keep_watch(session, now=now, by=OPERATOR)
    return [one for one in open_items(session, roles=[Role.ADMIN]) if one.kind == WorkKind.GUESSING]


def close(session: Session, item: ItemRow, *, by: Actor, now: datetime) -> None:
    worklist.close_item(session, item_id=item.id, version=item.version, by=by, now=now)


def test_SEC_17_one_guess_fewer_than_the_alarm_is_silent(session: Session, guess: Guesser, now: datetime):
    guess(ALARM_COUNT - 1)
    assert tasks_after_a_look(session, now) == []


def test_SEC_17_so_many_guesses_of_any_kind_open_one_task_for_administrators(
    session: Session, guess: Guesser, now: datetime
):
    guess(ALARM_COUNT)
    [task] = tasks_after_a_look(session, now)
    assert task.about.title == "Somebody is guessing passwords"
    assert task.reason.startswith(
        "Somebody is guessing: 17 wrong passwords for 17 accounts, 17 wrong codes for 17 accounts "
        "and 16 wrong birth dates on 16 visit links within an hour, from 2 addresses."
    )
    assert task.reason.endswith("ask whoever looks after the servers to block 203.0.113.0.")
    assert [one.id for one in tasks_after_a_look(session, now + timedelta(minutes=5))] == [task.id]


def test_guesses_older_than_an_hour_do_not_count(session: Session, guess: Guesser, now: datetime):
    guess(1, at=now - timedelta(hours=1))
    guess(ALARM_COUNT - 1)
    assert tasks_after_a_look(session, now) == []
    guess(1, at=now - timedelta(minutes=59))
    assert len(tasks_after_a_look(session, now)) == 1


def test_slips_of_people_who_then_came_in_do_not_count(session: Session, guess: Guesser, now: datetime):
    guess(ALARM_COUNT)
    forgive_guesses(session, account_key="target0", network="203.0.113.0", now=now)
    assert tasks_after_a_look(session, now) == []


def test_the_task_closes_itself_when_it_is_calm_and_a_new_attack_opens_another(
    session: Session, guess: Guesser, now: datetime
):
    guess(ALARM_COUNT)
    [first] = tasks_after_a_look(session, now)
    calm = now + timedelta(hours=2)
    assert tasks_after_a_look(session, calm) == []
    guess(ALARM_COUNT, at=calm)
    [second] = tasks_after_a_look(session, calm)
    assert second.id != first.id


def test_a_task_that_somebody_closed_comes_back_only_in_the_next_hour(
    session: Session, guess: Guesser, now: datetime, admin: Actor
):
    guess(ALARM_COUNT)
    [task] = tasks_after_a_look(session, now)
    close(session, task, by=admin, now=now)
    until_the_hour = timedelta(minutes=59 - now.minute)
    guess(ALARM_COUNT, at=now + until_the_hour)
    assert tasks_after_a_look(session, now + until_the_hour) == []
    assert len(tasks_after_a_look(session, now + until_the_hour + timedelta(minutes=1))) == 1


def test_a_standing_task_is_not_joined_by_another_in_the_next_hour(session: Session, guess: Guesser, now: datetime):
    guess(ALARM_COUNT)
    [task] = tasks_after_a_look(session, now)
    guess(ALARM_COUNT, at=now + timedelta(hours=1))
    assert [one.id for one in tasks_after_a_look(session, now + timedelta(hours=1))] == [task.id]


def test_nothing_that_was_typed_stands_in_the_task(desk: Desk, session: Session, now: datetime):
    typed = [f"patient{number}@example.org" for number in range(ALARM_COUNT - 1)] + ["+13055550142"]
    for number, email in enumerate(typed):
        desk.sign_in(email, "hunter two", now=now, ip=f"203.0.113.{number}")
    [task] = tasks_after_a_look(session, now)
    assert "@" not in task.reason
    assert "5550142" not in task.reason
    assert "hunter" not in task.reason
    assert account_key("+13055550142") not in task.reason


def test_a_wrong_birth_date_on_a_link_is_counted_without_the_date(session: Session, now: datetime):
    link = actions.make_link(
        session,
        purpose="visit",
        resource_kind="appointment",
        resource_id=new_id(),
        patient_id=new_id(),
        expires_at=now + timedelta(days=3),
        now=now,
        by=OPERATOR,
        ring=RING,
    )
    token = actions.render_link(session, link_id=link.id, ring=RING)
    for _ in range(2):
        actions.open_link(
            session,
            token=token,
            birth_date=date(1999, 1, 2),
            now=now,
            ip="203.0.113.9",
            birth_date_of=lambda _session, _patient_id: date(1984, 3, 12),
        )
    found = queries.guessing(session, now=now)
    assert list(found.of_kinds) == [Guessed(kind=GuessKind.BIRTH_DATE, tries=2, targets=1)]
    assert (found.tries, found.busiest) == (2, "203.0.113.9")


@pytest.mark.parametrize(
    ("guessing", "words"),
    [
        (
            Guessing(
                of_kinds=[Guessed(kind=GuessKind.PASSWORD, tries=240, targets=31)], addresses=1, busiest="192.0.2.7"
            ),
            "Somebody is guessing: 240 wrong passwords for 31 accounts within an hour, from 1 address. ",
        ),
        (
            Guessing(of_kinds=[Guessed(kind=GuessKind.CODE, tries=60, targets=1)]),
            "Somebody is guessing: 60 wrong codes for 1 account within an hour. ",
        ),
    ],
)
def test_the_task_says_how_many_guesses_aim_at_how_many_targets(guessing: Guessing, words: str):
    assert alarm_words(guessing).startswith(words)
