"""The address page of coordinators: confirmed on the phone, corrected on the spot, reached from where it is missing."""

from clinic.medication.actions.fills import release_fill, request_fill
from clinic.people.models import Patient
from tests.domains.medication.medication_makers import a_check
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import COORDINATOR
from tests.web.coordinator.deliveries.conftest import Supply

MOVED = {"address_line": "4 Bay Lane", "city": "Pensacola", "postal_code": "32501", "county_fips": "12033"}


def blocked(supply: Supply):
    """Ask for a fill of a patient whose address nobody confirmed."""
    patient = supply.session.get_one(Patient, supply.order.patient_id)
    a_check(supply.session, patient, by=supply.made.doctor)
    fill = request_fill(supply.session, order_id=supply.order.id, by=COORDINATOR, now=NOW)
    release_fill(supply.session, fill_id=fill.id, by=supply.made.doctor, now=NOW)
    supply.session.commit()
    return fill


def test_the_address_that_a_shipment_waits_for_is_confirmed_from_there(supply: Supply):
    fill = blocked(supply)
    page = supply.desk.get(f"/deliveries/fills/{fill.id}")
    assert "The address is not confirmed. Ask the person to confirm it." in page.text
    address = page.click("Check the address")
    assert "Not confirmed as it stands." in address.text
    done = address.form("confirm").submit()
    assert done.toasts == ["✓ Confirmed."]
    assert "Confirmed on Nov 23, 2026. That counts for 14 days." in done.text
    assert "Called right" in done.text
    assert f"/patients/{supply.order.patient_id}/address" in supply.desk.get("/deliveries").links.values()
    chart = supply.desk.get(f"/patients/{supply.order.patient_id}")
    assert chart.click("Check the address").h1 == "Address"


def test_a_wrong_address_is_corrected_on_the_spot_and_one_elsewhere_refused(supply: Supply):
    page = supply.desk.get(f"/patients/{supply.order.patient_id}/address")
    form = page.form("address")
    refused = form.submit(**(MOVED | {"county_fips": "34013"}))
    assert refused.status == 422
    assert refused.errors["county_fips"].startswith("Essex County is in New Jersey.")
    done = form.submit(**MOVED)
    assert done.toasts == ["✓ The address is saved and confirmed."]
    assert "4 Bay Lane" in done.text
    assert "Changed" in done.text
    again = form.submit(**(MOVED | {"address_line": "5 Bay Lane"}))
    assert again.status == 409
    stale = page.form("confirm").submit()
    assert (stale.status, stale.form("address").values["address_line"]) == (409, ["4 Bay Lane"])
    supply.session.expire_all()
    saved = supply.session.get_one(Patient, supply.order.patient_id)
    assert (saved.address_line, saved.zone) == ("4 Bay Lane", "America/Chicago")
