"""What goes wrong at the seams of billing: money that comes late, ends that cross with holds, and records that join."""

from datetime import date

import pytest

from clinic import casework
from clinic.billing.actions.cards import ask_card, card_came, card_started, customer_made
from clinic.billing.actions.changing import change_plan
from clinic.billing.actions.credits import issue_credit_note
from clinic.billing.actions.ending import cancel, stop
from clinic.billing.actions.holding import hold, release
from clinic.billing.actions.pausing import pause
from clinic.billing.actions.renewing import renew
from clinic.billing.errors import WrongState
from clinic.billing.jobs.charging import pay_now
from clinic.billing.queries.balances import balance_cents
from clinic.billing.queries.changes import preview_change
from clinic.billing.queries.payments import customer_of, method_in_use
from clinic.billing.rules.documents import CreditKind
from clinic.kernel.actor import Actor, ActorKind
from clinic.people.models import Patient
from clinic.people.queries.allowances import allowance
from clinic.policies.actions import set_policy
from clinic.policies.rules import PolicyKey
from clinic.treatment.actions import end_plan_of_patient
from clinic.treatment.rules.phases import Phase
from tests.domains.billing.billing_makers import Life
from tests.domains.billing.payment_makers import GOOD
from tests.domains.scheduling.calendar_makers import COORDINATOR
from tests.domains.treatment.plan_makers import ADMIN, enter

WHY = "A reason for the record."


@pytest.fixture
def life(session, begin, clock) -> Life:
    return Life(session, begin, clock)


def now_and(life, by=COORDINATOR):
    return {"by": by, "now": life.clock()}


def renewal_declined(life: Life):
    """Return a membership whose card brings nothing from its first renewal on, which is now."""
    row = life.member()
    life.bank.tell(life.card(row).gateway_method_id, charge_code="insufficient_funds")
    life.now_on("2026-12-23")
    return row


def test_a_taper_that_is_over_without_a_membership_leaves_nothing_behind(life: Life) -> None:
    plan = life.clinic.plan(Phase.MAINTENANCE)
    said = {"reason": "Care begins with a membership.", "revision": 0, "by": ADMIN, "now": life.clock()}
    set_policy(life.session, key=PolicyKey.MEMBERSHIPS_REQUIRED, value=1, **said)
    seen = []
    for phase in (Phase.TAPER, Phase.AFTERCARE):
        enter(life.session, plan, phase, by=life.by, now=life.clock())
        life.collect()
        seen.append(allowance(life.session, plan.patient_id, now=life.clock()).is_open)
    assert seen == [True, False]


def test_a_change_that_is_paid_after_a_stop_gives_back_what_came_and_not_more(life: Life) -> None:
    row = life.member()
    life.clock.advance(days=15)
    change_plan(life.session, row.id, plan_code="intensive", **now_and(life))
    life.gateway.faults.append("after")
    life.collect()
    stop(life.session, row.id, reason=WHY, **now_and(life, life.by))
    for _ in range(3):
        life.clock.advance(minutes=10)
        life.collect()
    assert life.charged() == [25_000, 12_500]
    assert sorted(each.amount_cents for each in life.refunds()) == [12_500, 12_500]
    assert balance_cents(life.session, row.patient_id) == 0


def test_whoever_cancels_during_a_hold_what_is_not_paid_is_never_asked_for_it_again(life: Life) -> None:
    row = renewal_declined(life)
    life.look()
    hold(life.session, row.id, reason=WHY, **now_and(life, life.by))
    cancel(life.session, row.id, **now_and(life, life.patient_of(row)))
    assert (life.again(row).state, life.billed(row)[-1][1]) == ("canceled", "void")


def test_a_month_that_was_to_be_the_last_and_is_not_paid_ends_at_once_without_dunning(life: Life) -> None:
    row = renewal_declined(life)
    renew(life.session, row.id, **now_and(life))
    cancel(life.session, row.id, **now_and(life, life.patient_of(row)))
    life.collect()
    assert (life.again(row).state, life.billed(row)[-1][1]) == ("canceled", "void")


