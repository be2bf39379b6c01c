"""SEC-11, SEC-16, SEC-18: signing in with the password, and the trail that it leaves."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.access import actions, queries
from clinic.access.actions import Entered, NotEntered
from clinic.access.rules.hashing import Argon2Hasher
from clinic.access.rules.sessions import NextStep
from clinic.kernel.actor import Actor, Role
from clinic.kernel.ids import digest
from clinic.kernel.journal import take_entries
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
