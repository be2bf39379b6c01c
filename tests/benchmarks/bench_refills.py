"""Prints how long the refill gate takes for 50,000 patients in one sweep, against its facts by bare SQL.

The bare SQL asks for the columns that the gate looks at and for nothing else, through the driver alone; of what it
brings nothing is made. One patient in five misses a check-in, one in seven reports units as lost, one in nine has a
flag that holds, one in eleven an old look into the program.
"""

import sys
from collections import Counter
from collections.abc import Callable
from uuid import UUID

import ground
import psycopg
import supply

from clinic.medication.queries.gathering import gate_inputs, gate_policy
from clinic.medication.queries.verdicts import verdicts
from clinic.medication.rules.gate import reasons_to_wait
from clinic.medication.rules.gate_inputs import Moment

IS_SHORT = "--short" in sys.argv
PATIENTS, ROUNDS = (1_000, 2) if IS_SHORT else (50_000, 3)

TROUBLE = """
insert into supply_claim (id, patient_id, kind, units, reported_by, reported_on, reported_at, version, created_at,
    updated_at, updated_by)
  select gen_random_uuid(), patient_id, 'lost', 1, 'patient', at::date, at, 1, at, at, '' from pool where n % 7 = 0;
insert into flag (id, patient_id, rule_id, policy_number, level, domain, evidence_class, facts_key, inputs, threshold,
    sentence, escalates, state, raised_at, version, created_at, updated_at, updated_by)
  select gen_random_uuid(), patient_id, 'D11', 1, 4, 'C', 'X', n::text, '[]', '{}', 'Bench.', '[]', 'open', at, 1, at,
    at, '' from pool where n % 9 = 0;
insert into check_in (id, patient_id, due_on, opens_at, opened_at, closes_at, zone, state, part, layout, version,
    created_at, updated_at, updated_by)
  select md5(n::text)::uuid, patient_id, at::date, at, at, at + interval '2 days', 'America/New_York', 'open', 'day',
    'one', 1, at, at, '' from pool where n % 5 = 0;
insert into assessment (id, check_in_id, patient_id, instrument_key, instrument_version, language, moment, cause_key,
    calendar_version, is_required, position, state)
  select gen_random_uuid(), id, patient_id, 'phq9', 1, 'en', 'monthly', id::text, 1, true, 1, 'missed' from check_in;
update pdmp_check set checked_at = pool.at from pool where n % 11 = 0 and pdmp_check.patient_id = pool.patient_id
"""

BARE = """
select id, state, county_fips, status from patient where id = any(%(ids)s);
select patient_id, phase, physician_id, in_person_exam_on from treatment_plan
  where patient_id = any(%(ids)s) and phase <> 'ended';
select patient_id, id, state, issued_on, expires_on, refills, quantity, units_per_session, days_supply, physician_id,
  pharmacy_id from prescription where patient_id = any(%(ids)s)
  and state in ('signed', 'transmitted', 'transmission_error', 'clarification', 'active', 'on_hold');
select prescription_id, id from fill where patient_id = any(%(ids)s) and state not in ('canceled', 'rejected');
select distinct on (patient_id) patient_id, id, state, checked_at, result from pdmp_check
  where patient_id = any(%(ids)s) order by patient_id, checked_at desc;
select patient_id, max(starts_at) from appointment join visit_type on code = visit_type_code
  where patient_id = any(%(ids)s) and state = 'completed' and purpose <> 'session' group by patient_id;
select patient_id, min(starts_at) from appointment join visit_type on code = visit_type_code
  where patient_id = any(%(ids)s) and state in ('booked', 'confirmed', 'in_progress') and starts_at > %(now)s
  and purpose = 'session' group by patient_id;
select patient_id, level, count(*) from flag where patient_id = any(%(ids)s) and state = 'open'
  group by patient_id, level;
select a.patient_id, a.instrument_key, c.due_on from assessment a join check_in c on c.id = a.check_in_id
  where a.patient_id = any(%(ids)s) and a.is_required and c.part = 'day' and c.opened_at is not null
  and (a.state = 'missed' or (a.state = 'waiting' and c.state = 'open')) and not exists (select from assessment l
  where l.patient_id = a.patient_id and l.instrument_key = a.instrument_key and l.state = 'done'
  and l.done_at >= c.opened_at);
select distinct on (s.patient_id) s.patient_id, s.delivered_at, f.units, p.quantity, p.days_supply
  from shipment s join fill f on f.id = s.fill_id join prescription p on p.id = f.prescription_id
  where s.patient_id = any(%(ids)s) and s.delivered_at is not null order by s.patient_id, s.delivered_at desc;
select patient_id, sum(units) from unit_balance where patient_id = any(%(ids)s) and units > 0 group by patient_id;
select patient_id, sum(units) from unit_balance b join lot_recall r on r.lot_id = b.lot_id
  where patient_id = any(%(ids)s) and units > 0 group by patient_id;
select distinct on (patient_id) patient_id, u."on", expected - counted,
  exists (select from unit_entry e where e.count_id = u.id) from unit_count u
  where patient_id = any(%(ids)s) order by patient_id, at desc;
select patient_id, count(*) from supply_claim where patient_id = any(%(ids)s) and settled_at is null
  group by patient_id;
select patient_id, fill_id from shipment where patient_id = any(%(ids)s)
  and state not in ('confirmed', 'returned_to_pharmacy', 'lost', 'canceled');
select distinct on (patient_id) patient_id, is_adult_available from refill_request
  where patient_id = any(%(ids)s) order by patient_id, asked_at desc;
select w.patient_id, w."on" from (select distinct on (patient_id) patient_id, "on", is_right, at from address_word
  where patient_id = any(%(ids)s) order by patient_id, at desc) w join address_mark m on m.patient_id = w.patient_id
  where w.is_right and w.at >= m.since
"""


