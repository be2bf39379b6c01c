"""SEC-11, SEC-12, SEC-14, SEC-16 to SEC-18: signing in, sessions and limits on guessing."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.access import actions, queries
from clinic.access.actions import CodesIssued, Entered, NotEntered, TooManyGuesses
from clinic.access.errors import AlreadySetUp, NotPossibleNow, SessionEnded
from clinic.access.rules.hashing import Argon2Hasher
from clinic.access.rules.sessions import NextStep
from clinic.kernel.actor import ANONYMOUS, Actor, Role, system
from clinic.kernel.ids import digest
from clinic.kernel.journal import take_entries
from tests.conftest import Database
from tests.domains.access.desk import PASSWORD, Desk

STRANGER = "203.0.113.66"
HOME = "192.0.2.10"


def live(session: Session, token: str, now: datetime) -> queries.SignedIn | None:
    return queries.session_by_token(session, token_hash=digest(token), now=now)


def test_a_right_password_opens_a_session_that_lacks_its_second_factor(desk: Desk, session: Session, now: datetime):
    dana = desk.hire(now=now)
    entered = desk.sign_in("DANA.REYES@example.org", now=now)
    assert isinstance(entered, Entered)
    assert (entered.account_id, entered.next) == (dana.id, NextStep.SET_UP)
    found = live(session, entered.token, now)
    assert found is not None
    assert found.mfa_at is None
    assert (found.actor.name, found.actor.roles) == ("Dana Reyes", frozenset({Role.COORDINATOR}))


def test_a_demo_may_skip_the_second_factor_until_it_is_set_up(desk: Desk, session: Session, now: datetime):
    dana = desk.hire(now=now)
    entered = desk.sign_in(dana, now=now, may_skip=True)
    assert isinstance(entered, Entered)
    assert entered.next is NextStep.DONE
    found = live(session, entered.token, now)
    assert found is not None
    assert found.mfa_at == now
    desk.set_up(dana, now=now)
    later = desk.sign_in(dana, now=now, may_skip=True)
    assert isinstance(later, Entered)
    assert later.next is NextStep.GIVE_CODE


def test_a_wrong_password_an_unknown_address_and_a_disabled_account_answer_alike_and_cost_the_same(
    desk: Desk, session: Session, now: datetime, admin: Actor
):
    desk.hire(now=now)
    gone = desk.hire("Sam Ortiz", now=now)
    actions.disable_staff(session, account_id=gone.id, version=gone.version, by=admin, now=now)
    invited, _ = actions.invite_staff(
        session, email="new@example.org", full_name="New Person", roles=[Role.COORDINATOR], by=admin, now=now
    )
    attempts = [
        ("dana.reyes@example.org", "wrong"),
        ("nobody@example.org", PASSWORD),
        (gone.email, PASSWORD),
        (invited.email, PASSWORD),
        ("dana.reyes@example.org", "x" * 129),
        ("", ""),
    ]
    for email, password in attempts:
        desk.hasher.asked.clear()
        assert desk.sign_in(email, password, now=now, ip=None) == NotEntered()
        assert len(desk.hasher.asked) == 1, email


def test_an_overlong_password_is_never_hashed(desk: Desk, now: datetime):
    dana = desk.hire(now=now)
    desk.hasher.asked.clear()
    assert desk.sign_in(dana, "x" * 129, now=now) == NotEntered()
    assert desk.hasher.asked == ["pretend"]


def test_a_password_hashed_with_old_parameters_is_hashed_anew(desk: Desk, now: datetime):
    dana = desk.hire(now=now)
    before = dana.password_hash
    desk.hasher.real = Argon2Hasher(memory_kib=16, time_cost=1)
    assert isinstance(desk.sign_in(dana, now=now), Entered)
    desk.session.refresh(dana)
    assert dana.password_hash != before
    assert "m=16" in str(dana.password_hash)
    assert isinstance(desk.sign_in(dana, now=now), Entered)


def test_only_the_hash_of_a_token_is_stored(desk: Desk, session: Session, now: datetime):
    entered = desk.sign_in(desk.hire(now=now), now=now)
    assert isinstance(entered, Entered)
    assert entered.token not in repr(entered)
    stored = session.scalar(text("select string_agg(s::text, ' ') from staff_session s"))
    assert entered.token not in str(stored)


@pytest.mark.parametrize(
    ("idle", "alive"), [(timedelta(minutes=14, seconds=59), True), (timedelta(minutes=15, seconds=1), False)]
)
def test_SEC_12_a_session_ends_after_fifteen_idle_minutes(
    desk: Desk, session: Session, now: datetime, idle: timedelta, *, alive: bool
):
    entered = desk.sign_in(desk.hire(now=now), now=now)
    assert isinstance(entered, Entered)
    assert (live(session, entered.token, now + idle) is not None) is alive


def test_SEC_12_a_busy_session_ends_after_twelve_hours(desk: Desk, session: Session, now: datetime):
    entered = desk.sign_in(desk.hire(now=now), now=now)
    assert isinstance(entered, Entered)
    found = live(session, entered.token, now)
    assert found is not None
    at = now
    while at < now + timedelta(hours=12) - timedelta(minutes=10):
        at += timedelta(minutes=10)
        actions.seen(session, session_id=found.session_id, now=at)
    assert live(session, entered.token, now + timedelta(hours=11, minutes=59, seconds=59))
    assert live(session, entered.token, now + timedelta(hours=12)) is None


def test_being_seen_is_written_at_most_once_a_minute(desk: Desk, session: Session, now: datetime):
    entered = desk.sign_in(desk.hire(now=now), now=now)
    assert isinstance(entered, Entered)
    found = live(session, entered.token, now)
    assert found is not None
    actions.seen(session, session_id=found.session_id, now=now + timedelta(seconds=59))
    assert session.scalar(text("select max(last_seen_at) from staff_session")) == now
    actions.seen(session, session_id=found.session_id, now=now + timedelta(seconds=60))
    assert session.scalar(text("select max(last_seen_at) from staff_session")) == now + timedelta(seconds=60)


def test_SEC_14_the_code_completes_signing_in_with_a_new_token(desk: Desk, session: Session, now: datetime):
    dana = desk.hire(now=now)
    issued = desk.set_up(dana, now=now)
    assert len(issued.codes) == 10
    at = now + timedelta(seconds=30)
    entered = desk.sign_in(dana, now=at)
    assert isinstance(entered, Entered)
    assert entered.next is NextStep.GIVE_CODE
    done = actions.second_factor(
        session,
        session_id=desk.session_id(entered.token, at),
        code=desk.code(dana, at),
        ip=HOME,
        now=at,
        by=desk.somebody,
    )
    assert isinstance(done, Entered)
    assert live(session, entered.token, at) is None
    found = live(session, done.token, at)
    assert found is not None
    assert found.mfa_at == at


def test_SEC_14_a_code_works_once_even_for_another_session(desk: Desk, session: Session, now: datetime):
    dana = desk.hire(now=now)
    desk.set_up(dana, now=now)
    at = now + timedelta(seconds=60)
    tokens = []
    for _ in range(2):
        entered = desk.sign_in(dana, now=at)
        assert isinstance(entered, Entered)
        tokens.append(entered.token)
    code = desk.code(dana, at)
    results = [
        actions.second_factor(
            session, session_id=desk.session_id(token, at), code=code, ip=HOME, now=at, by=desk.somebody
        )
        for token in tokens
    ]
    assert [type(result) for result in results] == [Entered, NotEntered]
    older = desk.code(dana, at - timedelta(seconds=30))
    assert (
        actions.second_factor(
            session, session_id=desk.session_id(tokens[1], at), code=older, ip=HOME, now=at, by=desk.somebody
        )
        == NotEntered()
    )


def test_setting_up_needs_a_right_code_and_happens_once(desk: Desk, session: Session, now: datetime):
    dana = desk.hire(now=now)
    entered = desk.sign_in(dana, now=now)
    assert isinstance(entered, Entered)
    held = desk.session_id(entered.token, now)
    wanted = {"session_id": held, "ip": HOME, "now": now, "by": desk.somebody}
    with pytest.raises(NotPossibleNow, match="Set up"):
        actions.second_factor(session, code="123456", **wanted)
    assert actions.confirm_totp(session, code="000000", hasher=desk.hasher, **wanted) == NotEntered()
    issued = actions.confirm_totp(session, code=desk.code(dana, now), hasher=desk.hasher, **wanted)
    assert isinstance(issued, CodesIssued)
    assert issued.codes[0] not in repr(issued)
    with pytest.raises(AlreadySetUp):
        actions.confirm_totp(session, code=desk.code(dana, now), hasher=desk.hasher, **wanted)


def test_the_seed_and_the_recovery_codes_are_not_stored_readable(desk: Desk, session: Session, now: datetime):
    dana = desk.hire(now=now)
    issued = desk.set_up(dana, now=now)
    stored = session.scalar(text("select encode(totp_seed_sealed, 'escape') from staff_account"))
    assert str(dana.totp_seed) not in str(stored)
    hashes = session.scalars(text("select code_hash from recovery_code")).all()
    assert len(hashes) == 10
    assert all(found.startswith("$argon2id$") for found in hashes)
    assert issued.codes[0].replace("-", "") not in "".join(hashes)


def test_a_recovery_code_stands_in_for_the_app_once_and_costs_one_hash(desk: Desk, session: Session, now: datetime):
    dana = desk.hire(now=now)
    codes = desk.set_up(dana, now=now).codes
    entered = desk.sign_in(dana, now=now)
    assert isinstance(entered, Entered)

    def give(code: str, token: str) -> object:
        desk.hasher.asked.clear()
        return actions.recovery(
            session,
            session_id=desk.session_id(token, now),
            code=code,
            ip=HOME,
            now=now,
            by=desk.somebody,
            hasher=desk.hasher,
        )

    done = give(codes[7].lower(), entered.token)
    assert isinstance(done, Entered)
    assert desk.hasher.asked == ["matches"]
    assert queries.recovery_codes_left(session, account_id=dana.id) == 9
    again = desk.sign_in(dana, now=now)
    assert isinstance(again, Entered)
    for wrong in (codes[7], "", codes[6][:-1] + ("2" if codes[6][-1] != "2" else "3")):
        assert give(wrong, again.token) == NotEntered()
        assert len(desk.hasher.asked) == 1
    assert isinstance(give(codes[6], again.token), Entered)


def test_new_recovery_codes_replace_the_old_ones(desk: Desk, session: Session, now: datetime):
    dana = desk.hire(now=now)
    issued = desk.set_up(dana, now=now)
    held = desk.session_id(issued.entered.token, now)
    fresh = actions.new_recovery_codes(
        session, session_id=held, now=now + timedelta(minutes=1), by=desk.somebody, hasher=desk.hasher
    )
    assert queries.recovery_codes_left(session, account_id=dana.id) == 10
    wanted = {"session_id": held, "ip": HOME, "now": now + timedelta(minutes=2), "by": desk.somebody}
    assert actions.recovery(session, code=issued.codes[3], hasher=desk.hasher, **wanted) == NotEntered()
    assert isinstance(actions.recovery(session, code=fresh[3], hasher=desk.hasher, **wanted), Entered)


def test_stepping_up_gives_a_new_token_and_a_fresh_second_factor(desk: Desk, session: Session, now: datetime):
    dana = desk.hire(now=now)
    token = desk.set_up(dana, now=now).entered.token
    at = now + timedelta(minutes=10)
    done = actions.second_factor(
        session, session_id=desk.session_id(token, at), code=desk.code(dana, at), ip=HOME, now=at, by=desk.somebody
    )
    assert isinstance(done, Entered)
    assert live(session, token, at) is None
    found = live(session, done.token, at)
    assert found is not None
    assert (found.mfa_at, found.expires_at) == (at, now + timedelta(hours=12))


def test_a_demo_account_steps_up_with_its_password(desk: Desk, session: Session, now: datetime):
    dana = desk.hire(now=now)
    entered = desk.sign_in(dana, now=now, may_skip=True)
    assert isinstance(entered, Entered)

    def again(password: str, *, may_skip: bool = True) -> object:
        return actions.step_up_by_password(
            session,
            session_id=desk.session_id(entered.token, now),
            password=password,
            ip=HOME,
            now=now,
            by=desk.somebody,
            hasher=desk.hasher,
            may_skip_second_factor=may_skip,
        )

    with pytest.raises(NotPossibleNow):
        again(PASSWORD, may_skip=False)
    assert again("wrong") == NotEntered()
    assert isinstance(again(PASSWORD), Entered)


def test_signing_out_ends_the_session(desk: Desk, session: Session, now: datetime):
    entered = desk.sign_in(desk.hire(now=now), now=now)
    assert isinstance(entered, Entered)
    held = desk.session_id(entered.token, now)
    actions.sign_out(session, session_id=held, now=now, by=desk.somebody)
    assert live(session, entered.token, now) is None
    with pytest.raises(SessionEnded):
        actions.second_factor(session, session_id=held, code="123456", ip=HOME, now=now, by=desk.somebody)


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


def test_wrong_guesses_leave_a_trail_without_what_was_typed(desk: Desk, session: Session, now: datetime):
    dana = desk.hire(now=now)
    take_entries(session)
    desk.sign_in(dana, "my secret typed into the wrong box", now=now)
    desk.sign_in("my secret typed into the wrong box", "x", now=now)
    entries = take_entries(session)
    assert [(entry.action, entry.subject_id) for entry in entries] == [
        ("sign_in.refused", dana.id),
        ("sign_in.refused", None),
    ]
    stored = session.scalar(text("select string_agg(g::text, ' ') from guess g"))
    assert "secret" not in str(entries) + str(stored)


def test_changing_ones_password_ends_the_other_sessions(desk: Desk, session: Session, now: datetime):
    dana = desk.hire(now=now)
    mine, other = desk.sign_in(dana, now=now, may_skip=True), desk.sign_in(dana, now=now, may_skip=True)
    assert isinstance(mine, Entered)
    assert isinstance(other, Entered)

    def change(current: str, token: str) -> object:
        return actions.change_password(
            session,
            session_id=desk.session_id(token, now),
            current=current,
            password="seven quiet marble otters",
            ip=HOME,
            now=now,
            by=desk.somebody,
            hasher=desk.hasher,
        )

    assert change("wrong", mine.token) == NotEntered()
    changed = change(PASSWORD, mine.token)
    assert isinstance(changed, Entered)
    assert live(session, other.token, now) is None
    assert live(session, mine.token, now) is None
    assert live(session, changed.token, now) is not None
    assert desk.sign_in(dana, PASSWORD, now=now) == NotEntered()
    assert isinstance(desk.sign_in(dana, "seven quiet marble otters", now=now), Entered)


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
