"""SEC-12: sessions end by themselves, by their owner and by nobody's activity."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.access import actions, queries
from clinic.access.actions import Entered
from clinic.access.errors import SessionEnded
from clinic.kernel.ids import digest
from tests.domains.access.desk import Desk

STRANGER = "203.0.113.66"
HOME = "192.0.2.10"


def live(session: Session, token: str, now: datetime) -> queries.SignedIn | None:
    return queries.session_by_token(session, token_hash=digest(token), now=now)


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


def test_signing_out_ends_the_session(desk: Desk, session: Session, now: datetime):
    entered = desk.sign_in(desk.hire(now=now), now=now)
    assert isinstance(entered, Entered)
    held = desk.session_id(entered.token, now)
    actions.sign_out(session, session_id=held, now=now, by=desk.somebody)
    assert live(session, entered.token, now) is None
    with pytest.raises(SessionEnded):
        actions.second_factor(session, session_id=held, code="123456", ip=HOME, now=now, by=desk.somebody)
