"""A patient goes to another physician: proposed by the desk, accepted by the one who receives, carried out on a day."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from clinic.handover.actions.answering import accept_transfer, decline_transfer
from clinic.handover.actions.proposing import propose_transfer, withdraw_transfer
from clinic.handover.errors import NotYoursToAnswer, TransferOver, TransferRefused, TransferWaits
from clinic.handover.jobs import due, hand_over_when_due
from clinic.handover.queries.transfers import choices, may_read, transfers_for, transfers_of
from clinic.handover.rules.transferring import Receiver, why_not, why_not_on
from clinic.kernel.errors import ChangedMeanwhile
from clinic.messaging.models import Message
from clinic.people import queries as people
from clinic.people.models import Physician
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.slots import LicencePeriod
from clinic.treatment.errors import ReasonTooShort
from clinic.treatment.rules.phases import Phase
from clinic.worklist import actions as worklist
from clinic.worklist.models import WorkItem
from clinic.worklist.rules import WorkKind
from tests.domains.medication.medication_makers import OrderClinic
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.treatment.plan_makers import BECAUSE, book, on
from tests.domains.waitlist.waitlist_makers import wait_for_first

TODAY = date(2026, 11, 23)
FL = (LicencePeriod("FL", date(2020, 1, 1), None),)


@pytest.fixture
def propose(session, plan, haddad):
    def proposed(to=None, *, day=TODAY, reason=BECAUSE):
        return propose_transfer(
            session,
            patient_id=plan.patient_id,
            to_physician_id=(to or haddad[0]).id,
            on=day,
            reason=reason,
            by=COORDINATOR,
            now=NOW,
        )

    return proposed


@pytest.fixture
def accept(session, haddad):
    def accepted(row, *, by=None, version=None):
        wanted = {"version": version or row.version, "by": by or haddad[1], "now": NOW, "ring": RING}
        return accept_transfer(session, transfer_id=row.id, **wanted)

    return accepted


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, None),
        ({"is_present": True}, "has this patient already"),
        ({"is_active": False}, "does not see patients now"),
        ({"takes_patients": False}, "takes no further patients now"),
        ({"licences": ()}, "holds no Florida license on that day"),
        ({"licences": (LicencePeriod("NJ", date(2020, 1, 1), None),)}, "holds no Florida license"),
        ({"licences": (LicencePeriod("FL", date(2020, 1, 1), date(2026, 11, 22)),)}, "holds no Florida license"),
    ],
)
def test_who_can_receive_a_patient(changes, words):
    facts = {"name": "Dr. X", "is_present": False, "is_active": True, "takes_patients": True, "licences": FL} | changes
    found = why_not(Receiver(**facts), state="FL", on=TODAY)
    assert found is None if words is None else words in found


@pytest.mark.parametrize(("days", "is_fine"), [(-1, False), (0, True), (180, True), (181, False)])
def test_the_day_is_today_or_within_half_a_year(days, is_fine):
    assert (why_not_on(TODAY + timedelta(days=days), today=TODAY) is None) is is_fine


def test_the_whole_way_from_proposal_to_the_new_physician(session, courses, plan, haddad, propose, accept, kinds_open):
    visit = book(session, plan, at=on("2026-12-02"), kind="follow_up")
    row = propose()
    assert kinds_open(plan.patient_id) == ["transfer_waiting"]
    assert [each.transfer.id for each in transfers_for(session, haddad[0].id, now=NOW)] == [row.id]
    assert not people.may_see(session, actor=haddad[1], patient_id=plan.patient_id, now=NOW)
    done = accept(row)
    assert (done.state, plan.physician_id, done.left) == ("done", haddad[0].id, [])
    assert (visit.physician_id, visit.starts_at) == (haddad[0].id, on("2026-12-02"))
    assert kinds_open(plan.patient_id) == []
    assert people.may_see(session, actor=haddad[1], patient_id=plan.patient_id, now=NOW)
    assert people.may_see(session, actor=courses.doctor, patient_id=plan.patient_id, now=NOW + timedelta(days=29))
    assert not people.may_see(session, actor=courses.doctor, patient_id=plan.patient_id, now=NOW + timedelta(days=31))
    former = {"physician_id": courses.okafor.id, "actor": courses.doctor}
    reads = [may_read(session, row, now=NOW + timedelta(days=days), **former) for days in (29, 31)]
    assert reads == [True, False]
    [told] = transfers_for(session, courses.okafor.id, now=NOW)
    assert (told.from_name, told.to_name) == ("Dr. Amara Okafor", "Dr. Noor Haddad")
    texts = set(session.scalars(select(Message.template_key).where(Message.state == "pending")))
    assert "COURSE_CHANGED" in texts
    assert "VISIT_MOVED" not in texts


def test_a_visit_without_a_time_of_the_new_physician_stays_and_becomes_a_task(
    session, courses, plan, propose, accept, kinds_open
):
    visit = book(session, plan, at=on("2026-12-02"), kind="follow_up")
    nights = courses.physician("Dr. Ida Night", opens=on("2026-12-02", 22).time(), closes=on("2026-12-02", 23).time())
    row = accept(propose(nights[0]), by=nights[1])
    assert (visit.physician_id, visit.starts_at) == (courses.okafor.id, on("2026-12-02"))
    assert "found no time with the new physician" in row.left[0]
    assert kinds_open(plan.patient_id) == ["visit_not_handed_over"]


def test_wishes_for_the_former_physician_go_along_and_somebody_calls_whom_no_text_tells(
    session, courses, plan, haddad, propose, accept, kinds_open
):
    patient = people.patient(session, plan.patient_id)
    courses.clinic.visit_type()
    theirs = wait_for_first(session, patient, physician_id=courses.okafor.id)
    accept(propose())
    assert (theirs.state, theirs.physician_id) == ("waiting", haddad[0].id)
    assert kinds_open(plan.patient_id) == ["handed_over_call"]


def test_what_begins_before_the_day_stays_with_the_former_physician(session, courses, plan, haddad, propose, accept):
    before = book(session, plan, at=on("2026-12-02"), kind="follow_up")
    after = book(session, plan, at=on("2026-12-10"), kind="follow_up")
    row = accept(propose(day=date(2026, 12, 5)))
    assert (row.state, plan.physician_id) == ("accepted", courses.okafor.id)
    assert people.may_see(session, actor=haddad[1], patient_id=plan.patient_id, now=NOW)
    assert due(session, now=on("2026-12-04", 18))[0] == []
    assert due(session, now=on("2026-12-05"))[0] == [row.id]
    assert {visit.physician_id for visit in (before, after)} == {courses.okafor.id}


def test_signed_orders_stay_and_the_new_physician_is_asked_for_an_own_one(session, kinds_open):
    ordering = OrderClinic(session)
    order = ordering.signed(ordering.treated())
    haddad, actor = ordering.physician("Dr. Noor Haddad")
    wanted = {"patient_id": order.patient_id, "to_physician_id": haddad.id, "on": TODAY, "reason": BECAUSE}
    row = propose_transfer(session, **wanted, by=COORDINATOR, now=NOW)
    done = accept_transfer(session, transfer_id=row.id, version=row.version, by=actor, now=NOW, ring=RING)
    assert (order.state, order.physician_id) == ("signed", ordering.okafor.id)
    assert "needs an order of the new physician" in done.left[0]
    assert "order_of_new_physician" in kinds_open(order.patient_id)


def test_tasks_that_the_former_physician_had_taken_are_free_again(session, courses, plan, propose, accept):
    item_id = worklist.open_item(
        session,
        kind=WorkKind.REFILL_DUE,
        dedupe_key="refill",
        reason="Asked.",
        subject_kind="patient",
        subject_id=plan.patient_id,
        patient_id=plan.patient_id,
        now=NOW,
        by=COORDINATOR,
    )
    worklist.claim(session, item_id=item_id, version=1, by=courses.doctor, now=NOW)
    accept(propose())
    assert session.get_one(WorkItem, item_id).claimed_by is None


def test_a_refusal_says_which_box(session, courses, plan, propose):
    jersey = courses.clinic.physician("Dr. Jersey Only", states=("NJ",))
    for to, day, field in ((jersey, TODAY, "to"), (courses.okafor, TODAY, "to"), (None, date(2026, 11, 22), "on")):
        with pytest.raises(TransferRefused) as refused:
            propose(to, day=day)
        assert refused.value.field == field
    with pytest.raises(ReasonTooShort):
        propose(reason=" ")
    listed = {each.name: each.why_not for each in choices(session, state="FL", present_id=plan.physician_id, on=TODAY)}
    assert listed["Dr. Noor Haddad"] is None
    assert "Florida license" in listed["Dr. Jersey Only"]


def test_who_takes_no_patients_any_more_is_refused_also_at_the_answer(session, haddad, propose, accept):
    row = propose()
    session.get_one(Physician, haddad[0].id).takes_patients = False
    with pytest.raises(TransferRefused, match="takes no further patients"):
        accept(row)


def test_one_hand_over_at_a_time_and_only_the_receiver_answers_once(session, courses, plan, haddad, propose, accept):
    row = propose()
    with pytest.raises(TransferWaits):
        propose()
    with pytest.raises(NotYoursToAnswer):
        accept(row, by=courses.doctor)
    with pytest.raises(ChangedMeanwhile):
        accept(row, version=row.version + 1)
    decline_transfer(
        session, transfer_id=row.id, version=row.version, answer="My panel is full.", by=haddad[1], now=NOW
    )
    assert plan.physician_id == courses.okafor.id
    with pytest.raises(TransferOver):
        accept(row)
    again = propose()
    withdraw_transfer(session, transfer_id=again.id, version=again.version, by=COORDINATOR, now=NOW)
    assert {each.transfer.state for each in transfers_of(session, plan.patient_id)} == {"withdrawn", "declined"}


def test_history_says_who_had_the_patient_since_when(session, courses, plan, haddad, propose, accept):
    accept(propose())
    other = courses.physician("Dr. Ida Second")
    row = propose(other[0])
    assert row.had_since == NOW
    assert (row.from_physician_id, row.to_physician_id) == (haddad[0].id, other[0].id)
    assert session.scalars(select(Appointment.id)).all() == []


def test_a_hand_over_that_is_not_possible_on_its_day_is_a_task_and_holds_up_no_other(
    session, courses, plan, haddad, propose, accept, kinds_open, begin, clock
):
    row = accept(propose(day=date(2026, 12, 5)))
    other = courses.physician("Dr. Ida Second")
    second = courses.plan(Phase.MAINTENANCE, since=on("2026-10-26"))
    wanted = {"to_physician_id": other[0].id, "on": date(2026, 12, 6), "reason": BECAUSE, "by": COORDINATOR}
    later = propose_transfer(session, patient_id=second.patient_id, **wanted, now=NOW)
    accept(later, by=other[1])
    session.get_one(Physician, haddad[0].id).is_active = False
    session.commit()
    clock.instant = on("2026-12-06")
    assert [hand_over_when_due(begin, clock=clock, ring=RING, by=COORDINATOR) for _ in range(2)] == [1, 0]
    session.expire_all()
    assert (row.state, later.state) == ("accepted", "done")
    assert "transfer_waiting" in kinds_open(plan.patient_id)


def test_who_accepted_for_a_later_day_sees_nothing_once_it_is_taken_back(session, plan, haddad, propose, accept):
    row = accept(propose(day=date(2026, 12, 5)))
    assert people.may_see(session, actor=haddad[1], patient_id=plan.patient_id, now=NOW)
    withdraw_transfer(session, transfer_id=row.id, version=row.version, by=COORDINATOR, now=NOW)
    assert not people.may_see(session, actor=haddad[1], patient_id=plan.patient_id, now=NOW)
