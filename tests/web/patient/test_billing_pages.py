"""The patient's page of the own plan: joined, paid, changed, paused and ended in few presses, in both languages."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from clinic.access import actions as access
from clinic.billing.actions.approving import approve
from clinic.billing.actions.holding import hold
from clinic.billing.actions.page_link import page_link
from clinic.billing.models import CardSetup, Invoice, RenewalConsent
from clinic.billing.queries.payments import method_in_use
from clinic.billing.queries.subscriptions import living
from clinic.billing.rules.payments import PaymentState
from clinic.billing.rules.subscriptions import SubscriptionState
from clinic.kernel.actor import Role
from clinic.people.models import Patient
from clinic.web.patient.billing.wording import PAYMENTS, STATES
from clinic.worklist import queries as worklist
from tests.domains.billing.billing_makers import Life
from tests.domains.billing.payment_makers import DECLINED, GOOD
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.web.html import Browser, Page
from tests.web.patient.conftest import type_birth_date
from tests.web.patient.test_spanish_pages import english_in

CLINICAL = re.compile(
    r"medic[ai]|drug|dose|dosis|prescri|receta|ketamin|farmac|pharmac|troche|tablet|treat|tratam", re.IGNORECASE
)
ALWAYS_ASKS = "4000002760003184"
STAYS = "Your check-ins, surveys, safety messages and records stay open to you, whatever is owed."


@pytest.fixture
def till(session, begin, clock, runtime) -> Life:
    """Return the makers of memberships, at the bank that the application's own gateway asks."""
    made = Life(session, begin, clock)
    made.gateway = runtime.charging.gateways["sandbox"]
    return made


@pytest.fixture
def come(app: Flask, till) -> Callable[..., Page]:
    """Open the link of a patient's text with the right birth date."""

    def enter(patient_id, *, language: str = "en") -> Page:
        till.session.expire_all()
        patient = till.session.get_one(Patient, patient_id)
        patient.language = language
        link = page_link(till.session, patient, by=COORDINATOR, now=till.clock(), ring=RING)
        token = access.render_link(till.session, link_id=link.id, ring=RING)
        till.session.commit()
        return type_birth_date(Browser(app.test_client()).get(f"/v/{token}"), patient.birth_date)

    return enter


def enter_card(till, page: Page, number: str) -> Page:
    """Enter a card on the gateway's page that `page` leads to, and come back from it."""
    till.session.expire_all()
    address = page.one("a.is-primary").get("href")
    setup = next(one for one in till.session.scalars(select(CardSetup)) if one.gateway_setup_id in address)
    till.bank.enter_card(setup.gateway_setup_id, number)
    return page.browser.get(f"/my-plan/card/{setup.id}")


def test_joining_keeps_the_words_of_the_yes_and_charges_nothing(till, come):
    patient_id = till.plan().patient_id
    page = come(patient_id)
    assert (page.path, page.h1) == ("/my-plan", "Choose a plan")
    form = page.click("Choose Starter").form("join")
    assert form.submit().errors == {"is_agreed": "Tick the box if you agree. Nothing happens without it."}
    stale = form.send(is_agreed="yes", words_mark="other words")
    assert (stale.status, list(stale.errors)) == (409, ["is_agreed"])
    assert living(till.session, patient_id) is None
    leaving = form.submit(is_agreed="yes")
    assert leaving.h1 == "Enter your card"
    assert leaving.links["Go to the card page"].startswith("https://")
    [consent] = till.session.scalars(select(RenewalConsent))
    for words in ("Starter", "$250.00 every month", "until I cancel", "\u201cCancel my plan\u201d", "30 days"):
        assert words in consent.wording
    assert consent.wording_hash == hashlib.sha256(consent.wording.encode()).hexdigest()
    assert (consent.language, consent.address) == ("en", "127.0.0.1")
    address = till.session.scalars(select(CardSetup.id)).one()
    early = page.browser.get(f"/my-plan/card/{address}").form("take-card").submit()
    assert (early.status, sorted(early.forms)) == (422, ["card", "take-card"])
    done = enter_card(till, leaving, GOOD).form("take-card").submit()
    assert done.toasts == ["✓ Thank you. Your card is saved."]
    assert "Nothing is charged before a physician approves your plan." in done.text
    assert not till.session.scalars(select(Invoice)).all()
    approve(till.session, living(till.session, patient_id).id, by=till.clinic.doctor, now=till.clock())
    till.session.commit()
    till.work()
    assert "Next charge: $250.00 on December 23, 2026" in come(patient_id).text