def fill(place: ground.Ground) -> list[UUID]:
    """Make the clinic and return the patients who are supplied."""
    one = supply.first_patient(place)
    with place.server.superuser("bench") as owner:
        supply.copy(owner, one, times=PATIENTS - 1)
        for part in TROUBLE.split(";\n"):
            owner.execute(part)
        owner.execute("vacuum analyze")
        return [patient_id for (patient_id,) in owner.execute("select patient_id from prescription").fetchall()]


def bare_of(place: ground.Ground, ids: list[UUID]) -> Callable[[], int]:
    """Return a reader of the gate's facts through the driver alone; it returns how many rows there were."""
    plain = psycopg.connect(place.url.replace("postgresql+psycopg", "postgresql"), options="-c timezone=UTC")
    given = {"ids": ids, "now": supply.SWEEP_AT}
    return lambda: sum(len(plain.execute(each, given).fetchall()) for each in BARE.split(";\n"))


def compare(place: ground.Ground, ids: list[UUID]) -> None:
    """Print a line for the facts, for the pure function alone, and for the whole sweep."""
    with place.session() as session:
        inputs, policy = gate_inputs(session, ids, now=supply.SWEEP_AT), gate_policy(session)

    def gathered() -> object:
        with place.session() as session:
            return gate_inputs(session, ids, now=supply.SWEEP_AT)

    def swept() -> object:
        with place.session() as session:
            return verdicts(session, ids, now=supply.SWEEP_AT)

    found = Counter(
        reason.code.value for facts in inputs.values() for reason in reasons_to_wait(facts, policy, Moment.SWEEP)
    )
    read = bare_of(place, ids)
    ground.say(f"{len(inputs):,} patients, {read():,} rows by bare SQL; {ground.load()}")
    ground.say("reasons: " + ", ".join(f"{code} {count:,}" for code, count in sorted(found.items())))
    bare = ground.best(read, rounds=ROUNDS)
    ground.say(f"| best of {ROUNDS} | time | to bare SQL |")
    ground.say("|---|---|---|")
    line("the gate's facts by bare SQL", bare, bare)
    alone = ground.best(
        lambda: [reasons_to_wait(each, policy, Moment.SWEEP) for each in inputs.values()], rounds=ROUNDS
    )
    line("the gate alone, facts at hand", alone, bare)
    line("the facts gathered", ground.best(gathered, rounds=ROUNDS), bare)
    line("every verdict in one sweep", ground.best(swept, rounds=ROUNDS), bare)


def line(name: str, spent: float, bare: float) -> None:
    """Print one measurement."""
    ground.say(f"| {name} | {spent / 1000:.2f} s | **{spent / bare:.2f}** |")


def main() -> None:
    """Measure and print."""
    with ground.ground(physicians=1, patients=1) as place:
        compare(place, fill(place))


if __name__ == "__main__":
    sys.exit(main())
