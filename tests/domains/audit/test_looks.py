"""Which entries of the trail a patient is told as looks, and how they are counted by day and person."""

import re
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

import clinic
from clinic.audit import actions, queries
from clinic.audit.rules import KIND_OF, LookKind
from clinic.kernel.actor import Actor, ActorKind, system
from clinic.kernel.ids import new_id
from clinic.kernel.journal import Entry

NO_LOOKS = {
    "emergency_access.listed",
    "report.exported",
    "revenue.exported",
    "revenue.viewed",
}
"""What is looked at, but not somebody's record."""

DANA = Actor(kind=ActorKind.STAFF, id=new_id(), name="Dana Reyes")


def test_every_look_that_a_page_notes_is_of_a_kind():
    root = Path(clinic.__file__).parent
    code = "\n".join(path.read_text() for part in ("web", "fhir") for path in (root / part).rglob("*.py"))
    looks = set(re.findall(r'"([a-z_]+\.(?:viewed|listed|exported|searched|compared))"', code))
    assert looks - set(KIND_OF) <= NO_LOOKS
    assert len(looks) > 40


def look(session: Session, action: str, whose: UUID, *, at: datetime, by: Actor = DANA) -> None:
    entry = Entry(action=action, subject_kind="patient", subject_id=whose, at=at, details={}, patient_ids=(whose,))
    actions.write(session, [entry], by)


def test_looks_are_counted_by_local_day_person_and_kind(session: Session, now: datetime):
    amy, bea = new_id(), new_id()
    midnight = datetime(2026, 11, 23, 5, tzinfo=now.tzinfo)
    for at in (midnight, midnight, midnight - timedelta(seconds=1)):
        look(session, "patient.viewed", amy, at=at)
    look(session, "visit.viewed", amy, at=midnight)
    look(session, "chart.viewed", amy, at=midnight)
    look(session, "patient.viewed", bea, at=midnight)
    look(session, "patient.edited", amy, at=midnight)
    look(session, "patient.viewed", amy, at=midnight, by=system("Worker"))
    found = queries.looks_at(session, [amy], zone="America/New_York", limit=10)
    assert [(one.on, one.kind, one.count) for one in found.rows] == [
        (date(2026, 11, 23), LookKind.CHART, 1),
        (date(2026, 11, 23), LookKind.RECORD, 3),
        (date(2026, 11, 22), LookKind.RECORD, 1),
    ]
    assert {(one.actor_id, one.actor_name) for one in found.rows} == {(DANA.id, "Dana Reyes")}
    rest = queries.looks_at(session, [amy], zone="America/New_York", limit=1, offset=2)
    assert (rest.total, [one.on for one in rest.rows]) == (3, [date(2026, 11, 22)])
