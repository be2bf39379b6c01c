"""Reminders for benchmarks: booked through the product's own actions, due now, and due again as often as wanted."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice, product

import ground  # noqa: F401 - sets the path
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker

from clinic.audit.actions import write as write_audit
from clinic.kernel.clock import utc_now
from clinic.kernel.crypto import KeyRing
from clinic.kernel.sealed import use_ring
from clinic.kernel.transaction import Beginner
from tests.domains.scheduling.calendar_makers import COORDINATOR, Clinic
from tests.faults.stage import ENCRYPTION_KEY, Stage, ring, zone_where_it_is_noon

_PHYSICIANS = 4


def book(stage: Stage, *, count: int) -> Beginner:
    """Book so many visits of as many patients, whose reminders are due now; return how to open a transaction."""
    use_ring(KeyRing.parse(ring(ENCRYPTION_KEY)))
    now = utc_now()
    engine = create_engine(stage.database.app_url)
    begin = Beginner(sessionmaker(engine, expire_on_commit=False), write_audit, lambda _wakes: None)
    with begin(by=COORDINATOR) as session:
        clinic = Clinic(session, now=now)
        clinic.visit_type(min_notice_minutes=0)
        physicians = [clinic.physician(f"Dr. Number {chr(65 + n)}") for n in range(_PHYSICIANS)]
        times = product(_half_hours(now + timedelta(days=3)), physicians)
        for number, (starts_at, physician) in enumerate(islice(times, count)):
            phone = f"+1{201 + number // 80}5550{100 + number % 80}"
            clinic.visit(clinic.patient(phone=phone), physician, starts_at)
    stage.rows("delete from message where template_key <> 'VISIT_24H'")
    # No two are due at the same moment, so that they are claimed in one order each time.
    stage.rows(
        "update message set zone = %(zone)s, due_at = %(now)s - place * interval '1 millisecond' "
        "from (select id, row_number() over (order by id) as place from message) as line where line.id = message.id",
        zone=zone_where_it_is_noon(),
        now=now,
    )
    stage.rows("create table kept as select * from message")
    assert stage.rows("select count(*) from kept where state = 'pending'") == [(count,)]
    return begin


def due_again(stage: Stage) -> None:
    """Make every reminder as it was when it was booked; only the superuser may."""
    stage.simulator.reset()
    with stage.database.superuser("clinic") as owner:
        owner.execute("set session_replication_role = replica")
        owner.execute("truncate message_event, message_attempt, message, inbound_text, on_call_notice")
        owner.execute("insert into message select * from kept")
        owner.execute("vacuum analyze message")


def accepted(stage: Stage) -> int:
    """Return how many reminders the provider has taken, as the rows say and as it says itself."""
    rows = stage.rows(
        "select count(*) from message join message_attempt on message_id = message.id "
        "where state = 'accepted' and message.provider_sid = message_attempt.provider_sid"
    )
    told, taken = int(str(rows[0][0])), len(stage.sent())
    assert told == taken, f"{told} reminders are noted, {taken} were taken"
    return told


def _half_hours(first: datetime) -> Iterator[datetime]:
    for day in range(40):
        start = (first + timedelta(days=day)).replace(hour=15, minute=0, second=0, microsecond=0)
        if start.weekday() < 5:
            yield from (start + timedelta(minutes=30 * slot) for slot in range(12))
