"""What a membership lets begin, and what no state of it ever takes away."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from clinic.billing.actions.ending import cancel
from clinic.billing.actions.holding import hold, release
from clinic.billing.queries.memberships import standing
from clinic.billing.queries.subscriptions import may
from clinic.billing.rules.capabilities import ALWAYS, SOLD, Capability, capabilities
from clinic.billing.rules.subscriptions import SubscriptionState
from clinic.gateways.payments.bank import Bank
from clinic.gateways.payments.sandbox import SandboxGateway
from clinic.medication.actions.pharmacy_steps import Told, record_pharmacy_step
from clinic.medication.models import Fill
from clinic.medication.queries.gathering import gate_inputs
from clinic.medication.rules.fills import FillState
from clinic.people.models import CareAllowance
from clinic.people.rules.allowances import Allowance
from clinic.policies.actions import set_policy
from clinic.policies.rules import PolicyKey
from clinic.scheduling.actions import move
from clinic.scheduling.errors import NotCovered
from clinic.treatment.actions.changing import change_plan
from clinic.treatment.actions.courses import commit_course
from clinic.treatment.queries.courses import propose_course
from clinic.treatment.rules.courses import CourseWish
from clinic.treatment.rules.phases import Phase
from tests.domains.billing.billing_makers import Life
from tests.domains.medication.medication_makers import OrderClinic
from tests.domains.medication.supply_makers import a_plan_of, a_released_fill, an_order
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.treatment.plan_makers import ADMIN, BECAUSE, book, enter, on, take

NEW = sorted(SOLD)


@pytest.fixture
def life(session, begin, clock) -> Life:
    return Life(session, begin, clock)


def allowed(life: Life, patient_id) -> list[bool]:
    return [may(life.session, patient_id, each, now=life.clock()) for each in NEW]


def paid_at_gate(life: Life, patient_id) -> tuple[bool | None, int | None]:
    found = gate_inputs(life.session, [patient_id], now=life.clock())[patient_id]
    return found.is_paid, found.shipments_left


@pytest.mark.parametrize("state", [None, *SubscriptionState])
@pytest.mark.parametrize("days", [0, 7, 8, 400])
def test_no_state_and_no_debt_takes_away_what_is_always_given(state, days) -> None:
    assert capabilities(state, days_past_due=days) >= ALWAYS
    assert {Capability.MONITORING, Capability.SAFETY, Capability.TAPER, Capability.RECORDS} <= ALWAYS


def test_who_never_had_a_membership_is_not_limited_unless_the_clinic_says_so(life: Life) -> None:
    plan = life.plan()
    assert (allowed(life, plan.patient_id), paid_at_gate(life, plan.patient_id)) == ([True, True], (True, None))
    said = {"reason": "Care begins with a membership.", "revision": 0, "by": ADMIN, "now": life.clock()}
    set_policy(life.session, key=PolicyKey.MEMBERSHIPS_REQUIRED, value=1, **said)
    assert (allowed(life, plan.patient_id), paid_at_gate(life, plan.patient_id)) == ([False, False], (False, None))
    with pytest.raises(NotCovered):
        book(life.session, plan, at=on("2026-12-02"), now=life.clock())
    assert book(life.session, plan, at=on("2026-12-02"), kind="follow_up", now=life.clock()).state == "booked"


def test_the_days_of_grace_pass_and_then_nothing_new_begins_while_what_is_booked_stays(life: Life) -> None:
    plan = life.plan()
    row = life.member(plan=plan)
    life.bank.tell(life.card(row).gateway_method_id, charge_code="insufficient_funds")
    visit = book(life.session, plan, at=on("2027-01-04"), now=life.clock())
    life.now_on("2026-12-23")
    life.look()
    for days, is_open in ((7, True), (8, False)):
        life.now_on(date(2026, 12, 23) + timedelta(days=days))
        assert allowed(life, plan.patient_id) == [is_open, is_open]
        assert paid_at_gate(life, plan.patient_id)[0] is is_open
        assert standing(life.session, plan.patient_id, now=life.clock()).lets_begin is is_open
    with pytest.raises(NotCovered, match="what is booked stays"):
        book(life.session, plan, at=on("2027-01-05"), now=life.clock())
    doctors = book(life.session, plan, at=on("2027-01-05"), now=life.clock(), by=life.by)
    assert (doctors.state, visit.state) == ("booked", "booked")


def test_what_is_proposed_to_a_member_is_covered_and_a_physician_is_asked_for_nothing(life: Life) -> None:
    plan = life.plan()
    life.member(plan=plan)
    asked = {"plan_id": plan.id, "now": life.clock()}
    refusal = propose_course(life.session, **asked, wish=CourseWish()).refusal
    assert "The plan has 2 sessions in that month and 0 are booked" in " ".join(refusal.sentences)
    longer = {"induction.sessions": 4, "induction.most_gap_days": 28, "induction.most_days": 90}
    seen = {"plan_id": plan.id, "reason": BECAUSE, "version": plan.version}
    change_plan(life.session, **seen, adjustments=longer, by=life.by, now=life.clock())
    found = propose_course(life.session, **asked, wish=CourseWish())
    booked = {"plan_id": plan.id, "version": plan.version, "ring": RING, "now": life.clock()}
    made = commit_course(life.session, **booked, visits=found.chosen(), by=COORDINATOR)
    assert sum(one.visit_type_code == "induction_session" for one in made) == 4


def test_a_membership_that_stopped_leaves_the_physician_visit_and_says_why(life: Life) -> None:
    plan = life.plan()
    taken = take(life.session, plan, at=on("2026-11-24"), now=life.clock())
    row = CareAllowance(patient_id=plan.patient_id, zone="UTC", stops_at=taken.ends_at, is_tapering=False)
    life.session.add(row)
    now = taken.ends_at + timedelta(hours=1)
    found = propose_course(life.session, plan_id=plan.id, wish=CourseWish(), now=now)
    assert [one.kind for one in found.new] == ["review"]
    assert "lets no new session begin" in " ".join(found.warnings)
    doctors = propose_course(life.session, plan_id=plan.id, wish=CourseWish(), now=now, by=life.by)
    assert [one.kind for one in doctors.new].count("session") == 5


def test_a_month_has_as_many_sessions_as_its_plan_says_wherever_they_were_moved(life: Life) -> None:
    plan = life.plan()
    row = life.member(plan=plan)
    first = book(life.session, plan, at=on("2026-12-01"), now=life.clock())
    book(life.session, plan, at=on("2026-12-08"), now=life.clock())
    assert standing(life.session, row.patient_id, now=life.clock()).left["sessions"] == 0
    with pytest.raises(NotCovered, match="2 sessions in that month and 2 are booked"):
        book(life.session, plan, at=on("2026-12-15"), now=life.clock())
    book(life.session, plan, at=on("2026-12-29"), now=life.clock())
    move(
        life.session,
        appointment_id=first.id,
        physician_id=first.physician_id,
        starts_at=on("2026-12-28"),
        version=first.version,
        by=COORDINATOR,
        now=life.clock(),
        ring=RING,
    )
    book(life.session, plan, at=on("2026-12-15"), now=life.clock())


def test_whoever_tapers_is_never_asked_for_money(life: Life) -> None:
    plan = life.clinic.plan(Phase.MAINTENANCE)
    row = life.member(plan=plan)
    cancel(life.session, row.id, is_now=True, by=COORDINATOR, now=life.clock())
    life.collect()
    assert allowed(life, plan.patient_id) == [False, False]
    enter(life.session, plan, Phase.TAPER, by=life.by, now=life.clock())
    life.collect()
    assert (allowed(life, plan.patient_id), paid_at_gate(life, plan.patient_id)) == ([True, True], (True, None))
    enter(life.session, plan, Phase.AFTERCARE, by=life.by, now=life.clock())
    life.collect()
    assert paid_at_gate(life, plan.patient_id)[0] is False


def test_a_hold_does_not_give_the_month_its_sessions_again(life: Life) -> None:
    plan = life.plan()
    row = life.member(plan=plan)
    for day in ("2026-11-24", "2026-11-25"):
        book(life.session, plan, at=on(day), now=life.clock())
    life.clock.advance(days=5)
    hold(life.session, row.id, reason="A reason for the record.", by=life.by, now=life.clock())
    life.clock.advance(days=3)
    release(life.session, row.id, by=life.by, now=life.clock())
    found = life.session.get_one(CareAllowance, row.patient_id)
    assert (found.period_start_on, found.period_end_on, found.most_sessions) == (
        date(2026, 11, 23),
        date(2026, 12, 26),
        2,
    )
    with pytest.raises(NotCovered):
        book(life.session, plan, at=on("2026-12-09"), now=life.clock())


def test_a_later_month_counts_for_itself() -> None:
    found = Allowance(is_open=True, period=(date(2027, 1, 31), date(2027, 2, 28)), most_sessions=2)
    assert found.days_around(date(2027, 2, 27)) == (date(2027, 1, 31), date(2027, 2, 28))
    assert found.days_around(date(2027, 2, 28)) == (date(2027, 2, 28), date(2027, 3, 28))
    assert found.days_around(date(2027, 4, 28)) == (date(2027, 4, 28), date(2027, 5, 28))
    assert found.days_around(date(2027, 1, 30)) is None


@pytest.mark.parametrize(("is_sent", "left"), [(False, "canceled"), (True, "sent")])
def test_a_hold_cancels_what_no_pharmacy_has_and_leaves_what_was_sent(session, begin, clock, is_sent, left) -> None:
    life = SuppliedLife(session, begin, clock)
    order = an_order(life.clinic)
    row = life.member(plan=a_plan_of(session, order))
    fill = a_released_fill(life.clinic, order)
    assert paid_at_gate(life, row.patient_id) == (True, 0)
    if is_sent:
        record_pharmacy_step(session, fill_id=fill.id, told=Told(state=FillState.SENT), by=COORDINATOR, now=clock())
    hold(session, row.id, reason="A reason for the record.", by=life.by, now=clock())
    life.collect()
    assert session.get_one(Fill, fill.id).state == left
    assert paid_at_gate(life, row.patient_id)[0] is False


@dataclass
class SuppliedLife(Life):
    """A clinic that sends shipments too."""

    def __post_init__(self) -> None:
        self.clock.instant = NOW
        self.gateway = SandboxGateway(Bank(self.clock))
        self.clinic = OrderClinic(self.session)
