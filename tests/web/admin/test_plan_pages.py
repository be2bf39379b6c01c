"""Plans, prices, discounts and hardship rates at an administrator's browser."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from clinic.billing.actions.hardship import ask_hardship
from clinic.billing.jobs.telling import tell_members_when_due
from clinic.kernel.actor import Role, system
from clinic.kernel.transaction import Beginner
from clinic.people.models import Patient
from tests.conftest import TestClock
from tests.domains.billing.document_makers import Desk
from tests.domains.billing.payment_makers import Till
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.web.html import Browser


@pytest.fixture
def admin(sign_in_as: Callable[..., Browser]) -> Browser:
    return sign_in_as(Role.ADMIN, name="Ada Admin")


def test_a_new_price_is_looked_at_before_it_is_set_and_begins_for_new_members(admin: Browser):
    page = admin.get("/admin").click("Plans and prices").click("Starter")
    assert "$250.00" in page.text
    look = page.click("Set another price").form("price").submit(amount="260", sessions="3", step="look")
    assert "Nothing is set yet." in look.text
    assert "$260.00" in look.text
    assert "Nobody has this plan yet." in look.text
    done = look.form("price").submit(step="save")
    assert done.toasts == ["✓ $260.00 a month from Nov 23, 2026 on, for new members."]
    refused = done.click("Set another price").form("price").submit(amount="270", step="look")
    assert refused.status == 422
    assert "This plan got its price of $260.00 today." in refused.text
    assert refused.form("price").values["amount"] == ["270"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"amount": "250.505"}, "250.505 has a fraction of a cent."),
        ({"amount": "0.50"}, "Write an amount from $1.00"),
        ({"amount": "350"}, "Nothing is different"),
        ({"amount": "260", "valid_from_on": "2026-11-22"}, "A price begins today or later."),
        ({"amount": "260", "valid_from_on": "2027-02-22"}, "Choose a day until February 21, 2027."),
        ({"amount": "260", "sessions": "1000"}, "Enter a whole number from 0 to 999"),
    ],
)
def test_a_price_that_cannot_stand_is_told_at_its_box_and_nothing_typed_is_lost(
    admin: Browser, typed: dict[str, str], told: str
):
    form = admin.get("/admin/plans").click("Standard").click("Set another price").form("price")
    page = form.submit(**{"amount": "350", **typed}, step="look")
    assert page.status == 422
    assert told in page.text
    assert page.form("price").values["amount"] == [typed["amount"]] if "amount" in typed else True


def test_moving_members_shows_who_is_affected_and_who_has_not_heard(
    admin: Browser, sign_in_as: Callable[..., Browser], session: Session, begin: Beginner, clock: TestClock
):
    desk = sign_in_as(Role.COORDINATOR, name="Dana Desk")
    till = Till(session, begin, clock)
    invoice = till.owing()
    till.work()
    record = till.clinic.session.get_one(Patient, invoice.patient_id).record_number
    plan = admin.get("/admin/plans").click("Starter")
    look = plan.click("Set another price").form("price").submit(amount="275", step="look")
    assert "1 member keeps the price" in look.text
    move = look.form("price").submit(step="save").click("To the newest price from $250.00")
    soon = move.form("change").submit(effective_on="2026-12-22", step="look")
    assert soon.status == 422
    assert "Patients are told 30 days before. Choose December 23, 2026 or later." in soon.text
    preview = soon.form("change").submit(effective_on="2026-12-23", step="look")
    assert all(words in preview.text for words in (record, "$25.00 a month", "December 2026"))
    shown = preview.form("change").submit(step="save")
    assert "Not told yet" in shown.text
    tell_members_when_due(begin, ring=RING, clock=clock, by=system("Memberships"))
    waiting = admin.get(shown.path)
    assert "No receipt yet" in waiting.text
    billing = desk.get(f"/patients/{invoice.patient_id}/billing")
    assert "From $250.00 to $275.00 a month, not before Dec 23, 2026." in billing.text
    assert "The patient heard of it on" in billing.form("price-told").submit().text
    assert "by Dana Desk" in admin.get(shown.path).text
    again = admin.get(move.path).form("change").submit(effective_on="2027-02-01", step="look")
    assert "A change of this price to $275.00 is announced already." in again.text
    assert "Members who had not moved keep their price." in admin.get(shown.path).form("withdraw").submit().text


def test_a_discount_keeps_what_was_typed_until_it_can_stand_and_ends(admin: Browser):
    page = admin.get("/admin").click("Discounts").click("Add a discount")
    typed = {"code": "SPRING25", "name": "Spring", "kind": "amount", "amount": "500.01"}
    refused = page.form("discount").submit(**typed)
    assert refused.status == 422
    assert "$500.01 is more than the $500.00 of the plan." in refused.text
    assert refused.form("discount").values["code"] == ["SPRING25"]
    listed = refused.form("discount").submit(amount="50", periods="2")
    assert "$50.00 off for 2 months" in listed.text
    assert "1 can be given." in admin.get("/admin").text
    assert "already" in page.form("discount").submit(**typed | {"amount": "50"}).text
    assert "Ends by itself" in listed.form("end-1").submit().text


def test_a_hardship_rate_is_decided_and_looked_at_again(admin: Browser, session: Session):
    desk = Desk(session)
    ask_hardship(session, desk.row.id, reason="job_lost", basis_points=5_000, by=COORDINATOR, now=NOW)
    session.commit()
    page = admin.get("/admin").click("Hardship rates").click(desk.patient.record_number)
    assert all(words in page.text for words in ("$125.00 a month", "Lost a job", "Dana Reyes"))
    late = page.form("approve").submit(review_on="2027-06-01")
    assert late.status == 422
    assert "within six months" in late.text
    listed = late.form("approve").submit(review_on="2027-02-01")
    assert "50 percent off" in listed.text
    rate = listed.click(desk.patient.record_number)
    assert rate.form("extend").submit(review_on="2026-11-01").status == 422
    assert rate.form("extend").submit(review_on="2027-05-01").toasts == ["✓ It goes on."]
    ended = rate.form("end").submit()
    assert "Nothing waits" in ended.text


def test_the_words_of_a_plan_and_whether_it_is_sold_can_be_changed(admin: Browser):
    plan = admin.get("/admin/plans").click("Care only")
    edit = plan.click("Edit words")
    assert edit.form("plan").submit(meaning="").status == 422
    assert "the name stands on invoices" in edit.form("plan").submit(name="Ketamine month").text
    saved = edit.form("plan").submit(name="Between")
    assert saved.h1 == "Between"
    assert edit.form("plan").submit(name="Other").status == 409
    retired = saved.form("retire").submit()
    assert "Nobody new can choose it" in retired.text
    assert retired.form("sell").submit().form("retire")
    starter = admin.get("/admin/plans").click("Starter").form("retire").submit()
    assert starter.status == 422
    assert "Intensive goes on as this plan after a month." in starter.text
