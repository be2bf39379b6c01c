"""Pharmacies, their licenses and prescribers' registrations at an administrator's browser."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from clinic.kernel.actor import Role
from clinic.medication.actions.pharmacies import change_pharmacy
from clinic.medication.models import Pharmacy
from tests.domains.medication.medication_makers import PHARMACY, a_pharmacy
from tests.domains.scheduling.calendar_makers import NOW, Clinic
from tests.domains.treatment.plan_makers import ADMIN
from tests.web.html import Browser

DETAILS = {
    "name": PHARMACY.name,
    "phone": "305 555 0199",
    "address": PHARMACY.address,
    "dea_number": PHARMACY.dea_number,
}
LICENSE = {"state": "NJ", "number": "28RS1", "valid_from": "2026-01-01", "valid_until": "2026-12-15"}


@pytest.fixture
def admin(sign_in_as: Callable[..., Browser]) -> Browser:
    return sign_in_as(Role.ADMIN, name="Ada Admin")


def test_a_new_pharmacy_sends_nowhere_until_it_has_a_license(admin: Browser):
    page = admin.get("/admin").click("Pharmacies").click("Add a pharmacy")
    page = page.form("pharmacy").submit(**DETAILS)
    assert page.h1 == PHARMACY.name
    assert "No license" in page.text
    licensed = page.click("Add license").form("license").submit(**LICENSE)
    assert "ends in 22 days" in licensed.text
    assert "New Jersey" in licensed.click("\u2039 Pharmacies").text
    assert "1 takes orders, for New Jersey." in admin.get("/admin").text


def test_a_wrong_check_digit_is_told_at_its_box(admin: Browser):
    page = admin.get("/pharmacies/new").form("pharmacy").submit(**DETAILS | {"dea_number": "FI1234564"})
    assert page.status == 422
    assert "is no DEA number" in page.text
    assert page.form("pharmacy").values["name"] == [PHARMACY.name]


def test_a_colleagues_change_is_shown_before_it_is_replaced(admin: Browser, session: Session):
    made = a_pharmacy(session)
    session.commit()
    page = admin.get(f"/pharmacies/{made.id}/edit")
    change_pharmacy(session, pharmacy_id=made.id, new=PHARMACY, version=made.version, by=ADMIN, now=NOW)
    session.commit()
    refused = page.form("pharmacy").submit(name="Another name")
    assert refused.status == 409
    assert "Saved now" in refused.text
    assert refused.form("pharmacy").submit().h1 == "Another name"


def test_a_retired_pharmacy_takes_no_new_orders(admin: Browser, session: Session):
    made = a_pharmacy(session)
    session.commit()
    page = admin.get(f"/pharmacies/{made.id}").form("retire").submit()
    assert "Takes no new orders" in page.text
    session.expire_all()
    assert session.get_one(Pharmacy, made.id).retired_at == NOW


def test_the_last_day_of_a_license_is_changed_and_cannot_lie_before_the_first(admin: Browser, session: Session):
    made = a_pharmacy(session, states=("FL",))
    session.commit()
    page = admin.get(f"/pharmacies/{made.id}").click("Last day of Florida, PH-FL")
    assert page.form("license").submit(valid_until="1990-01-01").status == 422
    assert "ended" in page.form("license").submit(valid_until="2026-11-22").text


def test_a_physician_is_registered_where_orders_are_signed(admin: Browser, session: Session, clinic: Clinic):
    physician = clinic.physician()
    session.commit()
    page = admin.get(f"/physicians/{physician.id}").click("Registrations")
    wanted = {
        "kind": "cds",
        "state": "FL",
        "number": "D1",
        "address": "5 Clinic Road",
        "valid_from": "2026-01-01",
        "valid_until": "2027-12-31",
    }
    blank = page.click("Add registration").form("registration")
    assert "Florida has no registration of its own." in blank.submit(**wanted).text
    listed = blank.submit(**wanted | {"state": "NJ"})
    assert "valid" in listed.text
    ended = listed.click("Last day of The state\u2019s own (CDS), New Jersey, D1").form("registration")
    assert "ends tomorrow" in ended.submit(valid_until="2026-11-24").text
