"""Memberships for physicians: the queue, approving, holding with a reason that stays here, stopping, handing over."""

from dataclasses import replace

import pytest

from clinic.billing.models import Subscription
from clinic.billing.queries.subscriptions import living
from clinic.kernel.actor import Role
from tests.domains.billing.payment_makers import DECLINED, Till
from tests.web.html import Browser, Page
from tests.web.physician.conftest import tie

WHY = "Blood pressure over the limit twice."


@pytest.fixture
def okafor(sign_in_as, till: Till) -> Browser:
    """The browser of the physician whose patients are members."""
    browser = sign_in_as(Role.PHYSICIAN, name="Amara Okafor")
    tie(till.session, till.clinic.okafor, "Amara Okafor")
    till.clinic.doctor = replace(till.clinic.doctor, id=till.clinic.okafor.staff_id)
    return browser


@pytest.fixture
def member(till: Till, okafor: Browser) -> Subscription:
    invoice = till.owing()
    till.work()
    return till.membership(invoice)


def page_of(okafor: Browser, row: Subscription) -> Page:
    return okafor.get(f"/my-patients/{row.patient_id}/membership")


def test_who_waits_for_an_approval_stands_in_the_queue_and_is_approved_once_there_is_a_card(
    okafor: Browser, till: Till
):
    row = till.pending()
    till.session.commit()
    early = okafor.get("/memberships")
    assert "The patient has not done everything yet" in early.text
    refused = early.click(early.texts("tbody a")[0]).form("approve").submit()
    assert "The patient has entered no card yet." in refused.text
    till.card(row)
    assert "Memberships 1 waiting" in okafor.get("/memberships").texts("nav.menu a")
    approved = page_of(okafor, row).form("approve").submit()
    assert "The card is asked for $250.00 now" in " ".join(approved.toasts)
    assert okafor.get("/memberships").texts("tbody tr") == []


def test_a_declined_membership_is_over_and_nothing_was_charged(okafor: Browser, till: Till):
    row = till.pending()
    till.session.commit()
    form = page_of(okafor, row).form("decline")
    assert form.submit().errors["decline-reason"] == "Say in a few words why."
    assert f"Declined {WHY}" in form.submit(reason=WHY).text
    assert till.charged() == []
    assert "There is no membership any more" in form.submit(reason=WHY).text


def test_a_hold_keeps_its_reason_for_physicians_and_is_released(okafor: Browser, till: Till, member, desk: Browser):
    held = page_of(okafor, member).form("hold").submit(reason=WHY)
    assert WHY in held.text
    assert "Release it when it is safe again" in okafor.get("/memberships").text
    assert WHY not in desk.get(f"/patients/{member.patient_id}/billing").text
    assert "Released from hold" in held.form("release").submit().text
    assert "There is nothing" not in page_of(okafor, member).text


def test_a_lower_plan_from_today_puts_the_difference_on_the_patients_credit(okafor: Browser, till: Till, member):
    form = page_of(okafor, member).form("lower")
    assert form.submit(reason=WHY).errors["lower-plan_code"] == "Choose the plan that is enough."
    assert "The plan is lower from today on." in " ".join(form.submit(plan_code="care_only", reason=WHY).toasts)


def test_what_a_stop_gives_back_is_shown_before_and_goes_back_to_the_card(okafor: Browser, till: Till, member):
    asked = page_of(okafor, member).click("Stop the membership")
    assert "$250.00 today" in asked.text
    assert asked.form("stop").submit(reason="").errors["reason"] == "Say in a few words why."
    done = asked.form("stop").submit(reason=WHY)
    assert "Stopped. $250.00 go back to the card." in " ".join(done.toasts)
    till.work()
    assert [each.amount_cents for each in till.refunds()] == [25_000]
    assert "There is nothing to stop" in okafor.get(f"/my-patients/{member.patient_id}/membership/stop").text


def test_another_physicians_patient_is_not_there(okafor: Browser, till: Till, member, sign_in_as):
    other = sign_in_as(Role.PHYSICIAN, name="Luis Herrera")
    herrera, _ = till.clinic.physician("Dr. Luis Herrera")
    tie(till.session, herrera, "Luis Herrera")
    assert page_of(other, member).status == 404
    assert other.get("/memberships").texts("tbody tr") == []


def test_a_declined_card_stops_nobody_from_seeing_where_it_stands(okafor: Browser, till: Till):
    invoice = till.owing(DECLINED)
    till.work()
    assert "first payment due" in page_of(okafor, till.membership(invoice)).text
    assert living(till.session, invoice.patient_id) is not None