@pytest.mark.parametrize(
    ("number", "language", "words"),
    [
        ("4000000000009995", "en", "There was not enough on the card."),
        ("4000000000000069", "es", "Esta tarjeta venció."),
        ("4000000000009979", "en", "This card cannot be used."),
    ],
)
def test_a_card_that_is_declined_is_told_of_in_clear_words_and_can_be_tried_again(till, come, number, language, words):
    row = till.pending()
    till.session.commit()
    back = enter_card(till, come(row.patient_id, language=language).form("card").submit(), number)
    refused = back.form("take-card").submit()
    assert refused.status == 422
    assert words in refused.text
    assert refused.form("card").submit().status == 200


def test_an_active_plan_is_canceled_in_two_presses_and_kept_in_one(till, come):
    page = come(till.member().patient_id)
    assert STAYS in page.text
    asked = page.click("Cancel my plan")
    assert asked.form("cancel").names == {"csrf_token"}
    done = asked.form("cancel").submit()
    assert done.toasts == ["✓ Your plan is canceled. Your last day is December 22, 2026."]
    assert "Next charge" not in done.text
    again = asked.form("cancel").submit()
    assert "Your last day is December 22, 2026. Nothing more is charged." in again.text
    assert "Next charge: $250.00 on December 23, 2026" in done.form("keep").submit().text


def test_a_pause_is_chosen_by_its_last_day_and_taken_back(till, come):
    row = till.member()
    page = come(row.patient_id).click("Pause my plan")
    assert page.form("pause").submit().errors == {"resume_on": "Choose when your plan goes on."}
    assert page.form("pause").send(resume_on="2027-09-01").errors == {
        "resume_on": "This day cannot be chosen. Choose another one."
    }
    done = page.form("pause").submit(resume_on="2027-02-23")
    assert "It pauses on December 23, 2026. Next charge: $250.00 on February 23, 2027." in done.text
    assert "Next charge: $250.00 on December 23, 2026" in done.form("unpause").submit().text
    page.form("pause").submit(resume_on="2027-02-23")
    till.now_on("2026-12-23")
    till.look()
    paused = come(row.patient_id)
    assert "It starts again on February 23, 2027. Then $250.00 is charged." in paused.text
    assert paused.form("resume").submit().toasts == ["✓ Thank you. It is paid."]


def test_a_higher_plan_costs_to_the_cent_what_was_shown_and_a_lower_one_waits(till, come):
    row = till.member()
    till.wait(days=10)
    page = come(row.patient_id).click("Change my plan").click("See what Standard costs")
    shown = page.texts(".price strong")[0]
    assert page.form("change").submit().errors["is_agreed"].startswith("Tick the box")
    paid = page.form("change").submit(is_agreed="yes")
    assert paid.toasts == ["✓ Thank you. It is paid."]
    newest = till.session.scalars(select(Invoice).order_by(Invoice.number.desc()).limit(1)).one()
    assert (shown, newest.state, newest.kind) == (f"${newest.total_cents / 100:.2f}", "paid", "change")
    assert [each.wording.count("$350.00") > 1 for each in till.session.scalars(select(RenewalConsent))][-1]
    lower = paid.click("Change my plan").click("See what Starter costs")
    assert "$0.00" in lower.text
    noted = lower.form("change").submit(is_agreed="yes")
    assert "Next charge: $250.00 on December 23, 2026, then for Starter." in noted.text
    assert "Next charge: $350.00 on December 23, 2026" in noted.form("unchange").submit().text


def test_an_open_payment_says_why_what_to_do_and_what_stays(till, come):
    invoice = till.owing(DECLINED)
    till.work()
    page = come(invoice.patient_id)
    for words in ("$250.00 is open", "Your bank did not allow the payment.", STAYS):
        assert words in page.text
    assert "$250.00 is open" in page.click(next(words for words in page.links if "INV" in words)).text
    assert page.form("pay").submit().toasts == ["! The payment did not work. Nothing was charged."]
    back = enter_card(till, page.form("card").submit(), GOOD)
    assert "There is nothing for you to do." in back.form("take-card").submit().text
    till.work()
    done = come(invoice.patient_id)
    assert "is open" not in done.text
    assert len(till.charged()) >= 1
    ended = page.form("pay").submit()
    assert "is open" not in ended.text


def test_a_renewal_that_fails_for_good_asks_for_another_card_and_can_be_canceled_without_paying(till, come):
    row = till.member()
    till.bank.tell(method_in_use(till.session, row.patient_id).gateway_method_id, charge_code="expired_card")
    till.now_on("2026-12-23")
    till.look()
    page = come(row.patient_id)
    for words in ("This card has expired.", "From December 31, 2026 new visits and new deliveries wait", STAYS):
        assert words in page.text
    assert "pay" not in page.forms
    asked = page.click("Cancel my plan")
    assert "It ends today. The open payment is dropped, and you owe nothing." in asked.text
    assert "Your plan Starter has ended" in asked.form("cancel").submit().text


