"""SEC-7: the trail only grows, and whatever is changed behind its back is found at the exact row."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from sqlalchemy import Engine, create_engine, event, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clinic.audit import actions, queries
from clinic.audit.models import AuditEvent
from clinic.audit.rules import Anchor, UnwritableDetail, plain
from clinic.kernel.actor import Actor, ActorKind, Role, system
from clinic.kernel.ids import new_id
from clinic.kernel.journal import Entry, note
from tests.conftest import Database

PATIENT = UUID("6f0a4f0e-58e5-4f2c-9b1f-0a4c9b6d2c11")
DANA = Actor(kind=ActorKind.STAFF, id=new_id(), name="Dana Reyes", request_id="abc123", ip="192.0.2.7")


def entry(action: str, now: datetime, **details: object) -> Entry:
    return Entry(
        action=action, subject_kind="patient", subject_id=PATIENT, at=now, details=details, patient_ids=(PATIENT,)
    )


@pytest.fixture
def superuser(database: Database) -> Iterator[Engine]:
    engine = create_engine(database.superuser_url)
    yield engine
    engine.dispose()


@pytest.fixture
def five_rows(database: Database, now: datetime) -> Database:
    for number in range(5):
        with database.begin(by=DANA) as session:
            note(
                session,
                "patient.changed",
                subject_kind="patient",
                subject_id=PATIENT,
                at=now,
                patient_ids=(PATIENT,),
                number=number,
            )
    return database


def tamper(superuser: Engine, *words: str) -> None:
    """Change the table as somebody who owns the machine could: triggers off."""
    with superuser.begin() as connection:
        connection.execute(text("set local session_replication_role = replica"))
        assert connection.execute(text(" ".join(words))).rowcount > 0


def newest_first(session: Session) -> list[AuditEvent]:
    return list(session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc())))


def test_entries_are_written_in_order_with_one_statement(session: Session, now: datetime):
    session.connection()
    sent: list[str] = []
    listener = lambda *args: sent.append(args[2])  # noqa: E731 - kept by name so that it can be removed
    event.listen(session.get_bind(), "before_cursor_execute", listener)
    actions.write(session, [entry("patient.added", now), entry("patient.seen", now)], DANA)
    event.remove(session.get_bind(), "before_cursor_execute", listener)
    assert len(sent) == 1
    rows = newest_first(session)
    assert [row.action for row in rows] == ["patient.seen", "patient.added"]
    assert rows[0].seq == rows[1].seq + 1
    assert (rows[0].actor_name, rows[0].request_id, rows[0].ip) == ("Dana Reyes", "abc123", "192.0.2.7")


def test_without_entries_nothing_is_sent(session: Session):
    before = session.scalar(text("select count(*) from audit_event"))
    actions.write(session, [], DANA)
    assert session.scalar(text("select count(*) from audit_event")) == before


def test_the_database_sets_number_time_and_hashes_whatever_the_writer_sends(session: Session, now: datetime):
    session.execute(
        text(
            "insert into audit_event (seq, recorded_at, occurred_at, actor_kind, actor_name, action, subject_kind,"
            " patient_ids, details, prev_hash, hash)"
            " values (999, '2000-01-01', :now, 'staff', 'Forger', 'patient.seen', 'patient', '{}', '{}', 'x', 'y')"
        ),
        {"now": now},
    )
    found = session.execute(text("select seq, recorded_at, hash from audit_event where actor_name = 'Forger'")).one()
    assert found.seq != 999
    assert found.recorded_at.year > 2000
    assert len(found.hash) == 32
    assert queries.verify(session).is_whole


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_event set action = 'nothing.happened'",
        "delete from audit_event",
        "truncate audit_event",
        "alter table audit_event disable trigger all",
        "drop trigger audit_event_chain on audit_event",
        "drop table audit_event",
    ],
)
def test_the_application_can_only_add_rows(session: Session, now: datetime, statement: str):
    actions.write(session, [entry("patient.added", now)], DANA)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text(statement))


@pytest.mark.parametrize("statement", ["update audit_event set action = 'x'", "delete from audit_event"])
def test_even_the_owner_is_refused_by_the_trigger(five_rows: Database, statement: str):
    engine = create_engine(five_rows.owner_url)
    with engine.connect() as connection, pytest.raises(DBAPIError, match="only grows"):
        connection.execute(text(statement))
    engine.dispose()


def test_an_untouched_chain_is_whole(five_rows: Database):
    with five_rows.sessions() as session:
        checked = queries.verify(session)
        assert (checked.rows, checked.broken_at, checked.head_seq) == (5, None, 5)
        assert queries.head(session) == Anchor(5, checked.head_hash or b"")


def test_an_empty_chain_is_whole(database: Database):
    with database.sessions() as session:
        checked = queries.verify(session)
        assert (checked.rows, checked.is_whole, checked.head_seq, checked.head_hash) == (0, True, 0, None)
        assert queries.verify(session, anchor=Anchor(1, b"x")).broken_at == 1


@pytest.mark.parametrize(
    "change",
    [
        "recorded_at = recorded_at + interval '1 microsecond'",
        "occurred_at = occurred_at - interval '1 hour'",
        "actor_kind = 'system'",
        "actor_id = gen_random_uuid()",
        "actor_id = null",
        "actor_name = 'Somebody Else'",
        "action = 'patient.seen'",
        "subject_kind = 'visit'",
        "subject_id = null",
        "patient_ids = '{}'",
        "patient_ids = array[gen_random_uuid()]",
        """details = '{"number": 99}'""",
        "request_id = 'other'",
        "ip = '198.51.100.1'",
        "prev_hash = sha256('forged')",
        "hash = sha256('forged')",
        "hash = set_byte(hash, 31, (get_byte(hash, 31) + 1) % 256)",
    ],
)
def test_an_edited_row_is_named(five_rows: Database, superuser: Engine, change: str):
    tamper(superuser, "update audit_event set", change, "where seq = 3")
    with five_rows.sessions() as session:
        assert queries.verify(session).broken_at == 3


@pytest.mark.parametrize(("gone", "named"), [("seq = 1", 1), ("seq = 3", 3), ("seq in (2, 3)", 2)])
def test_a_row_taken_out_of_the_middle_is_named(five_rows: Database, superuser: Engine, *, gone: str, named: int):
    tamper(superuser, "delete from audit_event where", gone)
    with five_rows.sessions() as session:
        assert queries.verify(session).broken_at == named


def test_a_row_hidden_by_renumbering_the_rest_is_found(five_rows: Database, superuser: Engine):
    tamper(superuser, "delete from audit_event where seq = 3")
    tamper(superuser, "update audit_event set seq = seq - 1 where seq = 4")
    tamper(superuser, "update audit_event set seq = seq - 1 where seq = 5")
    with five_rows.sessions() as session:
        assert queries.verify(session).broken_at == 3


def test_a_cut_tail_is_found_against_a_head_noted_outside(five_rows: Database, superuser: Engine):
    with five_rows.sessions() as session:
        anchor = queries.head(session)
    tamper(superuser, "delete from audit_event where seq >= 4")
    with five_rows.sessions() as session:
        assert queries.verify(session).is_whole
        assert queries.verify(session, anchor=anchor).broken_at == 4


def test_a_tail_cut_and_grown_again_is_found_at_the_anchor(five_rows: Database, superuser: Engine, now: datetime):
    with five_rows.sessions() as session:
        anchor = queries.head(session)
    tamper(superuser, "delete from audit_event where seq = 5")
    with five_rows.begin(by=system("Test")) as session:
        note(session, "patient.seen", subject_kind="patient", subject_id=PATIENT, at=now)
    with five_rows.sessions() as session:
        assert queries.verify(session, anchor=anchor).broken_at == 5


def test_a_chain_that_grew_since_the_anchor_is_whole(five_rows: Database, now: datetime):
    with five_rows.sessions() as session:
        anchor = queries.head(session)
    with five_rows.begin(by=DANA) as session:
        note(session, "patient.seen", subject_kind="patient", subject_id=PATIENT, at=now)
    with five_rows.sessions() as session:
        assert queries.verify(session, anchor=anchor).is_whole


def test_a_transaction_that_fails_leaves_neither_its_change_nor_its_entry(database: Database, now: datetime):
    def fail(session: Session) -> None:
        note(session, "patient.added", subject_kind="patient", subject_id=PATIENT, at=now)
        raise RuntimeError

    with pytest.raises(RuntimeError), database.begin(by=DANA) as session:
        fail(session)
    with database.sessions() as session:
        assert queries.verify(session).rows == 0


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (True, True),
        (Role.ADMIN, "admin"),
        (PATIENT, str(PATIENT)),
        (datetime(2026, 11, 23, 15, 0, tzinfo=UTC), "2026-11-23T15:00:00+00:00"),
        (date(2026, 11, 23), "2026-11-23"),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({"roles": (Role.ADMIN, None)}, {"roles": ["admin", None]}),
    ],
)
def test_details_become_plain(value: object, written: object):
    assert plain(value) == written


def test_a_detail_of_an_unknown_type_is_refused():
    with pytest.raises(UnwritableDetail, match="object"):
        plain(object())
