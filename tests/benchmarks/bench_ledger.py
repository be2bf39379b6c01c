"""Prints what the unit ledger costs at a million entries: reading a patient's, following one back, entering one.

The entries are made inside the database, newest last over all patients, so that one patient's lie far apart.
"""

import sys
from collections.abc import Callable
from itertools import cycle
from typing import Any
from uuid import UUID

import ground
import psycopg
import supply

from clinic.medication.actions.ledger import enter
from clinic.medication.queries.ledger import balance_of, entries_of, trace, units_on_hand, untraceable
from clinic.medication.rules.units import UnitKind
from tests.domains.scheduling.calendar_makers import COORDINATOR

IS_SHORT = "--short" in sys.argv
PATIENTS, ENTRIES = (500, 48) if IS_SHORT else (20_000, 48)
ROUNDS, MANY = (20, 200) if IS_SHORT else (200, 2_000)

LEDGER = """
insert into unit_entry (patient_id, lot_id, fill_id, kind, units, "on", at, actor_name)
  select patient_id, lot_id, fill_id, case when k % 2 = 0 then 'found' else 'wasted' end,
    case when k % 2 = 0 then 1 else -1 end, "on", at + k * interval '1 second', 'Bench'
  from generate_series(1, {entries}) k cross join (select distinct on (patient_id) * from unit_entry) e order by k;
"""
BARE_BALANCE = (
    "select l.id, l.number, l.compounded_on, l.beyond_use_on, r.at, b.units from unit_balance b"
    " join lot l on l.id = b.lot_id left join lot_recall r on r.lot_id = l.id where b.patient_id = %s and b.units > 0"
)
BARE_ENTRIES = (
    "select e.*, l.number, sum(e.units) over (order by e.id) from unit_entry e join lot l on l.id = e.lot_id"
    " where e.patient_id = %s order by e.id desc"
)
BARE_TRACE = (
    "select * from unit_entry e join fill f on f.id = e.fill_id join lot l on l.id = e.lot_id"
    " join prescription p on p.id = f.prescription_id join pdmp_check c on c.id = p.pdmp_check_id"
    " left join shipment s on s.id = e.shipment_id where e.id = %s"
)
BARE_MANY = (
    "select patient_id, sum(units) from unit_balance where patient_id = any(%s) and units > 0 group by patient_id"
)
BARE_ENTER = """
select 1 from patient where id = %(patient)s for no key update;
update unit_balance set units = units + 1, at = %(now)s where patient_id = %(patient)s and lot_id = %(lot)s;
insert into unit_entry (patient_id, lot_id, fill_id, kind, units, "on", at, actor_name)
  values (%(patient)s, %(lot)s, %(fill)s, 'found', 1, %(now)s::date, %(now)s, 'Bench')
"""


def fill(place: ground.Ground) -> tuple[list[UUID], list[int]]:
    """Make the ledger; return the patients and some entries."""
    one = supply.first_patient(place)
    with place.server.superuser("bench") as owner:
        supply.copy(owner, one, times=PATIENTS - 1)
        owner.execute(LEDGER.format(entries=ENTRIES))
        owner.execute("vacuum analyze")
        [(count,)] = owner.execute("select count(*) from unit_entry").fetchall()
        ground.say(f"{count:,} entries of {PATIENTS:,} patients; {ground.load()}")
        ids = [patient_id for (patient_id,) in owner.execute("select patient_id from prescription").fetchall()]
        some = owner.execute("select id from unit_entry order by md5(id::text) limit 1000").fetchall()
        return ids, [entry_id for (entry_id,) in some]


class Ledger:
    """The same questions to the product and to the driver alone, each time about the next patient."""

    def __init__(self, place: ground.Ground, patients: list[UUID], entries: list[int]) -> None:
        """Connect, and take patients and entries in turn."""
        self.place = place
        self.plain = psycopg.connect(place.url.replace("postgresql+psycopg", "postgresql"), options="-c timezone=UTC")
        self.patients, self.entries, self.many = cycle(patients), cycle(entries), patients[:MANY]
        [self.lot] = [lot for (lot,) in self.plain.execute("select id from lot")]
        self.fill_of = dict(self.plain.execute("select patient_id, id from fill").fetchall())

    def bare(self, asked: str, given: Callable[[], Any]) -> Callable[[], object]:
        """Return a question to the driver, whose rows are left as it gives them."""
        return lambda: self.plain.execute(asked, [given()]).fetchall()

    def product(self, asked: Callable[..., object], given: Callable[[], Any]) -> Callable[[], object]:
        """Return a question to the product in a session of its own."""

        def ask() -> object:
            with self.place.session() as session:
                return asked(session, given())

        return ask

    def enter_bare(self) -> None:
        """Write one entry by hand: lock, balance, row, commit."""
        patient = next(self.patients)
        given = {"patient": patient, "lot": self.lot, "fill": self.fill_of[patient], "now": supply.SWEEP_AT}
        for each in BARE_ENTER.split(";\n"):
            self.plain.execute(each, given)
        self.plain.commit()

    def enter(self) -> None:
        """Write one entry as the product does, with audit trail and outbox."""
        with self.place.begin(by=COORDINATOR) as session:
            enter(
                session,
                patient_id=next(self.patients),
                lot_id=self.lot,
                kind=UnitKind.FOUND,
                units=1,
                on=supply.SWEEP_AT.date(),
                by=COORDINATOR,
                now=supply.SWEEP_AT,
            )


def compare(ledger: Ledger) -> None:
    """Print a line for each question, and how long it takes to follow every entry back."""

    def patient() -> UUID:
        return next(ledger.patients)

    def entry() -> int:
        return next(ledger.entries)

    def many() -> list[UUID]:
        return ledger.many

    ground.say(f"| best of {ROUNDS} | product | bare SQL | ratio |")
    ground.say("|---|---|---|---|")
    line("a patient's balance by lot", ledger.product(balance_of, patient), ledger.bare(BARE_BALANCE, patient))
    line(f"a patient's {ENTRIES + 2} entries", ledger.product(entries_of, patient), ledger.bare(BARE_ENTRIES, patient))
    line("one entry back to the check", ledger.product(trace, entry), ledger.bare(BARE_TRACE, entry))
    line(f"units of {MANY:,} patients", ledger.product(units_on_hand, many), ledger.bare(BARE_MANY, many))
    ledger.plain.rollback()
    line("entering one", ledger.enter, ledger.enter_bare)
    with ledger.place.session() as session:
        spent = ground.best(lambda: untraceable(session), rounds=1)
        ground.say(f"Every entry followed back: {spent / 1000:.1f} s, {len(untraceable(session))} lead nowhere.")


def line(name: str, product: Callable[[], object], bare: Callable[[], object]) -> None:
    """Measure one question both ways and print it."""
    plain = ground.best(bare, rounds=ROUNDS)
    spent = ground.best(product, rounds=ROUNDS)
    ground.say(f"| {name} | {spent:.2f} ms | {plain:.2f} ms | **{spent / plain:.2f}** |")


def main() -> None:
    """Measure and print."""
    with ground.ground(physicians=1, patients=1) as place:
        compare(Ledger(place, *fill(place)))


if __name__ == "__main__":
    sys.exit(main())
