"""Re-flow: later dates follow a moved, missed or canceled one as a proposal, and nothing else moves."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.kernel.errors import ChangedMeanwhile
from clinic.messaging.models import Message
from clinic.scheduling import actions as scheduling
from clinic.scheduling.models import Appointment, AppointmentHistory
from clinic.scheduling.rules.states import CancelReason
from clinic.treatment.actions.courses import commit_course
from clinic.treatment.actions.reflowing import accept_reflow
from clinic.treatment.errors import NothingChosen, ReflowRefused
from clinic.treatment.queries.courses import course_problems, propose_course
from clinic.treatment.queries.reflow import propose_reflow
from clinic.treatment.rules.courses import CourseWish
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.treatment.plan_makers import book, on, take

WAIT = timedelta(seconds=180)


@pytest.fixture
def plan(course_clinic):
    return course_clinic.plan()


@pytest.fixture
def dates(session, plan):
    """The six sessions of a booked course; both reviews are booked, too."""
    chosen = propose_course(session, plan_id=plan.id, wish=CourseWish(), now=NOW).chosen()
    made = commit_course(
        session, plan_id=plan.id, visits=chosen, version=plan.version, by=COORDINATOR, now=NOW, ring=RING
    )
    return [visit for visit in made if visit.visit_type_code == "induction_session"]


@pytest.fixture
def look(session, plan):
    return lambda now=NOW: propose_reflow(session, plan_id=plan.id, now=now)


@pytest.fixture
def accept(session, plan):
    def run(proposal, keys=None, **changes):
        rows = [row.key for row in proposal.changes] if keys is None else keys
        wanted = {"fingerprint": proposal.fingerprint, "by": COORDINATOR, "now": NOW, "ring": RING} | changes
        return accept_reflow(session, plan_id=plan.id, rows=rows, **wanted)

    return run


@pytest.fixture
def move(session, plan):
    def run(visit, at, **changes):
        where = {"physician_id": visit.physician_id, "starts_at": at, "by": COORDINATOR, "now": NOW, "ring": RING}
        return scheduling.move(session, appointment_id=visit.id, **(where | changes))

    return run


@pytest.fixture
def cancel(session):
    def run(visit, **changes):
        wanted = {"reason": CancelReason.PATIENT_REQUEST, "by": COORDINATOR, "now": NOW} | changes
        return scheduling.cancel(session, appointment_id=visit.id, **wanted)

    return run


def whats(proposal):
    return [row.what for row in proposal.rows if row.kind == "session"]


def test_a_course_in_which_all_fits_needs_nothing(dates, look):
    proposal = look()
    assert (proposal.is_needed, proposal.changes, proposal.refusal) == (False, (), None)
    assert len(proposal.rows) == 8


def test_a_moved_date_lets_the_next_ones_follow_as_few_as_can_be(session, plan, dates, look, move):
    move(dates[1], on("2026-12-02", 10))
    proposal = look()
    assert proposal.is_needed
    assert "less than 72 hours after" in proposal.why[0]
    assert 1 <= len(proposal.changes) <= 4
    assert {row.what for row in proposal.changes} == {"move"}
    assert session.get(Appointment, dates[2].id).starts_at == dates[2].starts_at


def test_accepting_all_of_it_moves_them_with_one_text_that_waits(session, plan, dates, look, accept, move):
    move(dates[1], on("2026-12-02", 10))
    proposal = look()
    changed = accept(proposal)
    assert [visit.starts_at for visit in changed] == [row.to_starts_at for row in proposal.changes]
    assert course_problems(session, plan, now=NOW) == ()
    assert not look().is_needed
    waiting = dict(
        session.execute(
            select(Message.template_key, Message.due_at).where(
                Message.subject_id == plan.id, Message.state == "pending"
            )
        ).all()
    )
    # The text about the whole course had not left yet, so it tells of the dates as they are now.
    assert waiting == {"COURSE_BOOKED": NOW + WAIT}
    history = select(AppointmentHistory.change).where(AppointmentHistory.appointment_id == changed[0].id)
    assert list(session.scalars(history))[-2:] == ["moved", "told_with_course"]


def test_a_canceled_date_is_made_up_for_at_the_end_or_in_its_place(session, plan, dates, look, accept, cancel):
    cancel(dates[2])
    proposal = look()
    assert "1 visit of the induction is missing." in proposal.why
    assert [row.what for row in proposal.changes].count("book") == 1
    accept(proposal)
    assert course_problems(session, plan, now=NOW) == ()
    booked = select(Appointment).where(
        Appointment.state == "booked", Appointment.visit_type_code == "induction_session"
    )
    assert len(session.scalars(booked).all()) == 6


def test_a_missed_first_date_lets_the_course_begin_anew(session, plan, dates, look, accept):
    later = dates[0].starts_at + timedelta(hours=1)
    scheduling.mark_no_show(session, appointment_id=dates[0].id, by=COORDINATOR, now=later)
    proposal = look(later)
    assert proposal.is_needed
    accept(proposal, now=later)
    assert course_problems(session, plan, now=later) == ()
    assert not look(later).is_needed


def test_what_somebody_has_just_moved_stays_there_and_the_later_ones_follow(session, dates, look, move):
    move(dates[1], on("2026-12-02", 10))
    proposal = look()
    assert dates[1].id not in {row.appointment_id for row in proposal.changes}
    assert all(row.from_starts_at > on("2026-12-02", 10) for row in proposal.changes)


def test_what_was_moved_too_close_to_the_one_before_cannot_stay(session, plan, dates, look, accept, move):
    move(dates[1], on("2026-11-27", 13))
    proposal = look()
    assert proposal.changes
    accept(proposal)
    assert course_problems(session, plan, now=NOW) == ()


def test_one_line_alone_that_would_break_a_gap_is_refused_and_says_which_others_it_needs(session, course_clinic):
    """The second touch-up has to go where the third is now, so it cannot without the third."""
    plan = course_clinic.plan(Phase.MAINTENANCE)
    take(session, plan, at=on("2026-11-10"))
    first, second, third = (book(session, plan, at=on(day)) for day in ("2026-12-15", "2027-01-14", "2027-02-15"))
    where = {"physician_id": plan.physician_id, "by": COORDINATOR, "now": NOW, "ring": RING}
    scheduling.move(session, appointment_id=third.id, starts_at=on("2027-02-10"), **where)
    scheduling.move(session, appointment_id=first.id, starts_at=on("2027-01-05"), **where)
    proposal = propose_reflow(session, plan_id=plan.id, now=NOW)
    assert {row.what for row in proposal.changes} == {"move"}
    known = {"fingerprint": proposal.fingerprint, "by": COORDINATOR, "now": NOW, "ring": RING}
    for row in proposal.changes:
        if row.needs:
            with pytest.raises(ReflowRefused) as refusal:
                accept_reflow(session, plan_id=plan.id, rows=[row.key], **known)
            assert refusal.value.needs == row.needs
    assert second.starts_at == on("2027-01-14")
    accept_reflow(session, plan_id=plan.id, rows=[row.key for row in proposal.changes], **known)
    assert course_problems(session, plan, now=NOW) == ()


def test_a_proposal_that_a_colleague_overtook_is_refused(dates, look, accept, move):
    move(dates[1], on("2026-12-02", 10))
    proposal = look()
    move(dates[4], dates[4].starts_at + timedelta(minutes=30))
    with pytest.raises(ChangedMeanwhile):
        accept(proposal)


def test_nothing_chosen_is_refused(dates, look, accept, move):
    move(dates[1], on("2026-12-02", 10))
    for keys in ([], ["no such line"]):
        with pytest.raises(NothingChosen):
            accept(look(), keys)


def test_visits_that_change_places_do_not_collide(session, plan, course_clinic, look, accept):
    """Each goes where the next one is now, which two constraints forbid for the time between."""
    days = ["2026-11-30", "2026-12-03", "2026-12-07"]
    visits = [book(session, plan, at=on(day, 9)) for day in days]
    course_clinic.clinic.physician("Dr. Bea Lindqvist")
    scheduling.move(
        session,
        appointment_id=visits[0].id,
        physician_id=plan.physician_id,
        starts_at=on("2026-12-02", 9),
        by=COORDINATOR,
        now=NOW,
        ring=RING,
    )
    accept(look())
    assert course_problems(session, plan, now=NOW) == ()


def test_a_date_with_a_physician_who_left_is_moved_to_another(session, plan, course_clinic, dates, look, accept):
    _, _ = course_clinic.physician("Dr. Bea Lindqvist")
    course_clinic.okafor.is_active = False
    session.flush()
    proposal = look()
    assert "Dr. Amara Okafor does not see patients any more." in proposal.why
    assert {row.physician_name for row in proposal.changes} == {"Dr. Bea Lindqvist"}
    accept(proposal)
    assert not look().is_needed


def test_where_there_is_no_way_the_reason_and_the_ways_out_are_named(session, plan, course_clinic, dates, look):
    course_clinic.okafor.is_active = False
    session.flush()
    proposal = look()
    assert (proposal.changes, proposal.is_needed) == ((), True)
    assert proposal.refusal.sentences


def test_a_touch_up_moved_too_close_to_the_next_lets_that_one_follow(session, course_clinic):
    plan = course_clinic.plan(Phase.MAINTENANCE)
    take(session, plan, at=on("2026-11-10"))
    first, second = (book(session, plan, at=on(day)) for day in ("2026-12-15", "2027-01-06"))
    assert not propose_reflow(session, plan_id=plan.id, now=NOW).is_needed or second
    proposal = propose_reflow(session, plan_id=plan.id, now=NOW)
    assert "22 days after" in proposal.why[0]
    rows = [row.key for row in proposal.changes]
    accept_reflow(
        session, plan_id=plan.id, rows=rows, fingerprint=proposal.fingerprint, by=COORDINATOR, now=NOW, ring=RING
    )
    assert course_problems(session, plan, now=NOW) == ()
    assert first.state == "booked"