def test_a_pause_whose_last_day_a_hold_has_overtaken_is_none(life: Life) -> None:
    row = life.member()
    pause(life.session, row.id, resume_on=date(2026, 12, 30), **now_and(life))
    hold(life.session, row.id, reason=WHY, **now_and(life, life.by))
    life.clock.advance(days=20)
    release(life.session, row.id, **now_and(life, life.by))
    life.now_on("2027-01-12")
    life.look()
    assert (life.again(row).state, life.billed(row)[-1]) == ("active", ("renewal", "paid", "2027-01-12", 25_000))
    assert (row.is_pausing, row.resume_on) == (False, None)


def test_a_suspended_membership_that_the_balance_pays_begins_again_at_a_press(life: Life) -> None:
    row = renewal_declined(life)
    life.look()
    life.clock.advance(days=21)
    life.look()
    first, owed = life.invoices(row)
    said = {"kind": CreditKind.CREDIT, "amount_cents": 25_000, "reason": "Agreed"}
    issue_credit_note(life.session, first.id, **said, **now_and(life))
    life.session.commit()
    assert life.again(row).state == "suspended"
    assert pay_now(life.begin, life.gateways, owed.id, clock=life.clock, by=life.patient_of(row)) is None
    assert (life.again(row).state, life.billed(row)[-1]) == ("active", ("first", "paid", "2027-01-13", 0))


def test_a_card_that_comes_after_its_record_became_part_of_another_is_that_ones_card(life: Life) -> None:
    row, other = life.member(), life.plan()
    by, now = life.patient_of(row), life.clock()
    loser = life.session.get_one(Patient, other.patient_id)
    asker = Actor(kind=ActorKind.PATIENT, id=loser.id, name="Patient")
    setup = ask_card(life.session, loser.id, gateway=life.name, by=asker, now=now)
    customer = customer_of(life.session, loser.id, life.name)
    assert customer is not None
    token = life.gateway.create_customer(str(customer.id), key=str(customer.id))
    customer_made(life.session, customer.id, token=token)
    started = life.gateway.begin_card(token, key=str(setup.id), return_url="https://clinic.example.org")
    card_started(life.session, setup.id, started=started, now=now)
    loser.merged_into_id, loser.status = row.patient_id, "merged"
    life.enter(started.setup_id, GOOD)
    card = card_came(life.session, setup.id, result=life.gateway.card_of(started.setup_id), by=by, now=now)
    assert card is not None
    assert method_in_use(life.session, row.patient_id) is card
    life.now_on("2026-12-23")
    life.look()
    assert life.charged() == [25_000, 25_000]


def test_a_taper_that_moves_to_the_record_of_an_ended_membership_is_not_asked_for_money(life: Life) -> None:
    row, tapering = life.member(), life.clinic.plan(Phase.MAINTENANCE)
    enter(life.session, tapering, Phase.TAPER, by=life.by, now=life.clock())
    cancel(life.session, row.id, is_now=True, **now_and(life))
    end_plan_of_patient(life.session, patient_id=row.patient_id, reason=WHY, **now_and(life, life.by))
    life.collect()
    assert not allowance(life.session, row.patient_id, now=life.clock()).is_open
    versions = [life.session.get_one(Patient, each).version for each in (tapering.patient_id, row.patient_id)]
    pair = {"loser_id": tapering.patient_id, "survivor_id": row.patient_id}
    casework.merge(life.session, **pair, loser_version=versions[0], survivor_version=versions[1], **now_and(life))
    assert allowance(life.session, row.patient_id, now=life.clock()).is_open


def test_a_month_that_began_with_an_older_invoice_let_off_refuses_a_change_in_clear_words(life: Life) -> None:
    row = renewal_declined(life)
    life.look()
    life.clock.advance(days=21)
    life.look()
    said = {"kind": CreditKind.OFFSET, "amount_cents": 25_000, "reason": "Agreed"}
    issue_credit_note(life.session, life.invoices(row)[-1].id, **said, **now_and(life))
    assert (life.again(row).state, row.period_end_on) == ("active", date(2027, 2, 13))
    life.clock.advance(days=20)
    with pytest.raises(WrongState, match="was taken back"):
        preview_change(life.session, row.id, plan_code="standard", now=life.clock())
