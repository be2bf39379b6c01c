"""Prints how long renewing 10,000 memberships takes on the day that all of them end, against bare SQL of the same rows.

The product renews each in a transaction of its own, and so does the bare SQL: it locks the patient and the membership,
takes the next number, and writes the very rows that the product wrote, through the driver alone.
"""

import sys
import time as stopwatch
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from uuid import UUID

import ground
import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from clinic.billing.actions.plans import install_plans
from clinic.billing.jobs.renewing import renew_due
from clinic.embedded import postgres
from clinic.kernel.ids import new_id
from clinic.people.models import Patient
from tests.conftest import TestClock
from tests.domains.billing.billing_makers import KEEPER, Life
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW

IS_SHORT = "--short" in sys.argv
MEMBERS = 300 if IS_SHORT else 10_000
OWN = {"id", "record_number", "address_line_sealed"}
A_MONTH = timedelta(days=31)

Row = dict[str, object]

# One member whom the product's own actions made, copied inside the database with other ids.
COPIES = """
set session_replication_role = replica;
create temp table member as select substr(record_number, 2)::int as n, id as patient_id,
    md5('s' || record_number)::uuid as subscription_id from patient where record_number like 'B%';
insert into payment_method select (jsonb_populate_record(c, jsonb_build_object('id', md5('c' || n)::uuid, 'patient_id',
    patient_id, 'gateway_method_id', 'pm_' || n))).*
  from member cross join (select payment_method as c from payment_method) one;
insert into care_allowance select (jsonb_populate_record(a, jsonb_build_object('patient_id', patient_id))).*
  from member cross join (select care_allowance as a from care_allowance) one;
insert into subscription_anchor select (jsonb_populate_record(a, jsonb_build_object('id', md5('a' || n)::uuid,
    'subscription_id', subscription_id))).*
  from member cross join (select subscription_anchor as a from subscription_anchor) one;
insert into subscription select (jsonb_populate_record(s, jsonb_build_object('id', subscription_id, 'patient_id',
    patient_id, 'method_id', md5('c' || n)::uuid))).*
  from member cross join (select subscription as s from subscription) one;
set session_replication_role = origin;
vacuum analyze
"""
WRITTEN = ("subscription_event", "invoice", "invoice_line", "journal_entry", "posting", "outbox", "audit_event")
DRAFT: Row = {"state": "draft", "number": None, "finalized_at": None}
LOCKS = (
    "select id from patient where id = %(patient_id)s for update",
    "select id from subscription where id = %(id)s for update",
    "update document_counter set next_number = next_number + 1 where series = 'invoice' returning next_number",
    """update subscription set period_start_on = period_end_on, period_end_on = period_end_on + 30,
        version = version + 1, updated_at = now() where id = %(id)s""",
    """update care_allowance set period_start_on = period_end_on, period_end_on = period_end_on + 30
        where patient_id = %(patient_id)s""",
)


def fill(place: ground.Ground, clock: TestClock) -> None:
    """Make one paid membership by the product's own actions, and the others inside the database."""
    with place.begin(by=COORDINATOR) as session:
        install_plans(session, by=COORDINATOR, now=NOW)
    with place.session() as session:
        life = Life(session, place.begin, clock)
        life.clinic.clinic.numbers = count(50)  # the first ones are those of the ground's own patients
        people = copies_of(life.patient(life.member()))
        session.add_all(people)
        session.commit()
    with place.server.superuser("bench") as owner:
        for part in COPIES.split(";\n"):
            owner.execute(part)


def copies_of(patient: Patient) -> list[Patient]:
    """Return other people who differ in id and record number only; an address is sealed for its own row."""
    same = {name: getattr(patient, name) for name in Patient.__table__.columns.keys() if name not in OWN}  # noqa: SIM118
    copies = [Patient(id=new_id(), record_number=f"B{n}", **same) for n in range(1, MEMBERS)]
    for each in copies:
        each.address_line = patient.address_line
    return copies


def connect(place: ground.Ground, database: str) -> psycopg.Connection[Row]:
    """Return a connection of the driver alone, as the application's role."""
    address = place.server.url(postgres.APP, database).replace("postgresql+psycopg", "postgresql")
    return psycopg.connect(address, options="-c timezone=UTC", row_factory=dict_row)


def key_of(name: str) -> str:
    """Return the column that names a table's rows."""
    return "seq" if name == "audit_event" else "id"


