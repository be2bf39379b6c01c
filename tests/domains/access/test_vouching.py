"""SEC-19: whose sign-in was changed hears of it at the next sign-in, and administrators at once."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from clinic.access import actions, queries
from clinic.access.actions import Entered
from clinic.access.models import StaffAccount
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.worklist.queries import open_items
from tests.domains.access.desk import PASSWORD, Desk

NEW_PASSWORD = "seven quiet marble otters"


def as_actor(account: StaffAccount) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=account.id, name=account.full_name, ip="203.0.113.7")


def reset(desk: Desk, dana: StaffAccount, admin: Actor, now: datetime) -> None:
    token = actions.start_reset(desk.session, account_id=dana.id, by=admin, now=now)
    actions.finish_reset(
        desk.session, token=token, password=NEW_PASSWORD, now=now, hasher=desk.hasher, ip="203.0.113.7"
    )


def lost_phone(desk: Desk, dana: StaffAccount, admin: Actor, now: datetime) -> None:
    actions.forget_second_factor(desk.session, account_id=dana.id, version=dana.version, by=admin, now=now)


def changed(desk: Desk, dana: StaffAccount, _admin: Actor, now: datetime) -> None:
    entered = desk.sign_in(dana, now=now)
    assert isinstance(entered, Entered)
    actions.change_password(
        desk.session,
        session_id=desk.session_id(entered.token, now),
        current=PASSWORD,
        password=NEW_PASSWORD,
        ip="203.0.113.7",
        now=now,
        by=as_actor(dana),
        hasher=desk.hasher,
    )


def new_codes(desk: Desk, dana: StaffAccount, _admin: Actor, now: datetime) -> None:
    issued = desk.set_up(dana, now=now)
    held = desk.session_id(issued.entered.token, now)
    actions.new_recovery_codes(desk.session, session_id=held, now=now, by=as_actor(dana), hasher=desk.hasher)


CHANGES = {
    "A reset link gave the account of Dana Reyes a new password from 203.0.113.7.": reset,
    "The authenticator app of Dana Reyes was taken off by Ada Admin.": lost_phone,
    "The password of Dana Reyes was changed from 203.0.113.7.": changed,
    "The recovery codes of Dana Reyes were replaced from 203.0.113.7.": new_codes,
}
Change = Callable[[Desk, StaffAccount, Actor, datetime], None]


def told(desk: Desk, account: StaffAccount, now: datetime) -> list[str]:
    """Sign in, with whichever password is right, and return what the owner then reads."""
    for password in (PASSWORD, NEW_PASSWORD):
        entered = desk.sign_in(account, password, now=now, ip=None)
        if isinstance(entered, Entered):
            held = desk.session_id(entered.token, now)
            return [one.said for one in queries.unvouched(desk.session, account_id=account.id, session_id=held)]
    raise AssertionError("neither password is right")


@pytest.mark.parametrize(("said", "change"), CHANGES.items(), ids=["reset", "phone", "password", "codes"])
def test_SEC_19_a_change_is_told_at_the_next_sign_in_until_its_owner_vouches_for_it(
    desk: Desk, admin: Actor, now: datetime, said: str, change: Change
):
    dana = desk.hire(now=now)
    change(desk, dana, admin, now)
    later = now + timedelta(hours=8)
    assert told(desk, dana, later) == [said] == told(desk, dana, later)
    actions.vouch(desk.session, account_id=dana.id, by=as_actor(dana), now=later)
    assert told(desk, dana, later) == []
    assert open_items(desk.session, roles=[Role.ADMIN]) == []


@pytest.mark.parametrize("change", CHANGES.values(), ids=["reset", "phone", "password", "codes"])
def test_administrators_hear_of_a_change_even_when_its_owner_is_locked_out(
    desk: Desk, session: Session, admin: Actor, now: datetime, change: Change
):
    dana = desk.hire(now=now)
    assert open_items(session, roles=[Role.ADMIN]) == []
    change(desk, dana, admin, now)
    [task] = open_items(session, roles=[Role.ADMIN])
    assert (task.kind, task.subject_id, task.opened_at) == ("sign_in_changed", dana.id, now)


def test_the_session_that_made_the_change_is_not_asked(desk: Desk, session: Session, now: datetime):
    dana = desk.hire(now=now)
    issued = desk.set_up(dana, now=now)
    held = desk.session_id(issued.entered.token, now)
    at = now + timedelta(minutes=5)
    actions.new_recovery_codes(session, session_id=held, now=at, by=as_actor(dana), hasher=desk.hasher)
    assert queries.unvouched(session, account_id=dana.id, session_id=held) == []


def test_nobody_is_told_of_anothers_change(desk: Desk, admin: Actor, now: datetime):
    dana, sam = desk.hire(now=now), desk.hire("Sam Ortiz", now=now)
    reset(desk, dana, admin, now)
    actions.vouch(desk.session, account_id=sam.id, by=as_actor(sam), now=now)
    assert told(desk, sam, now + timedelta(hours=1)) == []
    assert len(told(desk, dana, now + timedelta(hours=1))) == 1


def test_the_latest_change_of_a_kind_stands_for_the_earlier_ones(
    desk: Desk, session: Session, admin: Actor, now: datetime
):
    dana = desk.hire(now=now)
    for hours in (0, 1):
        reset(desk, dana, admin, now + timedelta(hours=hours))
    [task] = open_items(session, roles=[Role.ADMIN])
    assert task.opened_at == now + timedelta(hours=1)
