"""The coordinator's pages of lots: found by number, recalled once, and who has heard of it."""

from clinic.medication.queries.lots import packed_lots
from clinic.worklist.models import WorkItem
from tests.domains.medication.supply_makers import LOT
from tests.web.coordinator.deliveries.conftest import Supply
from tests.web.html import Page


def recall_calls(supply: Supply) -> list[str]:
    supply.session.expire_all()
    return [item.state for item in supply.session.query(WorkItem).filter_by(kind="recall_call")]


def the_lot(supply: Supply) -> Page:
    parcel = supply.parcel()
    ((lot, _),) = packed_lots(supply.session, parcel.fill_id)
    return supply.desk.get(f"/lots/{lot.id}")


def test_a_lot_is_found_however_its_number_is_typed(supply: Supply):
    assert "No lots yet" in supply.desk.get("/lots").text
    supply.packed()
    page = supply.desk.get("/deliveries").click("Lots").form("find-lot").submit(number="l 2026-07")
    assert page.click(LOT.number).h1 == f"Lot {LOT.number}"
    assert "No lot with this number" in page.form("find-lot").submit(number="zzz").text


def test_one_action_recalls_a_lot_and_opens_a_call_for_everybody_concerned(supply: Supply):
    page = the_lot(supply)
    assert "1 patient has some of it at home or on the way, 1 of them on the way." in page.text
    assert page.form("recall").submit().status == 422
    assert recall_calls(supply) == []
    recalled = page.form("recall").submit(source="The pharmacy's letter of today")
    assert "1 of 1 has not heard of it." in recalled.text
    assert recall_calls(supply) == ["open"]
    heard = recalled.form("heard-1").submit()
    assert "Everybody has heard of it." in heard.text
    assert recall_calls(supply) == ["done"]


def test_a_lot_is_not_recalled_twice(supply: Supply):
    page = the_lot(supply)
    page.form("recall").submit(source="The pharmacy's letter")
    again = page.form("recall").submit(source="The same letter")
    assert again.status == 409
    assert "is recalled already" in again.text
    assert recall_calls(supply) == ["open"]