def rows_of(plain: psycopg.Connection[Row], name: str) -> list[Row]:
    """Return every row of a table, by its key."""
    wanted = sql.SQL("select * from {} order by {}").format(sql.Identifier(name), sql.Identifier(key_of(name)))
    return plain.execute(wanted).fetchall()


def written(plain: psycopg.Connection[Row], known: dict[str, set[object]]) -> Iterator[tuple[str, Row]]:
    """Yield the rows that were not `known` by their ids, table by table."""
    for name, ids in known.items():
        for row in rows_of(plain, name):
            if row[key_of(name)] not in ids:
                yield name, row


def by_member(rows: Iterator[tuple[str, Row]], members: set[UUID]) -> dict[UUID, list[tuple[str, Row]]]:
    """Share rows out to the memberships that they are about, by whatever of them names one."""
    owner: dict[object, UUID] = {each: each for each in members}
    found: dict[UUID, list[tuple[str, Row]]] = defaultdict(list)
    for name, row in rows:
        named = next((owner[each] for each in row.values() if isinstance(each, UUID | int) and each in owner), None)
        if named is not None:
            if isinstance(row.get("id"), UUID):
                owner[row["id"]] = named
            found[named].append((name, row))
    return found


def statement(name: str, row: Row) -> tuple[sql.Composed, list[object]]:
    """Return the insert of a row as the driver takes it."""
    columns = sql.SQL(", ").join(map(sql.Identifier, row))
    places = sql.SQL(", ").join([sql.Placeholder()] * len(row))
    given = [Jsonb(each) if isinstance(each, dict) else each for each in row.values()]
    insert = sql.SQL("insert into {} ({}) overriding system value values ({})")
    return insert.format(sql.Identifier(name), columns, places), given


def statements(rows: list[tuple[str, Row]]) -> Iterator[tuple[sql.Composed, list[object]]]:
    """Yield what writes a membership's rows; an invoice is a draft until it has its lines, as its own trigger wants."""
    bill = next(row for name, row in rows if name == "invoice")
    whole = {name: bill[name] for name in DRAFT}
    for name, row in rows:
        yield statement(name, row | DRAFT if name == "invoice" else row)
    columns = sql.SQL(", ").join(sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder()) for name in whole)
    update = sql.SQL("update invoice set {} where id = {}").format(columns, sql.Placeholder())
    yield update, [*whole.values(), bill["id"]]


def insert_bare(plain: psycopg.Connection[Row], members: list[Row], rows: dict[UUID, list[tuple[str, Row]]]) -> float:
    """Write the same rows again, a transaction for each membership; return the seconds that it took."""
    asked = {each["id"]: list(statements(rows[each["id"]])) for each in members}  # type: ignore[index]
    begun = stopwatch.perf_counter()
    for each in members:
        for lock in LOCKS:
            plain.execute(lock, each)
        for insert, given in asked[each["id"]]:
            plain.execute(insert, given)
        plain.commit()
    return stopwatch.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    clock = TestClock(NOW)
    with ground.ground(physicians=1, patients=1) as place:
        fill(place, clock)
        clock.instant = NOW + A_MONTH
        place.engine.dispose()
        place.server.create_database("bare", template="bench")
        plain = connect(place, "bench")
        known = {name: {row[key_of(name)] for row in rows_of(plain, name)} for name in WRITTEN}
        members = plain.execute("select id, patient_id from subscription").fetchall()
        plain.commit()
        ground.say(f"{len(members):,} memberships end today; {ground.load()}")
        begun = stopwatch.perf_counter()
        renewed = renew_due(place.begin, clock=clock, by=KEEPER, seconds=1e9)
        spent = stopwatch.perf_counter() - begun
        rows = by_member(written(plain, known), {each["id"] for each in members})  # type: ignore[misc]
        plain.close()
        with connect(place, "bare") as bare:
            least = insert_bare(bare, members, rows)
        report(renewed, spent, least, sum(map(len, rows.values())))


def report(renewed: int, spent: float, least: float, rows: int) -> None:
    """Print the table."""
    ground.say(f"{renewed:,} renewed, {rows:,} rows written by them")
    ground.say("| | time | a membership | to bare SQL |")
    ground.say("|---|---|---|---|")
    for name, taken in (("the same rows by bare SQL", least), ("renewed by the product", spent)):
        ground.say(f"| {name} | {taken:.1f} s | {1000 * taken / renewed:.2f} ms | **{taken / least:.2f}** |")


if __name__ == "__main__":
    sys.exit(main())
