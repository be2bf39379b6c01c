"""Prints what closing a month costs at 10,000 memberships with a year of invoices, against bare SQL of the same rows.

One in fifty invoices is open, one in ninety void, one in seventy has a credit note that the next one uses. The bare SQL
goes through the driver alone and asks for the sums by which the report is made, without comparing anything.
"""

import sys
from collections.abc import Callable
from datetime import date
from itertools import count

import ground
import psycopg

from clinic.billing.actions.plans import install_plans
from clinic.billing.queries.books import journal_check, month_end
from clinic.billing.queries.exports import JOURNAL_HEAD, journal_rows
from clinic.billing.queries.reports import ageing, churn, revenue
from clinic.billing.rules.months import Month
from clinic.web.frame.csv_file import csv_text
from tests.domains.billing.document_makers import Desk
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, Clinic

IS_SHORT = "--short" in sys.argv
MEMBERS, MONTHS, ROUNDS = (300, 12, 3) if IS_SHORT else (10_000, 12, 3)
MONTH, TODAY = Month(2026, 11), date(2026, 12, 1)
SPAN = {"first": MONTH.first_on, "end": MONTH.end_on}

# The rows that the product's actions write, of one member, made over and over inside the database.
ANOTHER = """
set session_replication_role = replica;
create temp table member as select n, md5('p' || n)::uuid as patient_id, md5('s' || n)::uuid as subscription_id,
    md5('c' || n)::uuid as card_id from generate_series(1, {members}) n;
create temp table bill as select m.*, k, md5('i' || n || '.' || k)::uuid as invoice_id,
    md5('l' || n || '.' || k)::uuid as line_id, md5('m' || n || '.' || k)::uuid as payment_id,
    md5('n' || n || '.' || k)::uuid as note_id, (date '2026-11-15' - k * interval '1 month')::date as due_on,
    timestamptz '2026-11-15 12:00Z' - k * interval '1 month' as at, (n * 13 + k) % 50 = 0 as is_open,
    (n * 13 + k) % 90 = 1 as is_void, (n * 13 + k) % 70 = 2 as is_credited,
    row_number() over (order by k desc, n) + 1 as number
  from member m cross join generate_series(0, {months} - 1) k;
insert into patient select (jsonb_populate_record(p, jsonb_build_object('id', patient_id, 'record_number', 'B' || n))).*
  from member cross join (select patient as p from patient limit 1) one;
insert into subscription select (jsonb_populate_record(s, jsonb_build_object('id', subscription_id, 'patient_id',
    patient_id, 'state', 'active', 'approved_at', (s).created_at, 'period_start_on', '2026-11-15', 'period_end_on',
    '2026-12-15'))).*
  from member cross join (select subscription as s from subscription limit 1) one;
insert into subscription_event (id, subscription_id, version, event, from_state, to_state, at, actor_name)
  select gen_random_uuid(), subscription_id, 1, 'paid', 'incomplete', 'active', min(at), 'Bench' from bill group by 2;
insert into payment_method select (jsonb_populate_record(c, jsonb_build_object('id', card_id, 'patient_id', patient_id,
    'gateway_method_id', 'pm_' || n))).*
  from member cross join (select payment_method as c from payment_method limit 1) one;
insert into invoice select (jsonb_populate_record(i, jsonb_build_object('id', invoice_id, 'number', number,
    'patient_id', patient_id, 'subscription_id', subscription_id, 'due_on', due_on, 'finalized_at', at,
    'period_start_on', due_on, 'period_end_on', due_on + 28, 'state',
    case when is_open then 'open' when is_void then 'void' else 'paid' end, 'paid_at',
    case when not is_open and not is_void then at end))).*
  from bill cross join (select invoice as i from invoice limit 1) one;
insert into invoice_line select (jsonb_populate_record(l, jsonb_build_object('id', line_id, 'invoice_id', invoice_id,
    'service_start_on', due_on, 'service_end_on', due_on + 28))).*
  from bill cross join (select invoice_line as l from invoice_line limit 1) one;
insert into payment select (jsonb_populate_record(p, jsonb_build_object('id', payment_id, 'invoice_id', invoice_id,
    'patient_id', patient_id, 'method_id', card_id, 'idempotency_key', 'inv:' || invoice_id))).*
  from bill cross join (select payment as p from payment limit 1) one where not is_open and not is_void;
insert into credit_note (id, number, invoice_id, patient_id, kind, reason, total_cents, issued_on, at, actor_name)
  select note_id, row_number() over (order by number), invoice_id, patient_id, 'credit', 'Bench', 500, due_on, at,
    'Bench' from bill where is_credited and not is_open and not is_void;
create temp table entry as
  select 'invoice' as kind, 'issued' as memo, invoice_id as id, bill.* from bill union all
  select 'invoice', 'void', invoice_id, bill.* from bill where is_void union all
  select 'payment', 'succeeded', payment_id, bill.* from bill where not is_open and not is_void union all
  select 'credit_note', 'credit', note_id, bill.* from bill where is_credited and not is_open and not is_void;
insert into journal_entry (id, source_kind, source_id, memo, patient_id, entered_on, at)
  select md5(kind || memo || id)::uuid, kind, id, memo, patient_id, due_on, at from entry order by at, number;
insert into posting (entry_id, account, patient_id, amount_cents)
  select md5(kind || memo || e.id)::uuid, account, patient_id, cents from entry e
  join (values ('invoice', 'issued', 'receivable', 25000), ('invoice', 'issued', 'revenue_membership', -25000),
    ('invoice', 'void', 'receivable', -25000), ('invoice', 'void', 'revenue_membership', 25000),
    ('payment', 'succeeded', 'cash', 25000), ('payment', 'succeeded', 'receivable', -25000),
    ('credit_note', 'credit', 'contra_refund', 500), ('credit_note', 'credit', 'patient_credit', -500)
  ) as told (source, said, account, cents) on source = kind and said = memo order by at, number;
update document_counter set next_number = (select max(number) + 1 from invoice) where series = 'invoice';
insert into document_counter values ('credit_note', (select count(*) + 1 from credit_note));
set session_replication_role = origin
"""
BARE_REVENUE = """
select account, sum(amount_cents), sum(amount_cents) filter (where amount_cents > 0) from posting p
  join journal_entry e on e.id = entry_id where entered_on >= %(first)s and entered_on < %(end)s group by account;
select price_id, l.kind, count(*), sum(amount_cents) from journal_entry e
  join invoice_line l on l.invoice_id = source_id
  where source_kind = 'invoice' and entered_on >= %(first)s and entered_on < %(end)s group by price_id, l.kind
"""
BARE_AGEING = "select due_on, count(*), sum(total_cents) from invoice where state = 'open' group by due_on"
BARE_CHURN = "select subscription_id, min(at), max(at) from subscription_event group by subscription_id"
BARE_CHECK = """
select account, sum(amount_cents) from posting group by account;
select entry_id, sum(amount_cents) from posting group by entry_id having sum(amount_cents) <> 0;
select patient_id, account, sum(amount_cents) from posting group by patient_id, account having sum(amount_cents) <> 0;
select patient_id, sum(total_cents) from invoice where state = 'open' group by patient_id;
select state, sum(balance_cents), count(*) from invoice group by state;
select patient_id, kind, sum(total_cents) from credit_note group by patient_id, kind;
select invoice_id, sum(amount_cents) from payment where state = 'succeeded' group by invoice_id
"""
BARE_MONTH = """
select account, sum(amount_cents) filter (where entered_on < %(first)s), sum(amount_cents) from posting p
  join journal_entry e on e.id = entry_id where entered_on < %(end)s group by account;
select source_kind, memo, sum(amount_cents) from posting p join journal_entry e on e.id = entry_id
  where account = 'receivable' and entered_on >= %(first)s and entered_on < %(end)s group by 1, 2
"""
BARE_JOURNAL = """
select e.*, p.*, record_number, coalesce(i.number, n.number, pi.number) from journal_entry e
  join posting p on p.entry_id = e.id join patient on patient.id = e.patient_id
  left join invoice i on i.id = e.source_id left join payment m on m.id = e.source_id
  left join invoice pi on pi.id = m.invoice_id left join credit_note n on n.id = e.source_id
  where entered_on >= %(first)s and entered_on < %(end)s order by entered_on, p.id
"""


