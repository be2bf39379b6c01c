"""SEC-20: links in texts and the sessions behind them."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.access import actions, queries
from clinic.access.actions import LinkDead, LinkOpened, WrongBirthDate
from clinic.access.errors import NoSuchLink
from clinic.access.models import Link
from clinic.access.rules import LinkPurpose, link_token, link_url
from clinic.kernel.actor import Actor, Role, system
from clinic.kernel.crypto import KeyRing
from clinic.kernel.ids import digest, new_id
from clinic.worklist import queries as tasks

RING = KeyRing((("k1", b"1" * 32),))
ROTATED = KeyRing((("k2", b"2" * 32), ("k1", b"1" * 32)))
WITHOUT_OLD = KeyRing((("k2", b"2" * 32),))
BORN = date(1984, 3, 12)
WORKER = system("Test")


def birth_date_of(_session: Session, _patient_id: UUID) -> date:
    return BORN


@pytest.fixture
def link(session: Session, now: datetime) -> Link:
    return make(session, now)


def make(session: Session, now: datetime, **other: object) -> Link:
    wanted: dict[str, object] = {
        "purpose": LinkPurpose.VISIT,
        "resource_kind": "appointment",
        "resource_id": new_id(),
        "patient_id": new_id(),
        "expires_at": now + timedelta(days=7),
        "ring": RING,
        "by": WORKER,
    }
    return actions.make_link(session, now=now, **(wanted | other))  # type: ignore[arg-type]


def token_of(session: Session, link: Link, ring: KeyRing = RING) -> str:
    return actions.render_link(session, link_id=link.id, ring=ring)


def open_with(session: Session, token: str, born: date, now: datetime) -> object:
    return actions.open_link(
        session, token=token, birth_date=born, now=now, ip="192.0.2.10", birth_date_of=birth_date_of
    )


def test_a_token_is_22_characters_of_id_purpose_and_version():
    one = new_id()
    tokens = {
        link_token(RING, one, "visit", 1),
        link_token(RING, one, "visit", 2),
        link_token(RING, one, "other", 1),
        link_token(RING, new_id(), "visit", 1),
        link_token(ROTATED, one, "visit", 1),
    }
    assert len(tokens) == 5
    assert {len(token) for token in tokens} == {22}
    assert link_url("https://clinic.example", "abc") == "https://clinic.example/v/abc"


def test_nothing_usable_is_stored(session: Session, link: Link):
    stored = session.scalar(text("select string_agg(l::text, ' ') from link l"))
    assert token_of(session, link) not in str(stored)
    assert link.token_hash == digest(token_of(session, link))


def test_looking_at_a_link_twenty_times_leaves_it_usable(session: Session, link: Link, now: datetime):
    token = token_of(session, link)
    for _ in range(20):
        assert queries.live_link(session, token=token, now=now) is link
    assert isinstance(open_with(session, token, BORN, now), LinkOpened)


def test_the_birth_date_opens_a_visits_link_again_and_again(session: Session, link: Link, now: datetime):
    token = token_of(session, link)
    opened = [open_with(session, token, BORN, now) for _ in range(3)]
    assert all(isinstance(one, LinkOpened) for one in opened)
    assert len({one.session_token for one in opened if isinstance(one, LinkOpened)}) == 3


def test_a_link_session_is_bound_to_one_patient_and_one_purpose(session: Session, link: Link, now: datetime):
    opened = open_with(session, token_of(session, link), BORN, now)
    assert isinstance(opened, LinkOpened)
    found = queries.link_session_by_token(session, token_hash=digest(opened.session_token), now=now)
    assert found is not None
    assert (found.patient_id, found.purpose, found.resource_kind, found.resource_id) == (
        link.patient_id,
        "visit",
        "appointment",
        link.resource_id,
    )
    assert queries.session_by_token(session, token_hash=digest(opened.session_token), now=now) is None


def test_five_wrong_birth_dates_kill_the_link_and_open_a_task(session: Session, link: Link, now: datetime):
    token = token_of(session, link)
    wrong = date(1999, 9, 9)
    results = [open_with(session, token, wrong, now) for _ in range(5)]
    assert results == [WrongBirthDate(4), WrongBirthDate(3), WrongBirthDate(2), WrongBirthDate(1), LinkDead()]
    assert open_with(session, token, BORN, now) == LinkDead()
    assert queries.live_link(session, token=token, now=now) is None
    task = tasks.open_items(session, roles=[Role.COORDINATOR])[0]
    assert (task.kind.value, task.subject_id, task.patient_id) == ("link_locked", link.resource_id, link.patient_id)


def test_a_right_birth_date_starts_the_count_anew(session: Session, link: Link, now: datetime):
    token = token_of(session, link)
    for _ in range(4):
        open_with(session, token, date(1999, 9, 9), now)
    assert isinstance(open_with(session, token, BORN, now), LinkOpened)
    assert open_with(session, token, date(1999, 9, 9), now) == WrongBirthDate(4)


def test_an_unknown_an_expired_a_revoked_and_a_locked_link_look_alike(session: Session, now: datetime):
    expired, revoked = make(session, now, expires_at=now + timedelta(seconds=1)), make(session, now)
    actions.revoke_links(session, resource_kind="appointment", resource_id=revoked.resource_id, now=now, by=WORKER)
    at = now + timedelta(seconds=1)
    for token in (token_of(session, expired), token_of(session, revoked), "nothing-of-the-kind", ""):
        assert queries.live_link(session, token=token, now=at) is None
        assert open_with(session, token, BORN, at) == LinkDead()


def test_a_link_lives_up_to_its_expiry(session: Session, link: Link, now: datetime):
    token = token_of(session, link)
    assert queries.live_link(session, token=token, now=link.expires_at - timedelta(seconds=1))
    assert queries.live_link(session, token=token, now=link.expires_at) is None


def test_a_moved_visit_keeps_its_link_for_longer(session: Session, link: Link, now: datetime):
    token = token_of(session, link)
    later = now + timedelta(days=30)
    again = make(session, now, resource_id=link.resource_id, patient_id=link.patient_id, expires_at=later, ring=ROTATED)
    assert (again.id, again.expires_at) == (link.id, later)
    assert token_of(session, again) == token


def test_revoking_ends_the_sessions_behind_a_link(session: Session, link: Link, now: datetime):
    opened = open_with(session, token_of(session, link), BORN, now)
    assert isinstance(opened, LinkOpened)
    count = actions.revoke_links(session, resource_kind="appointment", resource_id=link.resource_id, now=now, by=WORKER)
    assert count == 1
    assert queries.link_session_by_token(session, token_hash=digest(opened.session_token), now=now) is None


def test_a_link_session_ends_after_thirty_idle_minutes_and_after_two_hours(session: Session, link: Link, now: datetime):
    opened = open_with(session, token_of(session, link), BORN, now)
    assert isinstance(opened, LinkOpened)
    known = digest(opened.session_token)

    def alive(**span: float) -> queries.LinkVisitor | None:
        return queries.link_session_by_token(session, token_hash=known, now=now + timedelta(**span))

    assert alive(minutes=29, seconds=59)
    assert alive(minutes=30, seconds=1) is None
    found = alive()
    assert found is not None
    for minutes in range(20, 120, 20):
        actions.link_seen(session, session_id=found.session_id, now=now + timedelta(minutes=minutes))
    assert alive(minutes=119, seconds=59)
    assert alive(hours=2) is None


def test_a_patient_may_end_the_session(session: Session, link: Link, now: datetime):
    opened = open_with(session, token_of(session, link), BORN, now)
    assert isinstance(opened, LinkOpened)
    found = queries.link_session_by_token(session, token_hash=digest(opened.session_token), now=now)
    assert found is not None
    actions.end_link_session(session, session_id=found.session_id, now=now, by=WORKER)
    assert queries.link_session_by_token(session, token_hash=digest(opened.session_token), now=now) is None


def test_a_new_link_unlocks_the_visit_kills_the_old_copies_and_settles_the_task(
    session: Session, link: Link, now: datetime, coordinator: Actor
):
    old = token_of(session, link)
    for _ in range(5):
        open_with(session, old, date(1999, 9, 9), now)
    renewed = actions.renew_link(
        session, resource_kind="appointment", resource_id=link.resource_id, now=now, by=coordinator, ring=RING
    )
    assert renewed is not None
    new = token_of(session, renewed)
    assert new != old
    assert open_with(session, old, BORN, now) == LinkDead()
    assert isinstance(open_with(session, new, BORN, now), LinkOpened)
    assert tasks.count_open(session, roles=[Role.COORDINATOR]) == 0


def test_nothing_is_renewed_where_there_is_no_link(session: Session, now: datetime, coordinator: Actor):
    renewed = actions.renew_link(
        session, resource_kind="appointment", resource_id=new_id(), now=now, by=coordinator, ring=RING
    )
    assert renewed is None
    with pytest.raises(NoSuchLink):
        actions.render_link(session, link_id=new_id(), ring=RING)


def test_a_rotated_key_ring_renders_the_same_link_while_the_old_key_reads(session: Session, link: Link, now: datetime):
    before = token_of(session, link)
    assert token_of(session, link, ROTATED) == before
    after = token_of(session, link, WITHOUT_OLD)
    assert after != before
    assert queries.live_link(session, token=after, now=now) is link
    assert queries.live_link(session, token=before, now=now) is None
