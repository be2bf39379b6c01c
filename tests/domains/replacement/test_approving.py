"""Approving, carrying out, taking back: one transaction a row, one text a visit, and two people at once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.ids import new_id
from clinic.messaging.models import Message
from clinic.people.queries import may_see
from clinic.replacement.actions.approving import approve, approve_all, set_aside, take_up
from clinic.replacement.actions.carrying import carry_out
from clinic.replacement.actions.opening import close_replacement
from clinic.replacement.actions.proposing import propose_again
from clinic.replacement.actions.undoing import undo_row
from clinic.replacement.errors import (
    AbsenceListed,
    NothingToPlace,
    ReplacementNotAllowed,
    ReplacementOver,
    UnknownReplacement,
)
from clinic.replacement.models import ReplacementStep
from clinic.replacement.queries.batches import listed, listed_one, rows_shown
from clinic.replacement.rules.states import RowState
from clinic.scheduling import actions as scheduling
from clinic.scheduling.errors import UndoNotPossible
from clinic.scheduling.models import Appointment, AppointmentHistory
from clinic.scheduling.queries import overrides_of, physician_at_first
from clinic.scheduling.rules.states import CancelReason
from clinic.treatment.actions.changing import set_preferences
from clinic.worklist.models import WorkItem
from tests.domains.replacement.out_makers import WEDNESDAY, pick_of
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.treatment.plan_makers import book, on

SAM = Actor(kind=ActorKind.STAFF, id=new_id(), name="Sam Whitfield", roles=frozenset({Role.COORDINATOR}))
WAIT = timedelta(seconds=180)


def waiting_texts(session, visit):
    wanted = select(Message.template_key, Message.due_at).where(
        Message.subject_id == visit.id, Message.state == "pending", Message.template_key.like("BOOK%")
    )
    return session.execute(wanted).all()


def open_tasks(session):
    return sorted(session.scalars(select(WorkItem.kind).where(WorkItem.state == "open")))


def test_one_press_closes_the_hours_lists_the_visits_and_opens_the_tasks(session, out_clinic):
    visit = out_clinic.visit(10)
    batch = out_clinic.open(closes_hours=True)
    (closed,) = overrides_of(session, physician_id=out_clinic.out.id, since=NOW)
    assert (closed.id, closed.starts_at, closed.ends_at) == (batch.override_id, batch.starts_at, batch.ends_at)
    assert open_tasks(session) == ["replacement_open", "stranded_visit"]
    due = session.scalar(select(WorkItem.due_at).where(WorkItem.kind == "replacement_open"))
    assert due == visit.starts_at
    out_clinic.carry_out(batch)
    assert open_tasks(session) == []


def test_a_move_keeps_row_and_uid_raises_the_sequence_and_sends_one_text_after_the_wait(session, out_clinic):
    visit = out_clinic.visit(10)
    uid, sequence = visit.uid, visit.sequence
    batch = out_clinic.open()
    (row,) = out_clinic.carry_out(batch)
    session.refresh(visit)
    assert (row.state, row.moved_at, row.approved_by_name) == (RowState.MOVED, NOW, COORDINATOR.name)
    assert (visit.physician_id, visit.starts_at) == (out_clinic.ruiz.id, on(WEDNESDAY, 10))
    assert (visit.uid, visit.sequence) == (uid, sequence + 1)
    history = select(AppointmentHistory.change, AppointmentHistory.actor_name).where(
        AppointmentHistory.appointment_id == visit.id
    )
    assert session.execute(history).all()[-1] == ("moved", COORDINATOR.name)
    assert waiting_texts(session, visit) == [("BOOK_CHANGED", NOW + WAIT)]


def test_the_patient_is_told_that_somebody_else_sees_them_until_it_is_undone(session, out_clinic):
    visit = out_clinic.visit(10)
    batch = out_clinic.open()
    assert physician_at_first(session, visit.id) is None
    (row,) = out_clinic.carry_out(batch)
    assert physician_at_first(session, visit.id) == "Dr. Amara Okafor"
    undo_row(session, row_id=row.id, by=COORDINATOR, now=NOW, ring=RING)
    assert physician_at_first(session, visit.id) is None


def test_who_takes_over_may_see_the_patient_and_who_is_out_by_that_visit_no_more(session, out_clinic):
    visit = out_clinic.visit(10)
    _, hart = out_clinic.courses.physician("Dr. Lena Hart")
    ruiz = Actor(kind=ActorKind.STAFF, id=out_clinic.ruiz.staff_id, name="Dr. Ruiz", roles=frozenset({Role.PHYSICIAN}))
    out_clinic.carry_out(out_clinic.open())
    session.flush()
    sees = [may_see(session, actor=one, patient_id=visit.patient_id, now=NOW) for one in (ruiz, hart)]
    assert sorted(sees) == [False, True]


def test_who_did_what_is_kept_for_good(session, out_clinic):
    visit = out_clinic.visit(10)
    batch = out_clinic.open()
    (row,) = out_clinic.carry_out(batch)
    undo_row(session, row_id=row.id, by=SAM, now=NOW, ring=RING)
    steps = session.scalars(
        select(ReplacementStep).where(ReplacementStep.replacement_id == batch.id).order_by(ReplacementStep.id)
    ).all()
    assert [(step.step, step.actor_name) for step in steps] == [
        ("found", COORDINATOR.name),
        ("approved", COORDINATOR.name),
        ("moved", COORDINATOR.name),
        ("undone", SAM.name),
    ]
    assert [step.sequence for step in steps] == [None, None, visit.sequence - 1, visit.sequence]


def test_a_colleague_took_the_place_so_that_row_gets_the_next_best_and_the_others_go_on(session, out_clinic):
    ten, eleven = out_clinic.visit(10), out_clinic.visit(11)
    batch = out_clinic.open()
    approve_all(session, replacement_id=batch.id, version=batch.version, by=COORDINATOR, now=NOW)
    out_clinic.visit(10, physician=out_clinic.ruiz)
    for row in out_clinic.rows(batch):
        carry_out(session, row_id=row.id, by=COORDINATOR, now=NOW, ring=RING)
    lost, moved = out_clinic.row_of(batch, ten), out_clinic.row_of(batch, eleven)
    assert moved.state == RowState.MOVED
    assert lost.state == RowState.PROPOSED
    assert (lost.to_physician_id, lost.to_starts_at) != (out_clinic.ruiz.id, on(WEDNESDAY, 10))
    assert "is lost: This time is taken" in lost.said
    session.refresh(ten)
    assert ten.starts_at == on(WEDNESDAY, 10)
    assert ten.physician_id == out_clinic.out.id
    assert waiting_texts(session, ten)[-1].template_key == "BOOK_CONFIRM"


def test_rules_beside_the_calendar_are_judged_again_before_the_move(session, out_clinic):
    plan = out_clinic.courses.plan()
    visit = book(session, plan, at=on(WEDNESDAY, 10))
    batch = out_clinic.open()
    assert out_clinic.row_of(batch, visit).to_starts_at == visit.starts_at
    approve_all(session, replacement_id=batch.id, version=batch.version, by=COORDINATOR, now=NOW)
    usual = {"patient_hours": [], "are_patient_hours_strict": False, "support_name": None, "support_phone": None}
    set_preferences(
        session,
        plan_id=plan.id,
        support_hours=[[2, "13:00", "17:00"]],
        place=None,
        version=plan.version,
        by=COORDINATOR,
        now=NOW,
        **usual,
    )
    row = out_clinic.row_of(batch, visit)
    carry_out(session, row_id=row.id, by=COORDINATOR, now=NOW, ring=RING)
    row = out_clinic.row_of(batch, visit)
    assert (row.state, row.to_starts_at) == (RowState.PROPOSED, on(WEDNESDAY, 13))
    assert "support person cannot be there" in row.said
    session.refresh(visit)
    assert visit.physician_id == out_clinic.out.id


def test_what_a_colleague_moved_or_canceled_meanwhile_is_settled_and_left_alone(session, out_clinic):
    ten, eleven = out_clinic.visit(10), out_clinic.visit(11)
    batch = out_clinic.open()
    approve_all(session, replacement_id=batch.id, version=batch.version, by=COORDINATOR, now=NOW)
    scheduling.move(
        session,
        appointment_id=ten.id,
        physician_id=out_clinic.ruiz.id,
        starts_at=on("2026-11-27", 9),
        by=SAM,
        now=NOW,
        ring=RING,
    )
    scheduling.cancel(session, appointment_id=eleven.id, reason=CancelReason.PATIENT_REQUEST, by=SAM, now=NOW)
    found = listed_one(session, batch.id, actor=COORDINATOR)
    shown = rows_shown(session, found, now=NOW, limit=50, offset=0)
    assert [row.state for row in shown] == [RowState.GONE, RowState.GONE]
    for row in out_clinic.rows(batch):
        carry_out(session, row_id=row.id, by=COORDINATOR, now=NOW, ring=RING)
    said = {row.appointment_id: (row.state, row.said) for row in out_clinic.rows(batch)}
    assert said == {
        ten.id: (RowState.GONE, "A colleague moved it to Dr. Elena Ruiz."),
        eleven.id: (RowState.GONE, "The visit was canceled."),
    }
    assert "replacement_open" not in open_tasks(session)


def test_only_what_was_seen_is_approved_and_the_rest_goes_on(session, out_clinic):
    out_clinic.visit(10)
    out_clinic.visit(11)
    batch = out_clinic.open()
    first, second = out_clinic.rows(batch)
    seen = [pick_of(first), pick_of(second)]
    set_aside(session, replacement_id=batch.id, pick=pick_of(first), by=SAM, now=NOW)
    done = approve(session, replacement_id=batch.id, picks=seen, by=COORDINATOR, now=NOW)
    assert (done.count, done.left) == (1, ("Sam Whitfield was quicker with one visit: it is set aside now.",))
    assert [row.state for row in out_clinic.rows(batch)] == [RowState.HELD, RowState.APPROVED]
    with pytest.raises(NothingToPlace, match="was quicker"):
        approve(session, replacement_id=batch.id, picks=seen, by=COORDINATOR, now=NOW)


def test_approving_all_needs_the_proposals_that_were_shown(session, out_clinic):
    out_clinic.visit(10)
    batch = out_clinic.open()
    seen = batch.version
    propose_again(session, replacement_id=batch.id, by=SAM, now=NOW)
    with pytest.raises(ChangedMeanwhile, match="Sam Whitfield changed this"):
        approve_all(session, replacement_id=batch.id, version=seen, by=COORDINATOR, now=NOW)
    approve_all(session, replacement_id=batch.id, version=batch.version, by=COORDINATOR, now=NOW)


def test_a_proposal_made_anew_is_not_approved_unseen(session, out_clinic):
    out_clinic.visit(10)
    batch = out_clinic.open()
    (row,) = out_clinic.rows(batch)
    seen = pick_of(row)
    propose_again(session, replacement_id=batch.id, by=SAM, now=NOW)
    with pytest.raises(NothingToPlace, match="Sam Whitfield changed a proposal"):
        approve(session, replacement_id=batch.id, picks=[seen], by=COORDINATOR, now=NOW)


def test_a_visit_set_aside_gives_its_place_to_others_and_can_be_taken_up_again(session, out_clinic):
    out_clinic.visit(10)
    batch = out_clinic.open()
    (row,) = out_clinic.rows(batch)
    set_aside(session, replacement_id=batch.id, pick=pick_of(row), by=SAM, now=NOW)
    (row,) = out_clinic.rows(batch)
    assert (row.state, row.to_starts_at) == (RowState.HELD, None)
    propose_again(session, replacement_id=batch.id, by=SAM, now=NOW)
    (row,) = out_clinic.rows(batch)
    assert row.state == RowState.HELD
    take_up(session, replacement_id=batch.id, pick=pick_of(row), by=SAM, now=NOW)
    (row,) = out_clinic.rows(batch)
    assert (row.state, row.tier) == (RowState.PROPOSED, 0)
    with pytest.raises(ChangedMeanwhile):
        take_up(session, replacement_id=batch.id, pick=pick_of(row)._replace(version=1), by=SAM, now=NOW)
    with pytest.raises(NothingToPlace):
        take_up(session, replacement_id=batch.id, pick=pick_of(row), by=SAM, now=NOW)


def test_what_was_booked_since_comes_onto_the_list_when_proposed_again(session, out_clinic):
    batch = out_clinic.open()
    assert out_clinic.rows(batch) == []
    visit = out_clinic.visit(15)
    propose_again(session, replacement_id=batch.id, by=COORDINATOR, now=NOW)
    assert out_clinic.row_of(batch, visit).state == RowState.PROPOSED


def test_a_move_is_taken_back_while_no_text_has_left_and_waits_on_the_list_again(session, out_clinic):
    visit = out_clinic.visit(10)
    batch = out_clinic.open()
    (row,) = out_clinic.carry_out(batch)
    with pytest.raises(UndoNotPossible):
        undo_row(session, row_id=row.id, by=COORDINATOR, now=NOW + WAIT, ring=RING)
    undo_row(session, row_id=row.id, by=COORDINATOR, now=NOW + WAIT - timedelta(seconds=1), ring=RING)
    session.refresh(visit)
    assert (visit.physician_id, visit.starts_at) == (out_clinic.out.id, on(WEDNESDAY, 10))
    assert not any(text.template_key == "BOOK_CHANGED" for text in waiting_texts(session, visit))
    assert out_clinic.row_of(batch, visit).state == RowState.PROPOSED
    assert "replacement_open" in open_tasks(session)
    with pytest.raises(NothingToPlace):
        undo_row(session, row_id=row.id, by=COORDINATOR, now=NOW, ring=RING)


def test_a_second_list_for_the_same_time_is_refused_until_the_first_is_closed(session, out_clinic):
    out_clinic.visit(10)
    batch = out_clinic.open()
    with pytest.raises(AbsenceListed, match=COORDINATOR.name):
        out_clinic.open(hours=(12, 14))
    out_clinic.open(hours=(24, 30))
    close_replacement(session, replacement_id=batch.id, by=COORDINATOR, now=NOW)
    assert open_tasks(session) == []
    out_clinic.open(hours=(12, 14))
    with pytest.raises(ReplacementOver):
        propose_again(session, replacement_id=batch.id, by=COORDINATOR, now=NOW)


def test_physicians_decide_for_themselves_and_administrators_for_nobody(session, out_clinic):
    out_clinic.visit(10)
    own = out_clinic.courses.doctor
    _, other = out_clinic.courses.physician("Dr. Lena Hart")
    batch = out_clinic.open(by=own)
    with pytest.raises(ReplacementNotAllowed):
        out_clinic.open(by=other, hours=(48, 50))
    with pytest.raises(ReplacementNotAllowed):
        propose_again(session, replacement_id=batch.id, by=out_clinic.courses.admin, now=NOW)
    assert listed(session, actor=own, limit=5, offset=0)[1] == 1
    assert listed(session, actor=other, limit=5, offset=0) == ([], 0)
    with pytest.raises(UnknownReplacement):
        listed_one(session, batch.id, actor=other)
    with pytest.raises(UnknownReplacement):
        propose_again(session, replacement_id=new_id(), by=COORDINATOR, now=NOW)


def test_a_row_that_was_not_approved_is_left_alone(session, out_clinic):
    visit = out_clinic.visit(10)
    (row,) = out_clinic.rows(out_clinic.open())
    carry_out(session, row_id=row.id, by=COORDINATOR, now=NOW, ring=RING)
    assert session.get(Appointment, visit.id).physician_id == out_clinic.out.id