def fill(place: ground.Ground) -> None:
    """Make one member by the product's own actions, and the others inside the database."""
    with place.begin(by=COORDINATOR) as session:
        install_plans(session, by=COORDINATOR, now=NOW)
        clinic = Clinic(session)
        clinic.numbers = count(50)  # the first ones are those of the ground's own patients
        Desk(session, clinic=clinic).paid()
    with place.server.superuser("bench") as owner:
        for part in ANOTHER.format(members=MEMBERS, months=MONTHS).split(";\n"):
            owner.execute(part)
        owner.execute("vacuum analyze")
        [(postings,)] = owner.execute("select count(*) from posting").fetchall()
        ground.say(f"{MEMBERS:,} memberships, {MEMBERS * MONTHS:,} invoices, {postings:,} postings; {ground.load()}")


def compare(place: ground.Ground) -> None:
    """Print a line for each part of the close and for the whole."""
    plain = psycopg.connect(place.url.replace("postgresql+psycopg", "postgresql"), options="-c timezone=UTC")

    def bare(*asked: str) -> Callable[[], object]:
        parts = [part for each in asked for part in each.split(";\n")]
        return lambda: [plain.execute(part, SPAN).fetchall() for part in parts]

    with place.session() as session:
        found = month_end(session, month=MONTH)
        assert found.check.is_sound, found.check.faults
        assert found.settled.is_whole
        span = {"first_on": MONTH.first_on, "end_on": MONTH.end_on}
        lines: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
            ("income by plan", lambda: revenue(session, month=MONTH), bare(BARE_REVENUE)),
            ("open invoices by age", lambda: ageing(session, today=TODAY), bare(BARE_AGEING)),
            ("who came and left", lambda: churn(session, month=MONTH), bare(BARE_CHURN)),
            ("the whole journal checked", lambda: journal_check(session), bare(BARE_CHECK)),
            (
                "the month closed, with the check",
                lambda: month_end(session, month=MONTH),
                bare(BARE_REVENUE, BARE_MONTH, BARE_CHECK),
            ),
            (
                "the month's journal as a file",
                lambda: csv_text(JOURNAL_HEAD, journal_rows(session, **span)),
                bare(BARE_JOURNAL),
            ),
        ]
        ground.say(f"| best of {ROUNDS} | bare SQL | product | to bare SQL |")
        ground.say("|---|---|---|---|")
        for name, made, read in lines:
            least, spent = ground.best(read, rounds=ROUNDS), ground.best(made, rounds=ROUNDS)
            ground.say(f"| {name} | {least:,.0f} ms | {spent:,.0f} ms | **{spent / least:.2f}** |")


def main() -> None:
    """Measure and print."""
    with ground.ground(physicians=1, patients=1) as place:
        fill(place)
        compare(place)


if __name__ == "__main__":
    sys.exit(main())
