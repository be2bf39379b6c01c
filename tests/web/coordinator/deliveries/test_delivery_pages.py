"""The coordinator's board, fills and parcels: what the pharmacy and the carrier said is written down by hand."""

from datetime import timedelta

from clinic.kernel.actor import Role
from clinic.medication.actions.pharmacies import end_pharmacy_license
from clinic.medication.models import TrackingEvent
from clinic.medication.queries.ledger import units_on_hand
from clinic.medication.queries.parcels import claims_of
from clinic.medication.queries.pharmacies import licenses_of
from tests.domains.medication.medication_makers import FIELDS
from tests.domains.medication.supply_makers import LOT, a_released_fill, an_order, deliver
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import ADMIN
from tests.web.coordinator.deliveries.conftest import Supply
from tests.web.html import Page, text_of

YESTERDAY = NOW.date() - timedelta(days=1)
TRACKING = "1Z9999999999999999"
LABEL = {"number_1": LOT.number, "compounded_on_1": "2026-11-16", "beyond_use_on_1": "2027-04-30", "units_1": "12"}


def column(page: Page, key: str) -> str:
    return text_of(page.one(f"#{key}"))


def test_every_card_stands_in_its_column_with_its_age(supply: Supply):
    fill = supply.released()
    page = supply.desk.get("/deliveries")
    assert page.h1 == "Deliveries"
    assert "Released, not sent" in column(page, "to-order")
    assert "0 min" in column(page, "to-order")
    assert "Next: Send it to the pharmacy" in column(page, "to-order")
    assert "Late" not in column(page, "to-order")
    name = page.one("#to-order .delivery-name")
    assert page.click(text_of(name)).path == f"/deliveries/fills/{fill.id}"


def test_a_fill_goes_by_hand_from_the_pharmacy_to_the_carrier(supply: Supply):
    page = supply.desk.get(f"/deliveries/fills/{supply.released().id}")
    for state, lots in (("sent", {}), ("accepted", {}), ("verified", LABEL), ("packed", {})):
        page = page.form("step").submit(state=state, **lots)
    assert "Packed, since" in page.text
    parcel = page.form("hand-over").submit(
        carrier="UPS", tracking_number="1z 9999 9999 9999 9999", expected_on="2026-11-25"
    )
    assert parcel.h1 == "Parcel"
    assert "Handed over, no scan yet" in parcel.text
    assert TRACKING in parcel.text
    assert "Handed over, no scan yet" in column(supply.desk.get("/deliveries"), "in-transit")


def test_lots_that_do_not_add_up_stay_in_their_boxes_with_the_reason(supply: Supply):
    page = supply.desk.get(f"/deliveries/fills/{supply.released().id}").form("step").submit(state="sent")
    refused = page.form("step").submit(state="verified", **LABEL | {"units_1": "10"})
    assert refused.status == 422
    assert "The lots hold 10 units and the fill is for 12." in refused.text
    assert refused.form("step").values["number_1"] == [LOT.number]
    half = page.form("step").submit(state="verified", number_1="L-1")
    assert "Lot 1 is half filled in." in half.text
    assert "Sent to the pharmacy, since" in half.text


def test_a_number_that_is_none_of_the_carriers_is_refused(supply: Supply):
    page = supply.desk.get(f"/deliveries/fills/{supply.packed().id}")
    refused = page.form("hand-over").submit(carrier="UPS", tracking_number="123", expected_on="2026-11-25")
    assert refused.status == 422
    assert "is no tracking number of UPS" in refused.text
    assert "Packed, since" in refused.text


def test_what_speaks_against_a_parcel_is_told_without_anything_clinical(supply: Supply):
    fill = supply.packed()
    for held in licenses_of(supply.session, supply.made.pharmacy.id):
        end_pharmacy_license(
            supply.session, license_id=held.id, valid_until=YESTERDAY, version=held.version, by=ADMIN, now=NOW
        )
    supply.session.commit()
    page = supply.desk.get(f"/deliveries/fills/{fill.id}")
    assert "It does not go out yet" not in page.text
    page = page.form("hand-over").submit(carrier="UPS", tracking_number=TRACKING, expected_on="2026-11-25")
    assert "It does not go out yet" in page.text
    assert "Packed, since" in page.text
    assert len(page.texts(".notice li")) == 1
    for word in (FIELDS.drug, FIELDS.indication, FIELDS.directions, str(FIELDS.strength_value)):
        assert word not in page.text


def test_what_a_person_found_out_moves_the_parcel_and_asks_for_the_pharmacy(supply: Supply):
    parcel = supply.parcel()
    page = supply.desk.get(f"/deliveries/{parcel.id}")
    assert page.form("report").submit(status="lost").status == 422
    lost = page.form("report").submit(status="lost", reason="The carrier says so by telephone.")
    assert "Tell the pharmacy today" in lost.text
    told = lost.form("pharmacy-told").submit()
    assert "Tell the pharmacy today" not in told.text
    assert "Pharmacy told" in told.text
    assert supply.session.query(TrackingEvent).filter_by(source="staff").count() == 1


def test_a_parcel_that_did_not_come_opens_a_case_and_takes_its_units_back(supply: Supply):
    parcel = supply.parcel()
    deliver(supply.session, parcel, at=NOW)
    supply.session.commit()
    page = supply.desk.get(f"/deliveries/{parcel.id}")
    assert "Delivered, not confirmed" in page.text
    case = page.form("dispute").submit(words_said="Nothing was at the door.")
    assert "A case is open" in case.text
    supply.session.expire_all()
    assert [claim.kind for claim in claims_of(supply.session, parcel.patient_id)] == ["not_delivered"]
    assert not units_on_hand(supply.session, [parcel.patient_id]).get(parcel.patient_id)


def test_what_stands_too_long_is_late_and_a_column_has_pages_of_its_own(supply: Supply):
    then = NOW - timedelta(hours=25)
    a_released_fill(supply.made, an_order(supply.made, now=then), now=then)
    supply.session.commit()
    page = supply.desk.get("/deliveries")
    assert "1 is late" in page.text
    assert "Late In this state for 1 d" in column(page, "to-order")
    alone = supply.desk.get("/deliveries?column=to-order&page=9")
    assert "Released, not sent" in column(alone, "to-order")
    assert not alone.select("#at-pharmacy")


def test_only_coordinators_open_the_board(sign_in_as):
    assert sign_in_as(Role.ADMIN, name="Ada Admin").get("/deliveries").status == 403
