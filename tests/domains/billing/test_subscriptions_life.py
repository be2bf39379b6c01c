"""The life of a membership: joined, approved, paid, renewed, and what time alone brings."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from clinic.billing.actions.approving import approve, decline
from clinic.billing.actions.enrolling import enroll
from clinic.billing.actions.renewing import go_on, renew
from clinic.billing.errors import (
    NoCard,
    NoRenewalConsent,
    NoTreatmentPlan,
    NotYourMembership,
    SecondSubscription,
    UnknownPlan,
    WrongState,
)
from clinic.billing.jobs.renewing import renew_due
from clinic.billing.models import Payment
from clinic.billing.queries.memberships import standing
from clinic.billing.rules.periods import Period
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.ids import new_id
from clinic.treatment.actions import end_plan_of_patient
from clinic.worklist.rules import WorkKind
from tests.domains.billing.billing_makers import KEEPER, Life
from tests.domains.billing.payment_makers import DECLINED, ZONE
from tests.domains.scheduling.calendar_makers import COORDINATOR


@pytest.fixture
def life(session, begin, clock) -> Life:
    return Life(session, begin, clock)


def test_nothing_is_charged_before_a_physician_says_yes_and_the_month_begins_with_its_payment(life: Life) -> None:
    row = life.wanted()
    life.card(row)
    life.pass_days(3)
    assert life.session.scalar(select(func.count()).select_from(Payment)) == 0
    assert life.asked(WorkKind.MEMBERSHIP_APPROVAL) == ["membership_approval"]
    approve(life.session, row.id, by=life.by, now=life.clock())
    assert (life.again(row).state, life.asked(WorkKind.MEMBERSHIP_APPROVAL)) == ("incomplete", [])
    life.collect()
    row = life.again(row)
    assert (row.state, row.period_start_on, row.period_end_on) == ("active", date(2026, 11, 26), date(2026, 12, 26))
    assert life.charged() == [25_000]
    assert life.events(row) == ["enrolled", "consented", "approved", "paid"]


def test_what_is_missing_for_an_approval_is_named(life: Life) -> None:
    plan = life.plan()
    row = enroll(life.session, plan.patient_id, plan_code="starter", zone=ZONE, by=COORDINATOR, now=life.clock())
    with pytest.raises(NotYourMembership):
        approve(life.session, row.id, by=COORDINATOR, now=life.clock())
    with pytest.raises(NoRenewalConsent):
        approve(life.session, row.id, by=life.by, now=life.clock())
    other = life.wanted()
    with pytest.raises(NoCard):
        approve(life.session, other.id, by=life.by, now=life.clock())
    life.card(other)
    end_plan_of_patient(
        life.session, patient_id=other.patient_id, reason="It was not needed.", by=COORDINATOR, now=life.clock()
    )
    with pytest.raises(NoTreatmentPlan):
        approve(life.session, other.id, by=life.by, now=life.clock())


def test_a_second_membership_a_strangers_and_an_unknown_plan_are_refused(life: Life) -> None:
    row = life.wanted()
    asked = {"zone": ZONE, "now": life.clock()}
    with pytest.raises(SecondSubscription, match="never a second"):
        enroll(life.session, row.patient_id, plan_code="standard", by=COORDINATOR, **asked)
    stranger = Actor(kind=ActorKind.PATIENT, id=new_id(), name="Patient")
    with pytest.raises(NotYourMembership):
        enroll(life.session, row.patient_id, plan_code="starter", by=stranger, **asked)
    with pytest.raises(UnknownPlan):
        enroll(life.session, life.plan().patient_id, plan_code="gold", by=COORDINATOR, **asked)


def test_a_no_ends_it_and_a_new_one_may_begin(life: Life) -> None:
    row = life.wanted()
    decline(life.session, row.id, reason="Not the right time for it.", by=life.by, now=life.clock())
    assert (row.state, life.last_event(row).reason) == ("expired", "Not the right time for it.")
    with pytest.raises(WrongState, match="Begin a new one"):
        approve(life.session, row.id, by=life.by, now=life.clock())
    again = enroll(life.session, row.patient_id, plan_code="starter", zone=ZONE, by=COORDINATOR, now=life.clock())
    assert again.state == "pending"


def test_a_first_payment_that_does_not_come_in_three_days_ends_it(life: Life) -> None:
    row = life.member(number=DECLINED)
    life.pass_days(2)
    assert life.again(row).state == "incomplete"
    life.pass_days(1)
    assert life.again(row).state == "expired"
    assert [each.state for each in life.invoices(row)] == ["void"]


def test_a_membership_that_nobody_decides_about_runs_out_after_sixty_days_with_its_card(life: Life) -> None:
    row = life.wanted()
    life.card(row)
    life.clock.advance(days=59)
    life.look()
    assert life.again(row).state == "pending"
    life.clock.advance(days=2)
    life.look()
    seen = standing(life.session, row.patient_id, now=life.clock())
    assert seen is not None
    assert (life.again(row).state, seen.card, seen.is_live) == ("expired", None, False)


def test_renewals_from_the_end_of_a_month_leave_no_gap_and_ask_each_month_once(life: Life) -> None:
    life.now_on("2027-01-31")
    row = life.member()
    for day in ("2027-02-27", "2027-02-28", "2027-03-30", "2027-03-31", "2027-04-30"):
        life.now_on(day)
        life.look()
    found = life.invoices(row)
    assert [str(each.period_start_on) for each in found] == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]
    assert all(one.period_end_on == two.period_start_on for one, two in pairwise(found))
    assert life.charged() == [25_000] * 4


def test_a_clinic_that_was_away_for_days_renews_each_once(life: Life) -> None:
    row = life.member()
    life.clock.advance(days=36)
    for _ in range(3):
        life.look()
    row = life.again(row)
    assert Period(row.period_start_on, row.period_end_on) == (date(2026, 12, 23), date(2027, 1, 23))
    assert [kind for kind, *_ in life.billed(row)] == ["first", "renewal"]
    assert renew(life.session, row.id, by=KEEPER, now=life.clock()) is None


def test_workers_at_once_bill_a_month_once(database, clock) -> None:
    with database.sessions() as session:
        life = Life(session, database.begin, clock)
        rows = [life.member() for _ in range(2)]
        life.now_on("2026-12-23")
        session.commit()
        with ThreadPoolExecutor(4) as workers:
            looked = workers.map(lambda _: renew_due(life.begin, clock=clock, by=KEEPER), range(4))
            assert sum(looked) >= len(rows)
        assert [life.billed(row)[1:] for row in rows] == [[("renewal", "open", "2026-12-23", 25_000)]] * 2


def test_more_than_one_missed_month_is_billed_by_nobody_until_a_person_goes_on(life: Life) -> None:
    row = life.member()
    life.clock.advance(days=70)
    life.look()
    assert (len(life.invoices(row)), life.asked(WorkKind.MISSED_PERIODS)) == (1, ["missed_periods"])
    go_on(life.session, row.id, by=COORDINATOR, now=life.clock())
    life.collect()
    assert life.billed(row)[1:] == [("renewal", "paid", "2027-01-23", 25_000)]
    assert life.asked(WorkKind.MISSED_PERIODS) == []
    with pytest.raises(WrongState, match="No month was missed"):
        go_on(life.session, row.id, by=COORDINATOR, now=life.clock())


def test_what_a_person_sees_says_the_next_charge(life: Life) -> None:
    row = life.member()
    seen = standing(life.session, row.patient_id, now=life.clock() + timedelta(days=1))
    assert seen is not None
    assert (seen.plan_code, seen.cents, seen.state, seen.next_charge) == (
        "starter",
        25_000,
        "active",
        (date(2026, 12, 23), 25_000),
    )
    assert (seen.left, seen.card.last4, seen.has_consent) == ({"sessions": 2}, "4242", True)
    assert standing(life.session, life.plan().patient_id, now=life.clock()) is None
