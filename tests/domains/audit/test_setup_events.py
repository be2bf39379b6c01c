"""What was changed of the clinic's set-up is found among everything else that the trail holds."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from clinic.audit import queries
from clinic.audit.rules import SetupKind
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.ids import new_id
from clinic.kernel.journal import changed, note
from tests.conftest import Database

DANA = Actor(kind=ActorKind.STAFF, id=new_id(), name="Dana Reyes")
ONE, OTHER = new_id(), new_id()


def write(database: Database, now: datetime, *entries: tuple[str, str, UUID | None, dict[str, object]]) -> None:
    with database.begin(by=DANA) as session:
        for action, kind, subject_id, details in entries:
            note(session, action, subject_kind=kind, subject_id=subject_id, at=now, patient_ids=(), **details)


def test_entries_of_one_thing_are_found_the_newest_first(database: Database, now: datetime):
    write(
        database,
        now,
        ("physician.added", "physician", ONE, {}),
        ("physician.added", "physician", OTHER, {}),
        ("visit.booked", "appointment", ONE, {}),
        ("physician.edited", "physician", ONE, {"before": {"zone": "America/New_York"}}),
    )
    with database.begin(by=DANA) as session:
        found = queries.events_of_setup(session, kinds=[SetupKind.PHYSICIAN], about=ONE)
    assert [event.action for event in found] == ["physician.edited", "physician.added"]


def test_entries_are_found_by_what_they_hold(database: Database, now: datetime):
    write(
        database,
        now,
        ("hours.added", "availability_rule", new_id(), {"physician_id": ONE}),
        ("cap.added", "visit_cap", new_id(), {"physician_id": ONE}),
        ("cap.added", "visit_cap", new_id(), {"physician_id": OTHER}),
    )
    kinds = [SetupKind.HOURS, SetupKind.CAP]
    with database.begin(by=DANA) as session:
        found = queries.events_of_setup(session, kinds=kinds, about={"physician_id": str(ONE)})
    assert [event.action for event in found] == ["cap.added", "hours.added"]


def test_only_the_actions_that_were_asked_for_count_towards_the_limit(database: Database, now: datetime):
    sign_ins = [("session.started", "staff_account", ONE, {})] * 5
    write(database, now, ("staff.invited", "staff_account", ONE, {}), *sign_ins)
    with database.begin(by=DANA) as session:
        found = queries.events_of_setup(
            session, kinds=[SetupKind.ACCOUNT], about=ONE, actions=["staff.invited"], limit=2
        )
    assert [event.action for event in found] == ["staff.invited"]


def test_the_list_reads_its_own_index_and_not_the_whole_trail(session: Session):
    session.execute(text("set local enable_seqscan = off"))
    plan = session.execute(
        text(
            "explain select * from audit_event where subject_kind in ('physician') and subject_kind in "
            "('physician', 'availability_rule', 'availability_override', 'visit_cap', 'clinic_closure', 'visit_type', "
            "'staff_account') and subject_id = '6f0a4f0e-58e5-4f2c-9b1f-0a4c9b6d2c11'"
        )
    )
    assert "ix_audit_event_setup" in " ".join(plan.scalars())


def test_before_holds_only_what_is_different_after():
    assert changed({"zone": "a", "name": "n", "gone": 1}, {"zone": "b", "name": "n"}) == {"zone": "a", "gone": 1}
    assert changed({}, {"zone": "b"}) == {}
