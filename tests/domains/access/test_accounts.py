"""SEC-5, SEC-19: invitations, resets, roles and switching accounts off."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.access import actions, queries
from clinic.access.actions import Entered, NotEntered
from clinic.access.errors import (
    EmailTaken,
    LastAdmin,
    NoSuchAccount,
    NotAnAdmin,
    NotPossibleNow,
    OwnAccount,
    TokenNoLongerValid,
    WeakPassword,
)
from clinic.access.models import StaffAccount
from clinic.access.rules.accounts import AccountState, TokenPurpose
from clinic.access.rules.hashing import Argon2Hasher
from clinic.access.rules.sessions import NextStep
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.ids import digest, new_id
from tests.conftest import Database
from tests.domains.access.desk import OPERATOR, PASSWORD, Desk

NEW_PASSWORD = "seven quiet marble otters"


def as_actor(account: StaffAccount) -> Actor:
    roles = frozenset(Role(role) for role in account.roles)
    return Actor(kind=ActorKind.STAFF, id=account.id, name=account.full_name, roles=roles)


def invite(session: Session, by: Actor, now: datetime, **other: object) -> tuple[StaffAccount, str]:
    wanted: dict[str, object] = {"email": "sam@example.org", "full_name": "Sam Ortiz", "roles": [Role.COORDINATOR]}
    return actions.invite_staff(session, by=by, now=now, **(wanted | other))  # type: ignore[arg-type]


def accept(desk: Desk, token: str, now: datetime, password: str = PASSWORD) -> StaffAccount:
    return actions.accept_invitation(desk.session, token=token, password=password, now=now, hasher=desk.hasher)


def test_an_invitation_becomes_an_account_with_a_password_of_ones_own(desk: Desk, admin: Actor, now: datetime):
    account, token = invite(desk.session, admin, now)
    assert (account.state, account.password_hash) == (AccountState.INVITED, None)
    accept(desk, token, now + timedelta(hours=71, minutes=59))
    assert account.state == AccountState.ACTIVE
    entered = desk.sign_in(account, now=now)
    assert isinstance(entered, Entered)
    assert entered.next is NextStep.SET_UP


def test_an_invitation_works_once_and_for_72_hours(desk: Desk, admin: Actor, now: datetime):
    _, token = invite(desk.session, admin, now)
    with pytest.raises(TokenNoLongerValid):
        accept(desk, token, now + timedelta(hours=72))
    accept(desk, token, now)
    with pytest.raises(TokenNoLongerValid):
        accept(desk, token, now)


def test_inviting_again_kills_the_earlier_invitation(desk: Desk, admin: Actor, now: datetime):
    account, first = invite(desk.session, admin, now)
    second = actions.invite_again(desk.session, account_id=account.id, by=admin, now=now)
    with pytest.raises(TokenNoLongerValid):
        accept(desk, first, now)
    accept(desk, second, now)
    with pytest.raises(NotPossibleNow):
        actions.invite_again(desk.session, account_id=account.id, by=admin, now=now)


def test_a_weak_password_leaves_the_invitation_open(desk: Desk, admin: Actor, now: datetime):
    _, token = invite(desk.session, admin, now)
    with pytest.raises(WeakPassword), desk.session.begin_nested():
        accept(desk, token, now, "Sam Ortiz Sam Ortiz")
    accept(desk, token, now)


def test_only_the_hash_of_an_invitation_is_stored(session: Session, admin: Actor, now: datetime):
    _, token = invite(session, admin, now)
    stored = session.scalar(text("select string_agg(t::text, ' ') from account_token t"))
    assert token not in str(stored)
    assert session.scalar(text("select token_hash from account_token")) == digest(token)


@pytest.mark.parametrize("email", ["sam@example.org", "SAM@EXAMPLE.ORG", "\uff53am@example.org"])
def test_two_accounts_never_share_an_address(session: Session, admin: Actor, now: datetime, email: str):
    invite(session, admin, now)
    with pytest.raises(EmailTaken) as refused:
        invite(session, admin, now, email=email)
    assert refused.value.field == "email"


def test_only_an_administrator_or_the_operator_changes_accounts(
    session: Session, coordinator: Actor, admin: Actor, now: datetime
):
    with pytest.raises(NotAnAdmin):
        invite(session, coordinator, now)
    account, _ = invite(session, OPERATOR, now)
    wanted = {"account_id": account.id, "version": 1, "by": coordinator, "now": now}
    with pytest.raises(NotAnAdmin):
        actions.change_roles(session, roles=[Role.ADMIN], **wanted)
    with pytest.raises(NotAnAdmin):
        actions.disable_staff(session, **wanted)
    with pytest.raises(NotAnAdmin):
        actions.start_reset(session, account_id=account.id, by=coordinator, now=now)
    with pytest.raises(NoSuchAccount):
        actions.change_roles(session, account_id=new_id(), roles=[Role.ADMIN], version=1, by=admin, now=now)


def test_nobody_changes_their_own_rights(desk: Desk, now: datetime):
    ada = desk.hire("Ada Admin", Role.ADMIN, now=now)
    wanted = {"account_id": ada.id, "version": ada.version, "by": as_actor(ada), "now": now}
    with pytest.raises(OwnAccount):
        actions.change_roles(desk.session, roles=[Role.ADMIN, Role.PHYSICIAN], **wanted)
    with pytest.raises(OwnAccount):
        actions.disable_staff(desk.session, **wanted)
    with pytest.raises(OwnAccount):
        actions.forget_second_factor(desk.session, **wanted)


def test_SEC_5_other_roles_hold_at_once_and_end_the_sessions(desk: Desk, admin: Actor, now: datetime):
    dana = desk.hire(now=now)
    entered = desk.sign_in(dana, now=now, may_skip=True)
    assert isinstance(entered, Entered)
    actions.change_roles(
        desk.session, account_id=dana.id, roles=[Role.PHYSICIAN], version=dana.version, by=admin, now=now
    )
    assert queries.session_by_token(desk.session, token_hash=digest(entered.token), now=now) is None
    again = desk.sign_in(dana, now=now, may_skip=True)
    assert isinstance(again, Entered)
    assert again.roles == {Role.PHYSICIAN}


def test_two_administrators_editing_one_account_do_not_overwrite_each_other(desk: Desk, admin: Actor, now: datetime):
    dana = desk.hire(now=now)
    seen = dana.version
    actions.change_roles(desk.session, account_id=dana.id, roles=[Role.PHYSICIAN], version=seen, by=admin, now=now)
    with pytest.raises(ChangedMeanwhile, match="Ada Admin changed this"):
        actions.disable_staff(desk.session, account_id=dana.id, version=seen, by=admin, now=now)


def test_SEC_5_a_disabled_account_is_out_at_once_and_can_come_back(desk: Desk, admin: Actor, now: datetime):
    dana = desk.hire(now=now)
    entered = desk.sign_in(dana, now=now, may_skip=True)
    assert isinstance(entered, Entered)
    reset = actions.start_reset(desk.session, account_id=dana.id, by=admin, now=now)
    actions.disable_staff(desk.session, account_id=dana.id, version=dana.version, by=admin, now=now)
    assert queries.session_by_token(desk.session, token_hash=digest(entered.token), now=now) is None
    assert desk.sign_in(dana, now=now) == NotEntered()
    with pytest.raises(TokenNoLongerValid):
        queries.account_of_token(desk.session, token=reset, purpose=TokenPurpose.RESET, now=now)
    with pytest.raises(NotPossibleNow):
        actions.start_reset(desk.session, account_id=dana.id, by=admin, now=now)
    actions.enable_staff(desk.session, account_id=dana.id, version=dana.version, by=admin, now=now)
    assert isinstance(desk.sign_in(dana, now=now), Entered)
    with pytest.raises(NotPossibleNow):
        actions.enable_staff(desk.session, account_id=dana.id, version=dana.version, by=admin, now=now)


def test_the_last_administrator_stays(desk: Desk, now: datetime):
    ada = desk.hire("Ada Admin", Role.ADMIN, now=now)
    wanted = {"account_id": ada.id, "by": OPERATOR, "now": now}
    with pytest.raises(LastAdmin, match="Ada Admin is the only administrator"):
        actions.disable_staff(desk.session, version=ada.version, **wanted)
    with pytest.raises(LastAdmin):
        actions.change_roles(desk.session, roles=[Role.COORDINATOR], version=ada.version, **wanted)
    desk.hire("Second Admin", Role.ADMIN, now=now)
    actions.disable_staff(desk.session, version=ada.version, **wanted)


def test_two_administrators_cannot_switch_each_other_off_at_once(database: Database, now: datetime):
    hasher = Argon2Hasher(memory_kib=8, time_cost=1, patience=10)
    accounts = []
    for name in ("Ada Admin", "Ben Boss"):
        with database.begin(by=OPERATOR) as session:
            email = name.replace(" ", ".") + "@example.org"
            _, token = actions.invite_staff(
                session, email=email, full_name=name, roles=[Role.ADMIN], by=OPERATOR, now=now
            )
            accounts.append(actions.accept_invitation(session, token=token, password=PASSWORD, now=now, hasher=hasher))

    def switch_off(by: int) -> object:
        actor, target = as_actor(accounts[by]), accounts[1 - by]
        try:
            with database.begin(by=actor) as session:
                actions.disable_staff(session, account_id=target.id, version=target.version, by=actor, now=now)
        except LastAdmin as refusal:
            return type(refusal)
        return None

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(switch_off, [0, 1])) == {None, LastAdmin}


def test_SEC_19_a_reset_is_started_by_an_administrator_and_finished_by_the_owner(
    desk: Desk, admin: Actor, now: datetime
):
    dana = desk.hire(now=now)
    issued = desk.set_up(dana, now=now)
    token = actions.start_reset(desk.session, account_id=dana.id, by=admin, now=now)
    at = now + timedelta(minutes=14, seconds=59)
    actions.finish_reset(desk.session, token=token, password=NEW_PASSWORD, now=at, hasher=desk.hasher)
    assert queries.session_by_token(desk.session, token_hash=digest(issued.entered.token), now=at) is None
    assert desk.sign_in(dana, now=at) == NotEntered()
    entered = desk.sign_in(dana, NEW_PASSWORD, now=at)
    assert isinstance(entered, Entered)
    assert entered.next is NextStep.GIVE_CODE


def test_SEC_19_a_reset_works_once_and_for_fifteen_minutes(desk: Desk, admin: Actor, now: datetime):
    dana = desk.hire(now=now)
    token = actions.start_reset(desk.session, account_id=dana.id, by=admin, now=now)
    finish = {"token": token, "password": NEW_PASSWORD, "hasher": desk.hasher}
    with pytest.raises(TokenNoLongerValid):
        actions.finish_reset(desk.session, now=now + timedelta(minutes=15), **finish)
    with pytest.raises(TokenNoLongerValid):
        accept(desk, token, now)
    actions.finish_reset(desk.session, now=now, **finish)
    with pytest.raises(TokenNoLongerValid):
        actions.finish_reset(desk.session, now=now, **finish)


def test_an_administrator_never_sees_or_sets_a_password(desk: Desk, admin: Actor, now: datetime):
    dana = desk.hire(now=now)
    before = dana.password_hash
    actions.start_reset(desk.session, account_id=dana.id, by=admin, now=now)
    assert dana.password_hash == before
    assert isinstance(desk.sign_in(dana, now=now), Entered)


def test_a_lost_phone_is_taken_off_and_set_up_anew(desk: Desk, admin: Actor, now: datetime):
    dana = desk.hire(now=now)
    issued = desk.set_up(dana, now=now)
    actions.forget_second_factor(desk.session, account_id=dana.id, version=dana.version, by=admin, now=now)
    assert queries.session_by_token(desk.session, token_hash=digest(issued.entered.token), now=now) is None
    assert queries.recovery_codes_left(desk.session, account_id=dana.id) == 0
    entered = desk.sign_in(dana, now=now)
    assert isinstance(entered, Entered)
    assert entered.next is NextStep.SET_UP


def test_the_staff_list_shows_who_can_come_in(desk: Desk, admin: Actor, now: datetime):
    dana = desk.hire(now=now)
    desk.set_up(dana, now=now)
    zoe = desk.hire("Zoe Ames", Role.PHYSICIAN, now=now)
    invite(desk.session, admin, now)
    gone = desk.hire("Abe Gone", now=now)
    actions.disable_staff(desk.session, account_id=gone.id, version=gone.version, by=admin, now=now)
    rows = queries.staff(desk.session)
    assert [row.full_name for row in rows] == ["Dana Reyes", "Sam Ortiz", "Zoe Ames", "Abe Gone"]
    assert [row.has_second_factor for row in rows] == [True, False, False, False]
    assert (rows[0].last_seen_at, rows[1].last_seen_at) == (now, None)
    assert [row.state.value for row in rows] == ["active", "invited", "active", "disabled"]
    assert queries.active_accounts_with_role(desk.session, Role.PHYSICIAN) == [zoe]
