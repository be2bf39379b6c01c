"""What leaves of a patient's medication: signed orders only, with their fills and parcels, and never a changed one."""

from datetime import timedelta

import pytest

from clinic.fhir.medication import supply_bundle
from clinic.medication.actions.orders import amend_order
from clinic.medication.errors import WrongState
from clinic.medication.queries.record import signed_record
from tests.domains.medication.medication_makers import FIELDS
from tests.domains.medication.supply_makers import an_order, supplied
from tests.domains.scheduling.calendar_makers import NOW


def test_orders_leave_with_fills_lots_and_parcels_and_drafts_stay(order_clinic, session):
    order = an_order(order_clinic)
    parcel = supplied(order_clinic, order)
    amended = {"pharmacy_id": order.pharmacy_id, "fields": FIELDS, "by": order_clinic.doctor}
    amend_order(session, order_id=order.id, now=NOW + timedelta(days=2), **amended)
    [found] = signed_record(session, order.patient_id)
    [dispensed] = found.fills
    assert (found.order.id, found.content.order_id) == (order.id, order.id)
    assert [(lot.number, units) for lot, units in dispensed.lots] == [("L-2026/07", 12)]
    assert [each.id for each in dispensed.parcels] == [parcel.id]
    request, fill, delivery = (
        entry["resource"] for entry in supply_bundle([found], patient_id=order.patient_id, at=NOW)["entry"]
    )
    assert (request["status"], fill["status"], delivery["status"]) == ("active", "completed", "completed")
    assert fill["whenHandedOver"].startswith("2026-11-24")


def test_an_order_that_is_not_what_was_signed_leaves_nothing(order_clinic, session):
    order = an_order(order_clinic)
    assert signed_record(session, order.patient_id)
    order.quantity += 1  # past the database, which refuses it
    with session.no_autoflush, pytest.raises(WrongState, match="not what was signed"):
        signed_record(session, order.patient_id)
