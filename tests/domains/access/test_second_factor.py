"""SEC-14: the second factor, its recovery codes and stepping up."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.access import actions, queries
from clinic.access.actions import CodesIssued, Entered, NotEntered
from clinic.access.errors import AlreadySetUp, NotPossibleNow
from clinic.access.rules.sessions import NextStep
from clinic.kernel.ids import digest
from tests.domains.access.desk import PASSWORD, Desk

STRANGER = "203.0.113.66"
HOME = "192.0.2.10"


def live(session: Session, token: str, now: datetime) -> queries.SignedIn | None:
    return queries.session_by_token(session, token_hash=digest(token), now=now)


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
