"""A patient's membership at the desk: enrolling, other plans to the cent, pauses, ends, discounts, and holds."""

import pytest

from clinic.billing.actions.collecting import collect
from clinic.billing.actions.holding import hold
from clinic.billing.models import Subscription
from clinic.billing.queries.subscriptions import living, open_invoices
from tests.domains.billing.payment_makers import CASHIER, Till
from tests.web.html import Browser, Page

WHY_HELD = "New chest pain during the last session."


@pytest.fixture
def member(till: Till) -> Subscription:
    invoice = till.owing()
    till.work()
    return till.membership(invoice)


def billing(desk: Browser, row: Subscription) -> Page:
    return desk.get(f"/patients/{row.patient_id}/billing")


def test_a_patient_is_enrolled_once_and_a_second_membership_is_refused(desk: Browser, till: Till):
    patient = till.clinic.patient()
    till.session.commit()
    chart = desk.get(f"/patients/{patient.id}")
    form = chart.click("Billing").form("enroll")
    assert form.submit().errors["enroll-plan_code"] == "Choose the plan that the patient asked for."
    page = form.submit(plan_code="standard")
    assert "Nothing is charged yet" in page.text
    again = form.submit(plan_code="starter")
    assert "There is a membership already" in again.text
    assert again.status == 409
    assert "Standard, $350.00 a month" in again.text


def test_a_higher_plan_is_shown_to_the_cent_and_begins_when_it_is_paid(desk: Browser, till: Till):
    till.clock.advance(days=-15)
    invoice = till.owing()
    till.work()
    till.clock.advance(days=15)
    member = till.membership(invoice)
    asked = billing(desk, member).click("Change the plan").form("choose").submit(plan_code="standard")
    assert "Unused days of Starter" in asked.text
    assert "Due now$50.00" in asked.text
    done = asked.form("change").submit()
    assert "$50.00 are asked for now." in " ".join(done.toasts)
    assert "Starter, $250.00 a month" in done.text
    (owed,) = open_invoices(till.session, member.id)
    collect(till.session, owed.id, by=CASHIER, now=till.clock())
    till.session.commit()
    till.gateway.faults.append("after")
    till.work()
    flying = asked.form("change").submit()
    assert flying.status == 409
    assert "A payment for another plan is under way." in flying.text
    till.clock.advance(minutes=3)
    till.work()
    assert "Standard, $350.00 a month" in billing(desk, member).text
    assert sorted(till.charged()) == [5_000, 25_000]


def test_a_hold_is_only_a_hold_at_the_desk(desk: Browser, till: Till, member):
    hold(till.session, member.id, reason=WHY_HELD, by=till.clinic.doctor, now=till.clock())
    till.session.commit()
    page = billing(desk, member)
    assert "On hold" in page.text
    refused = desk.post(f"/patients/{member.patient_id}/billing/resume", page.form("cancel").values)
    assert refused.status == 409
    for seen in (page, refused):
        assert not {"chest", "medical", "Medical"} & set(seen.text.split())


def test_a_pause_out_of_reach_is_refused_at_its_box_and_one_within_is_kept_until_taken_back(desk, till, member):
    form = billing(desk, member).form("pause")
    refused = form.submit(resume_on="2027-12-01")
    assert "Choose a day between" in refused.errors["pause-resume_on"]
    assert refused.form("pause").values["resume_on"] == ["2027-12-01"]
    kept = form.submit(resume_on="2027-01-15")
    assert "A pause begins" in kept.text
    assert "A pause begins" not in kept.form("no-pause").submit().text


def test_a_cancellation_ends_with_the_period_until_it_is_taken_back_and_now_is_now(desk: Browser, till: Till, member):
    form = billing(desk, member).form("cancel")
    assert form.submit().errors["cancel-when"] == "Choose when it ends."
    ending = form.submit(when="end")
    assert "It ends" in ending.text
    assert "It ends on" not in ending.form("keep").submit().text
    assert "Canceled. Nothing is charged any more." in " ".join(form.submit(when="now").toasts)
    assert living(till.session, member.patient_id) is None
    late = form.submit(when="now")
    assert "There is no membership any more" in late.text


def test_a_code_that_is_none_keeps_what_was_typed_and_a_hardship_rate_waits_for_an_administrator(desk, till, member):
    page = billing(desk, member)
    refused = page.form("discount").submit(code="NO-SUCH")
    assert refused.form("discount").values["code"] == ["NO-SUCH"]
    assert refused.errors
    asked = page.form("hardship").submit(basis_points="5000", reason="income")
    assert "An administrator decides." in asked.text
    assert "hardship" not in asked.forms
