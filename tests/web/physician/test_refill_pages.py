"""The next shipment at the browser: every reason, what a physician sets aside, and what is said about units."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from clinic.kernel.actor import Role
from clinic.medication.actions.claims import record_loss
from clinic.medication.actions.counts import CountAt, record_count
from clinic.medication.actions.fills import request_fill
from clinic.medication.actions.requests import request_refill
from clinic.medication.queries.fills import fills_of
from clinic.medication.queries.ledger import units_on_hand
from clinic.medication.queries.parcels import claims_of
from clinic.medication.queries.verdicts import decisions_of, request_of
from clinic.medication.rules.reasons import ReasonCode, wording
from clinic.people.models import Patient
from tests.domains.medication.medication_makers import OrderClinic, a_check
from tests.domains.medication.supply_makers import an_order, patient_of, supplied
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.plan_makers import COORDINATOR
from tests.web.html import Browser, Page
from tests.web.physician.conftest import tie

BEFORE = NOW - timedelta(days=3)
BECAUSE = "Agreed with the patient by phone."
UNCLEAR = {"result": "unexplained", "prescribers": 2, "note": "Unclear."}


@pytest.fixture
def course(session) -> OrderClinic:
    """A clinic that orders, in the place of one that only has courses."""
    clinic = OrderClinic(session)
    session.commit()
    return clinic


@pytest.fixture
def asked(course: OrderClinic, okafor: Browser, session):
    """An active order whose patient asked for the first shipment."""
    order = an_order(course)
    request_refill(session, patient_id=order.patient_id, by=patient_of(session, order), now=NOW)
    session.commit()
    return order


@pytest.fixture
def served(course: OrderClinic, okafor: Browser, session):
    """An order of which the first fill came to the patient."""
    order = an_order(course, now=BEFORE)
    supplied(course, order, now=BEFORE)
    session.commit()
    return order


def home(order) -> str:
    return f"/my-patients/{order.patient_id}/medication"


def deciding(okafor: Browser, order) -> Page:
    return okafor.get(home(order)).click("Decide on the next shipment")


def soft(page: Page) -> list[str]:
    return [box.get("value") for box in page.select("[name=overrides]")]


def test_who_asked_stands_in_the_queue_and_in_the_menu(okafor: Browser, asked):
    page = okafor.get("/refills")
    assert "Asked for" in page.text
    assert "Refills 1 waiting" in page.texts("nav.menu a")
    assert page.click(page.texts("tbody a")[0]).h1 == "Next shipment"


def test_the_queue_has_the_longest_waiting_first_and_asks_as_much_for_many_as_for_one(
    okafor: Browser, course: OrderClinic, asked, session
):
    def statements() -> int:
        heard: list[str] = []
        event.listen(session.get_bind(), "before_cursor_execute", ear := lambda *args: heard.append(args[2]))
        okafor.get("/refills")
        event.remove(session.get_bind(), "before_cursor_execute", ear)
        return len(heard)

    request_fill(session, order_id=asked.id, by=course.doctor, now=NOW)
    session.commit()
    alone = statements()
    orders = [an_order(course, now=BEFORE) for _ in range(3)]
    for days, order in enumerate(orders):
        at = NOW - timedelta(days=1 + days)
        request_refill(session, patient_id=order.patient_id, by=patient_of(session, order), now=at)
    session.commit()
    assert statements() == alone
    page = okafor.get("/refills?page=99")
    waiting = [link.get("href").split("/")[2] for link in page.select("tbody a")]
    assert waiting == [str(each.patient_id) for each in (*reversed(orders), asked)]
    assert "Refills 4 waiting" in page.texts("nav.menu a")


def test_the_menu_asks_for_all_that_waits_in_one_statement(sign_in_as, course, asked, session):
    both = sign_in_as(Role.PHYSICIAN, Role.COORDINATOR, name="Pat Both")
    tie(session, course.okafor, "Pat Both")
    heard: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", ear := lambda *args: heard.append(args[2]))
    page = both.get("/on-call")
    event.remove(session.get_bind(), "before_cursor_execute", ear)
    (counting,) = [each for each in heard if "refill_request" in each]
    assert "conversation" in counting
    assert "visit_note" in counting
    assert "Refills 1 waiting" in page.texts("nav.menu a")


def test_a_colleague_who_does_not_care_for_the_patient_has_an_empty_queue(sign_in_as, course, asked, session):
    herrera = sign_in_as(Role.PHYSICIAN, name="Luis Herrera")
    tie(session, course.physician("Dr. Luis Herrera")[0], "Luis Herrera")
    assert "Nobody waits" in herrera.get("/refills").text
    assert herrera.get(f"{home(asked)}/release").status == 404


def test_a_shipment_that_nothing_speaks_against_is_released(okafor: Browser, asked, session):
    page = deciding(okafor, asked)
    assert "Nothing speaks against it" in page.text
    done = page.form("release").submit("Release the shipment")
    assert done.toasts == ["✓ First fill is released to the pharmacy."]
    assert [fill.state for fill in fills_of(session, asked.patient_id)] == ["released"]
    assert request_of(session, asked.patient_id) is None
    again = page.form("release").submit("Release the shipment")
    assert (again.status, "This fill is released already." in again.text) == (409, True)
    assert len(fills_of(session, asked.patient_id)) == 1


def test_reasons_that_stand_keep_the_shipment_and_the_decision(okafor: Browser, served, session):
    page = deciding(okafor, served)
    some = soft(page)
    assert some
    refused = page.form("release").submit("Release the shipment")
    assert "Nothing is sent yet" in " ".join(refused.toasts)
    assert [fill.state for fill in fills_of(session, served.patient_id)] == ["blocked", "closed"]
    assert not decisions_of(session, served.patient_id)[0].is_allowed
    assert "Waits for reasons to be settled" in okafor.get("/refills").text


def test_what_is_set_aside_needs_a_reason_and_is_kept_with_it(okafor: Browser, served, course, session):
    a_check(session, session.get_one(Patient, served.patient_id), by=course.doctor)
    session.commit()
    page = deciding(okafor, served)
    some = soft(page)
    bare = page.form("release").submit("Release the shipment", overrides=some)
    assert bare.status == 422
    assert bare.errors == {"release-reason": "Write why you set this aside. It is kept with the decision."}
    page.form("release").submit("Release the shipment", overrides=some, reason=BECAUSE)
    kept = decisions_of(session, served.patient_id)[0]
    assert kept.override_reason == BECAUSE
    assert sorted(kept.overridden) == sorted(some)


def test_each_reason_stands_with_its_source_under_who_may_set_it_aside(okafor: Browser, served):
    page = deciding(okafor, served)
    firm, _, rest = page.text.partition("You can set these aside, with a reason")
    assert "Nobody can set these aside" in firm
    assert f"Source: {wording(ReasonCode.PDMP_OLD).source}." in firm
    assert [code for code in soft(page) if f"Source: {wording(ReasonCode(code)).source}." not in rest] == []


def test_nobody_sets_aside_what_nobody_may(okafor: Browser, served, session):
    page = deciding(okafor, served)
    assert "pdmp_old" not in soft(page)
    forced = page.form("release").send(overrides=[*soft(page), "pdmp_old"], reason=BECAUSE)
    assert forced.status == 422
    assert forced.errors == {"release-overrides": "Nobody can set \u201cpdmp old\u201d aside."}
    assert [fill.state for fill in fills_of(session, served.patient_id)] == ["closed"]


def test_releasing_asks_for_a_second_factor_that_is_fresh(okafor: Browser, asked, clock, session):
    page = deciding(okafor, asked)
    clock.advance(minutes=5, seconds=1)
    assert page.form("release").submit("Release the shipment").path.startswith("/sign-in/again?next=")
    assert fills_of(session, asked.patient_id) == []


def test_a_request_is_answered_with_no_and_a_reason(okafor: Browser, asked, session):
    page = deciding(okafor, asked)
    assert page.form("decline").submit("Answer with no").status == 422
    done = page.form("decline").submit("Answer with no", answer=BECAUSE)
    assert "Declined" in done.text
    assert BECAUSE in done.text
    assert request_of(session, asked.patient_id) is None
    again = page.form("decline").submit("Answer with no", answer=BECAUSE)
    assert (again.status, "This request does not wait any more." in again.text) == (409, True)


def test_a_report_is_settled_in_words_and_once(okafor: Browser, served, session):
    record_loss(session, patient_id=served.patient_id, kind="lost", units=2, by=COORDINATOR, now=NOW)
    session.commit()
    page = okafor.get(home(served)).click("Lost")
    assert page.form("settle").submit("Settle the report").status == 422
    done = page.form("settle").submit("Settle the report", settlement=BECAUSE)
    assert "Settled" in done.text
    assert [claim.settlement for claim in claims_of(session, served.patient_id)] == [BECAUSE]
    again = page.form("settle").submit("Settle the report", settlement=BECAUSE)
    assert (again.status, "There is a problem" in again.text) == (409, True)


def test_the_ledger_follows_a_count_only_with_a_reason_and_once(okafor: Browser, served, session):
    record_count(session, patient_id=served.patient_id, counted=10, at=CountAt(), by=COORDINATOR, now=NOW)
    session.commit()
    home_page = okafor.get(home(served))
    [link] = [each for each in home_page.select("a") if "/counts/" in each.get("href", "")][:1]
    page = okafor.get(link.get("href"))
    assert page.form("correct").submit("Change the ledger").status == 422
    done = page.form("correct").submit("Change the ledger", reason=BECAUSE)
    assert done.toasts == ["✓ The ledger was changed by -2, to what was counted."]
    assert units_on_hand(session, [served.patient_id]) == {served.patient_id: 10}
    assert page.form("correct").submit("Change the ledger", reason=BECAUSE).status == 422


def test_a_shipment_that_the_gate_keeps_back_is_canceled_with_a_reason(okafor: Browser, served, session):
    deciding(okafor, served).form("release").submit("Release the shipment")
    page = okafor.get(f"{home(served)}/release")
    assert "Legal basis until Dec 31, 2026" in page.text
    bare = page.form("cancel").submit("Cancel the shipment")
    assert bare.errors == {"cancel-reason": "Say in a few words why."}
    done = page.form("cancel").submit("Cancel the shipment", reason=BECAUSE)
    assert done.toasts == ["✓ The shipment is canceled. The order can be filled that often again."]
    again = page.form("cancel").submit("Cancel the shipment", reason=BECAUSE)
    assert again.status == 409
    assert "Ask for a new fill." in again.text
    assert [fill.state for fill in fills_of(session, served.patient_id)] == ["canceled", "closed"]


def test_a_request_that_is_answered_with_no_takes_the_waiting_shipment_along(okafor: Browser, asked, course, session):
    patient = session.get_one(Patient, asked.patient_id)
    a_check(session, patient, by=course.doctor, checked_at=NOW, **UNCLEAR)
    session.commit()
    deciding(okafor, asked).form("release").submit("Release the shipment")
    page = okafor.get(f"{home(asked)}/release")
    page.form("decline").submit("Answer with no", answer=BECAUSE)
    assert request_of(session, asked.patient_id) is None
    assert [fill.state for fill in fills_of(session, asked.patient_id)] == ["canceled"]


def test_other_prescriptions_that_nobody_explained_need_a_physicians_written_reason(
    okafor: Browser, asked, course, session
):
    patient = session.get_one(Patient, asked.patient_id)
    a_check(session, patient, by=course.doctor, checked_at=NOW, **UNCLEAR)
    session.commit()
    page = deciding(okafor, asked)
    assert soft(page) == ["pdmp_unexplained"]
    assert "or write why you go on without. Source:" in page.text
    bare = page.form("release").submit("Release the shipment", overrides=["pdmp_unexplained"])
    assert bare.errors == {"release-reason": "Write why you set this aside. It is kept with the decision."}
    page.form("release").submit("Release the shipment", overrides=["pdmp_unexplained"], reason=BECAUSE)
    [decision] = decisions_of(session, asked.patient_id)
    assert (decision.is_allowed, decision.overridden, decision.override_reason) == (
        True,
        ["pdmp_unexplained"],
        BECAUSE,
    )
