"""Prints how long a panel takes: 2,000 of 100,000 patients with 5 million answers, against its rows by bare SQL.

The clinic is made inside the database by INSERT ... SELECT without checks, newest rows last as life would have it, so
that one patient's rows lie far apart; nothing of that is measured.
"""

import re
import sys
from collections.abc import Callable

import ground
import psycopg
from bench_check_in import application
from flask.testing import FlaskClient
from sqlalchemy import TextClause

from clinic.access import actions as access
from clinic.access.rules.hashing import hasher_of
from clinic.dashboards import panel as statement
from clinic.dashboards import panel_page
from clinic.dashboards.panel_rules import Facts, ordered, risks
from clinic.kernel.actor import Role, system
from clinic.people.models import Physician
from clinic.people.queries import panel_ids
from tests.domains.scheduling.calendar_makers import NOW, Clinic

IS_SHORT = "--short" in sys.argv
PATIENTS, MINE = (4_000, 500) if IS_SHORT else (100_000, 2_000)
ROUNDS = 3 if IS_SHORT else 15
SCORES, MINE_SCORES = 3, 12
"""So many PHQ-9 and as many GAD-7 of everybody, and of those on the panel."""

OPTIONS = "-c timezone=UTC -c plan_cache_mode=force_custom_plan"
PAGE, PASSWORD = 100, "copper lantern violet tide"
MEMBERS = """
select patient_id from care_team_member
where physician_id = %(me)s and starts_at <= %(now)s and (ends_at is null or ends_at > %(now)s)
"""
COUNTS = "select (select count(*) from patient), (select count(*) from answer), (select count(*) from score)"
CLINIC = """
create temp table one as select * from patient limit 1;
create temp table pool as
  select n, gen_random_uuid() as id, gen_random_uuid() as plan_id, gen_random_uuid() as check_in_id,
    n <= %(mine)s as is_mine
  from generate_series(1, %(patients)s) n;
insert into patient
  select (jsonb_populate_record(one, jsonb_build_object('id', pool.id, 'record_number', 'B' || pool.n,
    'search_key', 'invented ana b' || pool.n))).*
  from pool cross join one;
insert into care_team_member (id, patient_id, physician_id, reason, starts_at)
  select gen_random_uuid(), id, case when is_mine then %(me)s else %(other)s end::uuid, 'assigned',
    %(now)s::timestamptz - interval '300 days' from pool;
insert into treatment_plan (id, patient_id, physician_id, protocol_version_id, phase, phase_since, started_at,
    adjustments, prior_sessions, patient_hours, are_patient_hours_strict, support_hours, version, created_at,
    updated_at, updated_by)
  select plan_id, id, %(me)s::uuid, (select min(id::text)::uuid from protocol_version), 'maintenance', at, at, '{}', 0,
    '[]', false, '[]', 1, at, at, '' from pool, (select %(now)s::timestamptz - interval '280 days' as at) begun;
create temp table visit as
  select gen_random_uuid() as id, pool.id as patient_id, pool.plan_id, k,
    %(now)s::timestamptz + (k - 7) * interval '30 days' + interval '10 days' + pool.n %% 9 * interval '1 hour' as at
  from generate_series(1, 7) k cross join pool where pool.is_mine or k >= 6;
insert into appointment (id, uid, sequence, patient_id, physician_id, visit_type_code, state, starts_at, ends_at,
    patient_period, physician_busy, time_version, overbook_reason, overbook_by, overbook_by_name, location_state,
    location_county_fips, location_zone, version, created_at, updated_at, updated_by)
  select id, id::text, 0, patient_id, %(me)s::uuid, 'touch_up_session',
    case when at < %(now)s then 'completed' else 'booked' end, at, at + interval '2 hours',
    tstzrange(at, at + interval '2 hours'), tstzmultirange(tstzrange(at, at + interval '2 hours')), 1, 'bench', id,
    'Bench', 'FL', '12086', 'America/New_York', 1, at, at, '' from visit order by k;
insert into treatment_session (id, plan_id, appointment_id, phase, version, created_at, updated_at, updated_by)
  select gen_random_uuid(), plan_id, id, 'maintenance', 1, at, at, '' from visit order by k;
insert into check_in (id, patient_id, due_on, opens_at, closes_at, zone, state, part, layout, done_at, version,
    created_at, updated_at, updated_by)
  select check_in_id, id, at::date, at, at + interval '2 days', 'America/New_York', 'done', 'day', 'one', at, 1, at,
    at, ''
  from pool, (select %(now)s::timestamptz - interval '9 days' as at) asked;
create temp table done as
  select gen_random_uuid() as id, pool.id as patient_id, pool.check_in_id, key, items, k, pool.n,
    %(now)s::timestamptz - k * interval '21 days' - pool.n %% 20 * interval '1 hour' as at
  from generate_series(%(mine_scores)s, 1, -1) k
  cross join (values ('phq9', 9), ('gad7', 7)) asked(key, items) cross join pool
  where pool.is_mine or k <= %(scores)s;
insert into assessment (id, check_in_id, patient_id, instrument_key, instrument_version, language, moment, cause_key,
    calendar_version, is_required, position, state, done_at)
  select id, check_in_id, patient_id, key, 1, 'en', 'monthly', id::text, 1, true, 1, 'done', at from done
  order by k desc;
insert into answer (assessment_id, item, value, at)
  select id, 'q' || item, (n + item + k) %% 4, at from done cross join lateral generate_series(1, items) item
  order by k desc;
insert into score (assessment_id, patient_id, instrument_key, name, value, at)
  select id, patient_id, key, 'total', (n * 7 + k * 5) %% (items * 3 + 1), at from done order by k desc;
insert into flag (id, patient_id, rule_id, policy_number, level, domain, evidence_class, facts_key, inputs, threshold,
    sentence, escalates, state, raised_at, version, created_at, updated_at, updated_by)
  select gen_random_uuid(), id, 'D11', 1, 1 + n %% 5, 'C', 'X', n::text, '[]', '{}',
    'Craving rose by 4 since the start.', '[]', case when n %% 4 = 0 then 'settled' else 'open' end, at, 1, at, at, ''
  from pool, (select %(now)s::timestamptz - interval '2 days' as at) seen where n %% 3 = 0;
"""


