"""Booking a course: all of it or nothing, one text, judged again by the calendar and by the program."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.ids import new_id
from clinic.kernel.journal import count_entries
from clinic.messaging.models import Message
from clinic.scheduling import actions as scheduling
from clinic.scheduling.models import Appointment, AppointmentHistory
from clinic.scheduling.rules.states import CancelReason
from clinic.treatment import actions as treatment
from clinic.treatment.actions.courses import commit_course
from clinic.treatment.actions.watching import watch_course
from clinic.treatment.errors import CourseRefused, NothingChosen, PlanningNotAllowed, PlanOver
from clinic.treatment.models import TreatmentSession
from clinic.treatment.queries.courses import propose_course
from clinic.treatment.queries.protocols import rules_of_plan
from clinic.treatment.rules.courses import ChosenVisit, CourseStyle, CourseWish
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING
from tests.domains.treatment.plan_makers import book, on, take


@pytest.fixture
def plan(course_clinic):
    return course_clinic.plan()


@pytest.fixture
def commit(session):
    def run(plan, visits, **changes):
        wanted = {"version": plan.version, "by": COORDINATOR, "now": NOW, "ring": RING} | changes
        return commit_course(session, plan_id=plan.id, visits=visits, **wanted)

    return run


@pytest.fixture
def chosen(session):
    def run(plan, **wish):
        return propose_course(session, plan_id=plan.id, wish=CourseWish(**wish), now=NOW).chosen()

    return run


@pytest.fixture
def texts(session):
    """The keys of texts that wait, by what they are about."""

    def run(kind="plan"):
        wanted = select(Message.template_key).where(Message.subject_kind == kind, Message.state == "pending")
        return sorted(session.scalars(wanted))

    return run


def refused(commit, plan, visits):
    with pytest.raises(CourseRefused) as refusal:
        commit(plan, visits)
    return refusal.value


def booked(session):
    return session.scalar(select(func.count()).select_from(Appointment))


def test_touch_ups_are_booked_as_proposed_however_far_after_the_last_one_taken(session, course_clinic, commit, chosen):
    plan = course_clinic.plan(Phase.MAINTENANCE, since=NOW - timedelta(days=100))
    take(session, plan, at=on("2026-10-05"))
    take(session, plan, at=on("2026-10-07"), kind="follow_up")
    watch_course(session, plan=plan, by=COORDINATOR, now=NOW)
    made = commit(plan, chosen(plan, how_many=3))
    assert (made[-1].starts_at - on("2026-10-05")).days > rules_of_plan(session, plan).restart_after_days


def test_a_visit_that_fell_out_is_booked_among_the_sessions_that_stay(session, plan, commit, chosen):
    take(session, plan, at=on("2026-11-18"))
    first, *_, last = [each for each in commit(plan, chosen(plan)) if each.visit_type_code == "follow_up"]
    scheduling.cancel(session, appointment_id=first.id, reason=CancelReason.PATIENT_REQUEST, by=COORDINATOR, now=NOW)
    [again] = commit(plan, chosen(plan))
    assert again.visit_type_code == "follow_up"
    assert again.starts_at < NOW + timedelta(days=9) < last.starts_at


def test_a_proposed_course_is_booked_as_proposed_with_one_text_and_all_reminders(session, plan, chosen, commit, texts):
    visits = chosen(plan)
    made = commit(plan, visits)
    assert [(each.visit_type_code, each.starts_at, each.state) for each in made] == [
        (visit.visit_type, visit.starts_at, "booked") for visit in visits
    ]
    assert texts() == ["COURSE_BOOKED"]
    sent = Counter(texts("appointment"))
    # Before a visit at home the reminder of the day before says how to prepare as well.
    assert (sent["VISIT_24H"], sent["VISIT_TOMORROW"], sent["VISIT_15M"], sent["POST_REST"]) == (2, 6, 8, 6)
    assert (sent["PREP_48H_SITTER"], sent["FASTING"]) == (6, 6)
    records = session.scalars(select(TreatmentSession.phase)).all()
    assert records == ["induction"] * 6
    changes = session.scalars(select(AppointmentHistory.change).where(AppointmentHistory.appointment_id == made[0].id))
    assert list(changes) == ["booked", "told_with_course"]


def test_the_text_names_the_first_date(session, plan, chosen, commit):
    made = commit(plan, chosen(plan))
    text = session.scalars(select(Message).where(Message.template_key == "COURSE_BOOKED")).one()
    assert text.variables_json == f'{{"starts_at": "{made[0].starts_at.isoformat()}"}}'
    assert (text.subject_id, text.expires_at, text.due_at) == (plan.id, made[0].starts_at, NOW)


def test_what_is_booked_already_is_part_of_the_next_proposal_and_is_not_booked_again(session, plan, chosen, commit):
    visits = chosen(plan)
    commit(plan, visits[:3])
    proposal = propose_course(session, plan_id=plan.id, wish=CourseWish(), now=NOW)
    assert [visit.starts_at for visit in proposal.visits[:3]] == [visit.starts_at for visit in visits[:3]]
    assert {visit.appointment_id is None for visit in proposal.visits[:3]} == {False}
    assert [visit.number for visit in proposal.new if visit.kind == "session"] == [3, 4, 5, 6]
    commit(plan, proposal.chosen())
    after = propose_course(session, plan_id=plan.id, wish=CourseWish(), now=NOW)
    assert after.refusal.sentences == ("Nothing is left to plan: every date of the induction is taken or booked.",)


def test_a_date_that_somebody_else_took_refuses_the_whole_course_and_names_times_that_fit(
    session, course_clinic, plan, chosen, commit, texts
):
    visits = chosen(plan)
    other = course_clinic.patient()
    taken = visits[3]
    course_clinic.clinic.visit(other, course_clinic.okafor, taken.starts_at)
    before, noted = booked(session), count_entries(session)
    refusal = refused(commit, plan, visits)
    assert count_entries(session) == noted
    (problem,) = refusal.problems
    assert (problem.index, problem.sentence) == (3, "This time is taken. Choose another one.")
    assert len(problem.alternatives) == 3
    assert (booked(session), texts(), texts("appointment").count("VISIT_24H")) == (before, [], 1)
    assert session.scalar(select(func.count()).select_from(TreatmentSession)) == 0
    for physician_id, starts_at, _ in problem.alternatives:
        at = NOW + timedelta(seconds=starts_at - NOW.timestamp())
        changed = [*visits[:3], taken._replace(physician_id=physician_id, starts_at=at), *visits[4:]]
        with_savepoint = session.begin_nested()
        assert len(commit(plan, changed)) == 8
        with_savepoint.rollback()


def test_every_date_that_cannot_be_had_is_named_at_once(course_clinic, plan, chosen, commit):
    visits = chosen(plan)
    other = course_clinic.patient()
    for visit in (visits[0], visits[5]):
        course_clinic.clinic.visit(other, course_clinic.okafor, visit.starts_at)
    assert [problem.index for problem in refused(commit, plan, visits).problems] == [0, 5]


@pytest.mark.parametrize(
    ("second", "words"), [("2026-12-02", "less than 72 hours after"), ("2026-12-11", "the plan says at most 10")]
)
def test_dates_that_break_a_gap_are_refused_however_free_they_are(session, plan, commit, second, words):
    dates = [on("2026-11-30", 10), on(second, 10)]
    refusal = refused(commit, plan, [ChosenVisit("induction_session", plan.physician_id, at) for at in dates])
    assert [problem.index for problem in refusal.problems] == [1]
    assert words in refusal.problems[0].sentence
    assert booked(session) == 0


def test_a_third_date_within_seven_days_is_refused(plan, commit):
    dates = [on("2026-11-30", 9), on("2026-12-03", 9), on("2026-12-06", 9)]
    refusal = refused(commit, plan, [ChosenVisit("induction_session", plan.physician_id, at) for at in dates])
    assert refusal.problems[0].index == 2


def test_a_chosen_date_too_close_before_a_booked_one_is_the_one_that_is_refused(session, plan, commit):
    book(session, plan, at=on("2026-12-04", 10))
    refusal = refused(commit, plan, [ChosenVisit("induction_session", plan.physician_id, on("2026-12-03", 10))])
    assert [problem.index for problem in refusal.problems] == [0]


def test_a_seventh_date_of_six_is_refused(session, plan, chosen, commit):
    commit(plan, chosen(plan))
    refusal = refused(commit, plan, [ChosenVisit("induction_session", plan.physician_id, on("2026-12-21", 10))])
    assert refusal.problems[0].sentence == "The program has 6 visits in this phase; this is one more."


def test_a_date_without_the_support_person_is_refused(session, plan, commit):
    plan.support_hours = [[0, "09:00", "13:00"]]
    session.flush()
    visit = ChosenVisit("induction_session", plan.physician_id, on("2026-11-30", 12))
    assert "support person" in refused(commit, plan, [visit]).problems[0].sentence
    assert commit(plan, [visit._replace(starts_at=on("2026-11-30", 11))])


def test_an_unknown_kind_of_visit_and_an_unknown_physician_are_refused_in_words(plan, commit):
    wanted = ChosenVisit("induction_session", plan.physician_id, on("2026-11-30", 10))
    refusal = refused(commit, plan, [wanted._replace(visit_type="no_such"), wanted._replace(physician_id=new_id())])
    assert [problem.index for problem in refusal.problems] == [0, 1]
    assert all(problem.sentence.endswith(".") for problem in refusal.problems)


def test_of_two_who_plan_one_course_the_second_sees_that_it_changed(plan, chosen, commit):
    visits, seen = chosen(plan), plan.version
    commit(plan, visits[:2])
    with pytest.raises(ChangedMeanwhile):
        commit(plan, visits[2:], version=seen)


def test_nothing_chosen_and_far_too_much_are_refused(plan, commit):
    with pytest.raises(NothingChosen):
        commit(plan, [])
    with pytest.raises(NothingChosen):
        commit(plan, [ChosenVisit("induction_session", plan.physician_id, NOW)] * 41)


def test_a_course_of_a_plan_that_has_ended_or_is_in_evaluation_is_not_booked(session, course_clinic, commit):
    ended = course_clinic.plan(Phase.ENDED)
    with pytest.raises(PlanOver):
        commit(ended, [ChosenVisit("follow_up", ended.physician_id, on("2026-11-30", 10))])
    early = course_clinic.plan(Phase.EVALUATION)
    refusal = refused(commit, early, [ChosenVisit("induction_session", early.physician_id, on("2026-11-30", 10))])
    assert "moves it on first" in refusal.problems[0].sentence


def test_only_who_plans_for_this_patient_books_a_course(plan, chosen, commit):
    stranger = Actor(kind=ActorKind.STAFF, id=new_id(), name="Dr. Else", roles=frozenset({Role.PHYSICIAN}))
    for nobody in (stranger, Actor(kind=ActorKind.PATIENT, id=plan.patient_id, name="Patient")):
        with pytest.raises(PlanningNotAllowed):
            commit(plan, chosen(plan), by=nobody)


def test_a_visit_of_the_course_that_moves_later_is_told_by_its_own_text(session, plan, chosen, commit, texts):
    made = commit(plan, chosen(plan))
    move = {"physician_id": plan.physician_id, "starts_at": made[2].starts_at + timedelta(minutes=15)}
    scheduling.move(session, appointment_id=made[2].id, by=COORDINATOR, now=NOW, ring=RING, **move)
    assert "BOOK_CHANGED" in texts("appointment")


def test_canceling_one_of_them_later_tells_the_patient(session, plan, chosen, commit, texts):
    made = commit(plan, chosen(plan))
    reason = CancelReason.PHYSICIAN_ILL
    scheduling.cancel(session, appointment_id=made[2].id, reason=reason, by=COORDINATOR, now=NOW)
    assert "VISIT_CANCELED" in texts("appointment")


def test_touch_ups_are_planned_from_the_last_one_that_took_place(session, course_clinic, chosen, commit):
    plan = course_clinic.plan(Phase.MAINTENANCE)
    take(session, plan, at=on("2026-11-10"))
    visits = [visit for visit in chosen(plan, how_many=2) if visit.visit_type == "touch_up_session"]
    assert [(visit.starts_at - on("2026-11-10")).days for visit in visits] == [35, 70]
    assert len(commit(plan, visits)) == 2
    version = plan.version
    treatment.follow_visit(
        session, appointment_id=session.scalars(select(Appointment.id)).first(), by=COORDINATOR, now=NOW
    )
    assert plan.version == version


def test_a_physician_visit_that_falls_due_after_a_touch_up_is_on_a_later_day_and_is_booked_with_it(
    session, course_clinic, chosen, commit
):
    plan = course_clinic.plan(Phase.MAINTENANCE)
    take(session, plan, at=on("2026-09-24"), kind="follow_up")
    take(session, plan, at=on("2026-11-03"))
    touch_up, review = visits = chosen(plan)
    assert (touch_up.visit_type, review.visit_type) == ("touch_up_session", "follow_up")
    assert review.starts_at.date() > touch_up.starts_at.date()
    assert len(commit(plan, visits)) == 2


def test_a_session_of_another_phase_is_refused(session, course_clinic):
    plan = course_clinic.plan(Phase.INDUCTION)
    strange = [ChosenVisit("touch_up_session", course_clinic.okafor.id, on("2026-12-01"))]
    with pytest.raises(CourseRefused) as refused:
        commit_course(
            session, plan_id=plan.id, visits=strange, version=plan.version, by=COORDINATOR, now=NOW, ring=RING
        )
    assert refused.value.problems[0].sentence.startswith("This kind of visit belongs to another phase")


def test_after_a_long_pause_the_physician_comes_first_in_the_plan_and_in_what_is_booked(session, course_clinic):
    plan = course_clinic.plan(Phase.MAINTENANCE, since=NOW - timedelta(days=200))
    take(session, plan, at=on("2026-08-04"))
    take(session, plan, at=on("2026-09-30"), kind="follow_up")
    found = propose_course(session, plan_id=plan.id, wish=CourseWish(), now=NOW)
    assert [visit.kind for visit in found.visits] == ["review"]
    session_alone = [ChosenVisit("touch_up_session", course_clinic.okafor.id, on("2026-12-08"))]
    with pytest.raises(CourseRefused) as refused:
        commit_course(
            session, plan_id=plan.id, visits=session_alone, version=plan.version, by=COORDINATOR, now=NOW, ring=RING
        )
    assert "90 days" in refused.value.problems[0].sentence
    assert commit_course(
        session, plan_id=plan.id, visits=found.chosen(), version=plan.version, by=COORDINATOR, now=NOW, ring=RING
    )


def test_ninety_days_are_no_long_pause(session, course_clinic):
    plan = course_clinic.plan(Phase.MAINTENANCE, since=NOW - timedelta(days=200))
    take(session, plan, at=on("2026-08-27"))
    take(session, plan, at=on("2026-09-30"), kind="follow_up")
    last_day = [ChosenVisit("touch_up_session", course_clinic.okafor.id, on("2026-11-25"))]
    assert commit_course(
        session, plan_id=plan.id, visits=last_day, version=plan.version, by=COORDINATOR, now=NOW, ring=RING
    )


def test_even_gaps_are_not_waited_for_longer_than_they_are_worth(session, course_clinic):
    plan = course_clinic.plan(Phase.INDUCTION)
    found = propose_course(session, plan_id=plan.id, wish=CourseWish(style=CourseStyle.EVEN), now=NOW)
    assert found.visits[0].starts_at < NOW + timedelta(days=4)
