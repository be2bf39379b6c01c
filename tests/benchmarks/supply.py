"""Supply for benchmarks: one patient supplied by the product's own actions, and copies made inside the database."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

import ground
from psycopg import ClientCursor, Connection

from clinic.medication.actions.counts import CountAt, record_count
from clinic.medication.actions.ledger import enter
from clinic.medication.actions.requests import request_refill
from clinic.medication.models import Prescription
from clinic.medication.queries.ledger import balance_of
from clinic.medication.rules.units import UnitKind
from clinic.people.models import Patient
from tests.domains.medication.medication_makers import OrderClinic, a_check
from tests.domains.medication.supply_makers import an_order, patient_of, supplied
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW

SWEEP_AT: datetime = NOW + timedelta(days=27)
"""When a first shipment is nearly used up, so that everything is looked at and little speaks against the next one."""

_ANOTHER: Mapping[str, tuple[str, ...]] = {
    "patient": ("id",),
    "care_team_member": ("id", "patient_id", "subject_id"),
    "treatment_plan": ("id", "patient_id"),
    "appointment": ("id", "patient_id"),
    "pdmp_check": ("id", "patient_id"),
    "prescription": ("id", "patient_id", "plan_id", "pdmp_check_id"),
    "refill_request": ("id", "patient_id"),
    "address_word": ("id", "patient_id"),
    "address_mark": ("patient_id",),
    "refill_decision": ("id", "patient_id", "prescription_id"),
    "fill": ("id", "patient_id", "prescription_id", "request_id", "decision_id"),
    "fill_lot": ("id", "fill_id"),
    "shipment": ("id", "patient_id", "fill_id", "decision_id"),
    "unit_entry": ("patient_id", "fill_id", "shipment_id"),
    "unit_balance": ("patient_id",),
    "unit_count": ("id", "patient_id"),
}
"""The tables of one patient's supply, and which of their columns are another id in every copy."""

_OTHERWISE = {
    ("patient", "record_number"): "'B' || n",
    ("appointment", "uid"): "md5(uid || n)",
    ("shipment", "tracking_number"): "tracking_number || n",
}
_COLUMNS = "select column_name from information_schema.columns where table_name = %s and is_identity = 'NO'"
_POOL = (
    "create temp table pool as select n, md5(%(id)s || n)::uuid as patient_id, %(at)s::timestamptz as at"
    " from generate_series(1, %(times)s) n"
)


def first_patient(place: ground.Ground) -> UUID:
    """Supply one patient, who uses nearly all of it, counts the rest and asks for more; return who it is."""
    with place.begin(by=COORDINATOR) as session:
        clinic = OrderClinic(session)
        clinic.clinic.numbers = count(50)  # the first ones are those of the ground's own patients
        order = an_order(clinic)
        supplied(clinic, order)
        _use(clinic, order)
        return order.patient_id


def _use(clinic: OrderClinic, order: Prescription) -> None:
    session, yesterday = clinic.session, SWEEP_AT - timedelta(days=1)
    patient = session.get_one(Patient, order.patient_id)
    [lot] = balance_of(session, patient.id)
    whose = {"patient_id": patient.id, "by": COORDINATOR, "now": yesterday}
    enter(session, lot_id=lot.lot_id, kind=UnitKind.WASTED, units=lot.units - 2, on=yesterday.date(), **whose)  # type: ignore[arg-type]
    record_count(session, counted=2, at=CountAt(moment="refill"), **whose)  # type: ignore[arg-type]
    request_refill(session, patient_id=patient.id, by=patient_of(session, order), now=yesterday)
    a_check(session, patient, by=clinic.doctor, now=SWEEP_AT)


def copy(owner: Connection, patient_id: UUID, *, times: int) -> None:
    """Copy everything of a patient's supply so many `times`; ids follow from the number `n` of the copy.

    The table `pool` has the copied patients, with an instant nine days before the sweep.
    """
    owner.execute("set session_replication_role = replica")
    for table, keys in _ANOTHER.items():
        columns = [name for (name,) in owner.execute(_COLUMNS, [table]).fetchall()]
        values = [_value(table, name, is_key=name in keys) for name in columns]
        whose = {"patient": "id = %(id)s", "fill_lot": "fill_id in (select id from fill where patient_id = %(id)s)"}
        ClientCursor(owner).execute(
            f"create temp table seed_{table} as select * from {table} where "  # noqa: S608 - names of our own tables
            + whose.get(table, "patient_id = %(id)s"),
            {"id": patient_id},
        )
        names = ", ".join(f'"{name}"' for name in columns)
        owner.execute(
            f"insert into {table} ({names}) select {', '.join(values)} "  # noqa: S608 - the same
            f"from generate_series(1, {times}) n cross join seed_{table}"
        )
    ClientCursor(owner).execute(_POOL, {"id": str(patient_id), "at": SWEEP_AT - timedelta(days=9), "times": times})


def _value(table: str, column: str, *, is_key: bool) -> str:
    return _OTHERWISE.get((table, column)) or (f"md5({column}::text || n)::uuid" if is_key else f'"{column}"')
