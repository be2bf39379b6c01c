"""Orders, fills and parcels that leave: their shape by the library, their codes by our own tables, in every state."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.medicationdispense import MedicationDispense
from fhir.resources.R4B.medicationrequest import MedicationRequest
from fhir.resources.R4B.supplydelivery import SupplyDelivery

from clinic.fhir.codes import UnknownCode, checked, faults
from clinic.fhir.medication import medication_dispenses, medication_request, supply_bundle, supply_delivery
from clinic.medication.models import Fill, Lot, Prescription, Shipment
from clinic.medication.queries.record import Dispensed, Ordered
from clinic.medication.rules.fills import FillState
from clinic.medication.rules.orders import OrderForm, OrderState, Route
from clinic.medication.rules.parcels import ShipmentState
from clinic.medication.rules.signed_content import OrderContent

PATIENT, AT = UUID(int=9), datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CONTENT = OrderContent(
    order_id=UUID(int=1),
    plan_id=UUID(int=2),
    issued_on=date(2026, 11, 23),
    schedule="III",
    patient_name="Ana Invented",
    patient_address="1 Palm Way, Miami, FL 33101",
    patient_born_on=date(1980, 2, 3),
    patient_state="FL",
    drug="Invented compound",
    form=OrderForm.TROCHE,
    route=Route.SUBLINGUAL,
    strength_value=Decimal("2.5"),
    strength_unit="units of strength",
    quantity=12,
    units_per_session=2,
    days_supply=28,
    refills=2,
    directions="As agreed, before each session.",
    indication="An invented indication",
    prescriber_name="Dr. Amara Okafor",
    prescriber_address="5 Clinic Road, FL",
    dea_number="BO1234563",
    cds_number=None,
    license_number="ME-1",
    pharmacy_name="Invented Compounding",
    pharmacy_address="1 Mortar Way, Tampa, FL 33601",
)


def order(state: OrderState = OrderState.ACTIVE, **changes: Any) -> Prescription:
    wanted = {"content_hash": "a" * 64, "expires_on": date(2027, 5, 23), "external_reference": "RX-1"} | changes
    return Prescription(id=UUID(int=1), state=state.value, **wanted)


def fill(state: FillState = FillState.PACKED) -> Fill:
    return Fill(id=UUID(int=3), number=0, units=12, state=state.value)


def parcel(state: ShipmentState = ShipmentState.IN_TRANSIT, **changes: Any) -> Shipment:
    wanted = {"carrier": "UPS", "tracking_number": "1Z0000000000000001", "handed_over_at": AT} | changes
    return Shipment(id=UUID(int=4), fill_id=UUID(int=3), state=state.value, **wanted)


def lot(number: str) -> Lot:
    return Lot(number=number, compounded_on=date(2026, 11, 16), beyond_use_on=date(2027, 4, 30))


def dispenses(dispensed: Dispensed) -> list[dict[str, Any]]:
    return list(medication_dispenses(dispensed, CONTENT, order_id=UUID(int=1), patient_id=PATIENT))


@pytest.mark.parametrize("state", OrderState)
def test_an_order_leaves_in_every_state(state: OrderState) -> None:
    exported = medication_request(order(state), CONTENT, patient_id=PATIENT)
    MedicationRequest.model_validate(exported)
    assert list(faults(exported)) == []


@pytest.mark.parametrize("state", FillState)
def test_a_fill_leaves_in_every_state(state: FillState) -> None:
    [exported] = dispenses(Dispensed(fill=fill(state)))
    MedicationDispense.model_validate(exported)
    assert list(faults(exported)) == []
    assert "batch" not in exported["contained"][0]


@pytest.mark.parametrize("state", ShipmentState)
def test_a_parcel_leaves_in_every_state(state: ShipmentState) -> None:
    exported = supply_delivery(parcel(state), CONTENT, units=12, patient_id=PATIENT)
    SupplyDelivery.model_validate(exported)
    assert list(faults(exported)) == []
    assert exported["occurrencePeriod"] == {"start": "2026-11-23T15:00:00+00:00"}


@pytest.mark.parametrize("form", OrderForm)
@pytest.mark.parametrize("route", Route)
def test_every_form_and_route_has_its_code(form: OrderForm, route: Route) -> None:
    content = OrderContent.read(
        CONTENT.canonical().replace('"troche"', f'"{form}"').replace('"sublingual"', f'"{route}"')
    )
    exported = medication_request(order(), content, patient_id=PATIENT)
    MedicationRequest.model_validate(exported)
    assert exported["dispenseRequest"]["quantity"]["code"] == f"{{{form}}}"
    assert exported["dosageInstruction"][0]["route"]["coding"][0]["display"].lower().startswith(route)


def test_an_order_says_what_was_signed_and_nothing_of_its_own() -> None:
    exported = medication_request(order(amends_id=UUID(int=7)), CONTENT, patient_id=PATIENT)
    assert (exported["status"], exported["intent"], exported["authoredOn"]) == ("active", "order", "2026-11-23")
    assert exported["dosageInstruction"][0]["text"] == CONTENT.directions
    assert exported["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"] == 2
    assert exported["dispenseRequest"]["numberOfRepeatsAllowed"] == 2
    assert exported["dispenseRequest"]["validityPeriod"] == {"start": "2026-11-23", "end": "2027-05-23"}
    assert exported["contained"][0]["ingredient"][0]["strength"]["numerator"] == {
        "value": 2.5,
        "unit": "units of strength",
    }
    assert exported["priorPrescription"] == {"reference": f"urn:uuid:{UUID(int=7)}"}
    assert [each["value"] for each in exported["identifier"]] == ["a" * 64, "RX-1"]


def test_an_order_in_new_jersey_leaves_with_the_state_registration_of_its_prescriber() -> None:
    content = OrderContent.read(
        CONTENT.canonical()
        .replace('"patient_state":"FL"', '"patient_state":"NJ"')
        .replace('"cds_number":null', '"cds_number":"D1234500"')
    )
    exported = medication_request(order(), content, patient_id=PATIENT)
    MedicationRequest.model_validate(exported)
    assert list(faults(exported)) == []
    assert exported["requester"]["reference"] == "#prescriber"
    assert [each["value"] for each in exported["contained"][1]["identifier"]] == ["BO1234563", "D1234500", "ME-1"]
    assert exported["contained"][1]["identifier"][1]["system"].endswith(":cds:nj")


def test_a_fill_of_two_lots_leaves_as_two_that_keep_their_ids() -> None:
    packed = Dispensed(fill=fill(), lots=((lot("A"), 8), (lot("B"), 4)), parcels=(parcel(),))
    first, second = dispenses(packed)
    assert (first["id"], [each["quantity"]["value"] for each in (first, second)]) == (str(UUID(int=3)), [8, 4])
    assert [each["contained"][0]["batch"]["lotNumber"] for each in (first, second)] == ["A", "B"]
    assert second["id"] not in {first["id"], str(UUID(int=4))}
    assert dispenses(packed)[1]["id"] == second["id"]
    assert first["identifier"] == second["identifier"]


@pytest.mark.parametrize("state", ShipmentState)
def test_only_what_came_was_handed_over(state: ShipmentState) -> None:
    came = state in {ShipmentState.DELIVERED, ShipmentState.DELIVERED_UNSIGNED, ShipmentState.CONFIRMED}
    [exported] = dispenses(Dispensed(fill=fill(), parcels=(parcel(state, delivered_at=AT),)))
    assert exported.get("whenHandedOver") == ("2026-11-23T15:00:00+00:00" if came else None)


def test_a_bundle_holds_everything_that_its_resources_refer_to() -> None:
    dispensed = Dispensed(fill=fill(), lots=((lot("A"), 12),), parcels=(parcel(),))
    exported = supply_bundle([Ordered(order=order(), content=CONTENT, fills=(dispensed,))], patient_id=PATIENT, at=AT)
    Bundle.model_validate(exported)
    held = {entry["fullUrl"]: entry["resource"] for entry in exported["entry"]}
    assert [each["resourceType"] for each in held.values()] == [
        "MedicationRequest",
        "MedicationDispense",
        "SupplyDelivery",
    ]
    fills = held[f"urn:uuid:{UUID(int=3)}"]
    wanted = [*fills["authorizingPrescription"], *fills["supportingInformation"]]
    assert all(each["reference"] in held for each in wanted)


def test_a_patient_without_orders_has_a_bundle_without_entries() -> None:
    Bundle.model_validate(supply_bundle([], patient_id=PATIENT, at=AT))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"status": "cancelled"}, None),
        ({"status": "canceled"}, "no status of a MedicationRequest"),
        ({"intent": "wish"}, "no intent"),
        ({"reasonCode": [{"coding": [{"system": "http://snomed.info/sct", "code": "1"}]}]}, "no code of a route"),
    ],
)
def test_a_code_that_does_not_exist_is_found(changes: dict[str, Any], complaint: str | None) -> None:
    exported = medication_request(order(), CONTENT, patient_id=PATIENT) | changes
    MedicationRequest.model_validate(exported)
    if complaint is None:
        checked(exported)
        return
    with pytest.raises(UnknownCode, match=complaint):
        checked(exported)