def fill(place: ground.Ground) -> None:
    """Make the clinic; the first physician's panel is the one to be read."""
    with place.begin(by=system("Bench")) as session:
        Clinic(session).visit_type("touch_up_session", purpose="session", patient_minutes=120)
    me, other = place.physicians
    given = {"me": me, "other": other, "now": NOW, "patients": PATIENTS, "mine": MINE}
    given |= {"scores": SCORES, "mine_scores": MINE_SCORES}
    with place.server.superuser("bench") as owner:
        owner.execute("set session_replication_role = replica")
        for part in CLINIC.split(";\n"):
            if part.strip():
                psycopg.ClientCursor(owner).execute(part, given)
        owner.execute("vacuum analyze")
        [counts] = owner.execute(COUNTS).fetchall()
    ground.say("{:,} patients, {:,} answers, {:,} scores; ".format(*counts) + ground.load())


def bare_of(place: ground.Ground) -> Callable[[], list[tuple[object, ...]]]:
    """Return the same three reads through the driver alone, rows left as it gives them."""
    plain = psycopg.connect(place.url.replace("postgresql+psycopg", "postgresql"), options=OPTIONS)
    rows, details = map(_for_driver, (statement._PANEL, panel_page._DETAILS))  # noqa: SLF001 - the very statements

    def read() -> list[tuple[object, ...]]:
        given = {"me": place.physicians[0], "now": NOW}
        ids = [one for (one,) in plain.execute(MEMBERS, given)]
        found = plain.execute(rows, {"ids": ids, "now": NOW}).fetchall()
        shown = found[:PAGE]
        at = Facts._fields.index("last_at")
        plain.execute(details, {"ids": [row[0] for row in shown], "sessions": [row[at] for row in shown]}).fetchall()
        return found

    return read


def _for_driver(asked: TextClause) -> str:
    """Return a statement with its parameters as psycopg writes them."""
    return re.sub(r"(?<![:\w]):(ids|now|sessions)\b", r"%(\1)s", str(asked).replace("%", "%%"))


def product(place: ground.Ground) -> list[Facts]:
    """Read the panel as the page does: everybody judged, counted and put in order, and one page of it drawn up."""
    with place.session() as session:
        ids = panel_ids(session, physician_id=place.physicians[0], now=NOW)
        rows = ordered(statement.panel(session, ids, now=NOW))
        risks(rows)
        panel_page.details_of(session, rows[:PAGE])
        return rows


def browser(place: ground.Ground) -> FlaskClient:
    """Return the physician's browser."""
    operator, app = system("Operator"), application(place)
    hasher = hasher_of(app.extensions["clinic"].signing_in)
    with place.begin(by=operator) as session:
        _, invitation = access.invite_staff(
            session, email="okafor@example.org", full_name="Bench", roles={Role.PHYSICIAN}, by=operator, now=NOW
        )
        account = access.accept_invitation(session, token=invitation, password=PASSWORD, now=NOW, hasher=hasher)
        session.get_one(Physician, place.physicians[0]).staff_id = account.id
        token = access.start_session(session, account_id=account.id, now=NOW, by=operator)
    client = app.test_client()
    client.set_cookie("__Host-sid", token, secure=True, path="/")
    return client


def line(name: str, spent: float, bare: float) -> None:
    """Print one measurement."""
    ground.say(f"| {name} | {spent:.1f} ms | **{spent / bare:.2f}** |")


def compare(place: ground.Ground) -> None:
    """Print a line for the rows, for the panel as the page reads it, and for the whole page."""
    read, client = bare_of(place), browser(place)
    assert len(read()) == len(product(place)) == MINE

    def page() -> None:
        answer = client.get("/panel")
        assert answer.status_code == 200, answer.get_data(as_text=True)[:500]

    page()
    ground.say(f"A panel of {MINE:,} patients, {PAGE} on the page, best of {ROUNDS}")
    ground.say("| asked for | time | to its rows by bare SQL |")
    ground.say("|---|---|---|")
    bare = ground.best(read, rounds=ROUNDS)
    line("the rows by bare SQL", bare, bare)
    line("the panel: judged, counted, in order, a page of it", ground.best(lambda: product(place), rounds=ROUNDS), bare)
    line("the whole page over the application", ground.best(page, rounds=ROUNDS), bare)


def main() -> None:
    """Measure and print."""
    with ground.ground(physicians=2, patients=1) as place:
        fill(place)
        compare(place)


if __name__ == "__main__":
    sys.exit(main())