def test_a_plan_on_hold_says_that_nothing_is_charged_and_not_why(till, come):
    row = till.member()
    hold(till.session, row.id, reason="Blood pressure is too high.", by=till.by, now=till.clock())
    page = come(row.patient_id)
    assert "Nothing is charged meanwhile. The days that you have paid for are kept." in page.text
    assert "pressure" not in page.text
    done = page.click("Cancel my plan").form("cancel").submit()
    assert "It ends with the days that you have paid for." in done.text


def test_every_state_of_a_plan_and_of_a_payment_has_words():
    assert set(STATES) == set(SubscriptionState)
    assert set(PAYMENTS) == set(PaymentState)


def test_a_payment_is_confirmed_at_the_bank_and_looked_at_once_more(till, come):
    invoice = till.owing(ALWAYS_ASKS)
    till.work()
    page = come(invoice.patient_id)
    leaving = page.form("confirm").submit()
    assert leaving.links["Go to my bank's page"].startswith("https://")
    back = page.browser.get(f"/my-plan/invoices/{invoice.id}/confirm")
    till.bank.answer_challenge(till.payment(invoice).gateway_payment_id, is_confirmed=True)
    assert back.form("look").submit().toasts == ["✓ Thank you. It is paid."]
    assert page.form("confirm").submit().h1 == "Your plan"


def test_a_gateway_that_does_not_answer_is_said_and_nothing_is_lost(till, come):
    row = till.pending()
    till.session.commit()
    page = come(row.patient_id)
    till.gateway.faults.append("before")
    refused = page.form("card").submit()
    assert refused.status == 409
    assert "The payment company does not answer just now. Nothing was charged." in refused.text
    assert page.form("card").submit().h1 == "Enter your card"


def test_invoices_are_read_and_kept_by_their_own_patient_only(till, come):
    row, other = till.member(), till.member()
    page = come(row.patient_id)
    invoice = page.click("All invoices").click(next(words for words in page.links if "INV-" in words))
    assert "Membership Starter, Nov 23, 2026 to Dec 22, 2026" in invoice.text
    assert page.browser.client.get(invoice.links["Download as PDF"]).data.startswith(b"%PDF")
    theirs = till.session.scalars(select(Invoice).where(Invoice.subscription_id == other.id)).one()
    for path in (f"/my-plan/invoices/{theirs.id}", f"/my-plan/invoices/{theirs.id}.pdf"):
        assert page.browser.get(path).status == 404
    setup = till.session.scalars(select(CardSetup).where(CardSetup.patient_id == other.patient_id)).one()
    assert page.browser.get(f"/my-plan/card/{setup.id}").status == 404
    assert page.browser.get("/my-visits").status == 404


def test_five_wrong_birth_dates_lock_the_link_and_somebody_is_told(app, till):
    row = till.member()
    patient = till.session.get_one(Patient, row.patient_id)
    link = page_link(till.session, patient, by=COORDINATOR, now=NOW, ring=RING)
    door = Browser(app.test_client()).get(f"/v/{access.render_link(till.session, link_id=link.id, ring=RING)}")
    for _ in range(5):
        page = type_birth_date(door, patient.birth_date + timedelta(days=1))
    assert page.status == 410
    titles = [task.about.title for task in worklist.open_items(till.session, roles=[Role.COORDINATOR])]
    assert "Link to the plan locked" in titles


def test_every_page_speaks_spanish_names_no_amount_in_its_title_and_nothing_clinical(till, come):
    chosen = come(till.plan().patient_id, language="es")
    join = chosen.click("Elegir Estándar" if "Elegir Estándar" in chosen.links else "Elegir Standard")
    pages = [chosen, join, join.form("join").submit(), join.form("join").submit(is_agreed="yes")]
    pages.append(enter_card(till, pages[3], GOOD))
    own = come(till.member().patient_id, language="es")
    pages += [own, asked := own.click("Cambiar mi plan"), own.click("Pausar mi plan"), own.click("Cancelar mi plan")]
    pages.append(asked.click(next(words for words in asked.links if words.startswith("Ver cu"))))
    pages.append(bills := own.click("Todas las facturas"))
    pages.append(bills.click(next(words for words in bills.links if "INV" in words)))
    pages += [own.click("Pausar mi plan").form("pause").submit(), pages[-4].form("cancel").submit()]
    owing = till.owing(DECLINED)
    till.work()
    pages.append(late := come(owing.patient_id, language="es"))
    pages.append(late.click("Cancelar mi plan").form("cancel").submit())
    pages.append(come(owing.patient_id, language="es"))
    for one in pages:
        assert one.root.get("lang") == "es"
        assert english_in(one) == [], one.path
        assert "$" not in one.title
        assert not CLINICAL.search(re.sub(r"médicos?", "", one.text)), one.text
