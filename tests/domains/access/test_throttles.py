"""SEC-17: how many wrong guesses are heard, and from when the next one is."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.access import actions
from clinic.access.actions import Entered, NotEntered, TooManyGuesses
from clinic.access.rules.hashing import Argon2Hasher
from clinic.kernel.actor import ANONYMOUS, Actor, Role, system
from tests.conftest import Database
from tests.domains.access.desk import PASSWORD, Desk

STRANGER = "203.0.113.66"
HOME = "192.0.2.10"


def test_SEC_17_the_sixth_wrong_password_waits_a_second_and_the_waits_grow(desk: Desk, now: datetime):
    dana = desk.hire(now=now)
    for _ in range(5):
        assert desk.sign_in(dana, "wrong", now=now, ip=None) == NotEntered()
    assert desk.sign_in(dana, "wrong", now=now, ip=None) == TooManyGuesses(now + timedelta(seconds=1))
    assert desk.sign_in(dana, PASSWORD, now=now, ip=None) == TooManyGuesses(now + timedelta(seconds=1))
    at = now + timedelta(seconds=1)
    assert desk.sign_in(dana, "wrong", now=at, ip=None) == NotEntered()
    assert desk.sign_in(dana, "wrong", now=at, ip=None) == TooManyGuesses(at + timedelta(seconds=2))


def test_SEC_17_a_guess_that_is_not_heard_costs_no_hash(desk: Desk, now: datetime):
    for _ in range(5):
        desk.sign_in("nobody@example.org", "wrong", now=now, ip=None)
    desk.hasher.asked.clear()
    assert isinstance(desk.sign_in("nobody@example.org", "wrong", now=now, ip=None), TooManyGuesses)
    assert desk.hasher.asked == []


def test_SEC_17_no_account_is_locked_for_ever(desk: Desk, now: datetime):
    dana = desk.hire(now=now)
    at = now
    for _ in range(30):
        result = desk.sign_in(dana, "wrong", now=at, ip=None)
        if isinstance(result, TooManyGuesses):
            at = result.free_at
    blocked = desk.sign_in(dana, "wrong", now=at, ip=None)
    waited = blocked.free_at if isinstance(blocked, TooManyGuesses) else at + timedelta(minutes=15)
    assert waited - at <= timedelta(minutes=15)
    assert isinstance(desk.sign_in(dana, now=waited, ip=None), Entered)


def test_SEC_17_ten_wrong_passwords_from_one_address_close_it_for_five_minutes(desk: Desk, now: datetime):
    dana = desk.hire(now=now)
    for number in range(10):
        assert desk.sign_in(f"nobody{number}@example.org", "wrong", now=now, ip=STRANGER) == NotEntered()
    assert desk.sign_in(dana, now=now, ip=STRANGER) == TooManyGuesses(now + timedelta(minutes=5))
    assert isinstance(desk.sign_in(dana, now=now, ip=HOME), Entered)
    assert isinstance(desk.sign_in(dana, now=now + timedelta(minutes=5), ip=STRANGER), Entered)


def test_SEC_17_a_stranger_cannot_lock_the_owner_out_of_a_known_address(desk: Desk, session: Session, now: datetime):
    dana = desk.hire(now=now)
    token = desk.set_up(dana, now=now).entered.token
    actions.sign_out(session, session_id=desk.session_id(token, now), now=now, by=desk.somebody)
    for number in range(9):
        desk.sign_in(dana, "wrong", now=now + timedelta(minutes=20 * number), ip=f"203.0.113.{number}")
    at = now + timedelta(minutes=160)
    assert isinstance(desk.sign_in(dana, now=at, ip=STRANGER), TooManyGuesses)
    assert isinstance(desk.sign_in(dana, now=at, ip=HOME), Entered)


def test_the_owners_own_slips_are_forgiven_once_they_come_in(desk: Desk, now: datetime):
    dana = desk.hire(now=now)
    for _ in range(4):
        desk.sign_in(dana, "wrong", now=now)
    assert isinstance(desk.sign_in(dana, now=now), Entered)
    for _ in range(5):
        assert desk.sign_in(dana, "wrong", now=now) == NotEntered()
    assert isinstance(desk.sign_in(dana, "wrong", now=now), TooManyGuesses)


def test_SEC_17_the_sixth_wrong_code_in_five_minutes_is_not_heard(desk: Desk, session: Session, now: datetime):
    dana = desk.hire(now=now)
    desk.set_up(dana, now=now)
    at = now + timedelta(minutes=1)
    entered = desk.sign_in(dana, now=at)
    assert isinstance(entered, Entered)
    held = desk.session_id(entered.token, at)

    def give(code: str, when: datetime) -> object:
        return actions.second_factor(session, session_id=held, code=code, ip=HOME, now=when, by=desk.somebody)

    for _ in range(5):
        assert give("000000", at) == NotEntered()
    assert give(desk.code(dana, at), at) == TooManyGuesses(at + timedelta(minutes=5))
    later = at + timedelta(minutes=5)
    assert isinstance(give(desk.code(dana, later), later), Entered)


def test_SEC_17_a_burst_of_parallel_guesses_is_counted_one_by_one(
    database: Database, now: datetime, staff_actor: Callable[..., Actor]
):
    hasher = Argon2Hasher(memory_kib=8, time_cost=1, patience=10)
    somebody = replace(ANONYMOUS, ip=HOME)
    with database.begin(by=system("Operator")) as session:
        actions.invite_staff(
            session,
            email="dana@example.org",
            full_name="Dana Reyes",
            roles=[Role.ADMIN],
            by=system("Operator"),
            now=now,
        )

    def guess(_number: int) -> object:
        with database.begin(by=somebody) as session:
            return actions.sign_in(
                session, email="dana@example.org", password="wrong", ip=None, now=now, by=somebody, hasher=hasher
            )

    with ThreadPoolExecutor(10) as pool:
        results = list(pool.map(guess, range(30)))
    assert results.count(NotEntered()) == 5
    assert len(results) == 30
