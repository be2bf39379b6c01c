"""Tasks about plans and legal bases: opened in time, said once, closed by themselves when their reason is gone."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

import pytest

from clinic.people import actions as people
from clinic.people.queries import licences_by_physician
from clinic.people.rules import NewLicence, NewPhysician
from clinic.policies.actions import set_policy
from clinic.policies.rules import PolicyKey
from clinic.reactions import keep_course
from clinic.scheduling import actions as scheduling
from clinic.treatment import actions
from clinic.treatment.actions.legal import change_legal_basis
from clinic.treatment.actions.watching import watch_course, watch_courses
from clinic.treatment.jobs import EVERY, watch_when_due
from clinic.treatment.models import CourseOffer
from clinic.treatment.queries.legal import legal_bases
from clinic.treatment.rules.legal import NewBasis
from clinic.treatment.rules.phases import Phase
from clinic.worklist.actions import close_item
from clinic.worklist.queries import open_items
from clinic.worklist.rules import KINDS, Outcome, WorkKind
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.scheduling.crowd import together
from tests.domains.treatment.plan_makers import ADMIN, BECAUSE, CourseClinic, book, enter, on, take

OF_PLANS = {
    WorkKind.COURSE_BROKEN,
    WorkKind.NEXT_DATES_DUE,
    WorkKind.REVIEW_DUE,
    WorkKind.RESTART_NEEDS_VISIT,
    WorkKind.AFTERCARE_DUE,
    WorkKind.PLAN_PHYSICIAN_GONE,
}


def watch(session, now=NOW):
    watch_courses(session, now=now, by=COORDINATOR)


def tasks(session, *, of=OF_PLANS):
    """Return the open tasks of these kinds."""
    roles = {kind.owner_role for kind in KINDS.values()}
    return [item for item in open_items(session, roles=roles, limit=500) if item.kind in of]


def kinds(session):
    return sorted(item.kind for item in tasks(session))


@pytest.fixture(autouse=True)
def lasting_law(session):
    """Let no legal basis end, so that only plans ask for something."""
    [ending] = [basis for basis in legal_bases(session) if basis.valid_until is not None]
    change_end(session, ending, None)


def change_end(session, basis, until):
    wanted = NewBasis(
        name=basis.name,
        level=basis.level,
        state=basis.state,
        schedule=basis.schedule,
        valid_from=basis.valid_from,
        valid_until=until,
        needs_in_person_exam=False,
        source=basis.source,
    )
    known = next(each for each in legal_bases(session) if each.id == basis.id)
    change_legal_basis(session, basis_id=basis.id, new=wanted, reason=BECAUSE, version=known.version, by=ADMIN, now=NOW)


@pytest.fixture
def plan(session, course_clinic):
    """A patient with touch-ups, the last one on Oct 12 with the physician seen on Oct 20: Nov 9 to Dec 11 is next."""
    made = course_clinic.plan(Phase.MAINTENANCE, since=on("2026-08-03"))
    take(session, made, at=on("2026-10-12"))
    take(session, made, at=on("2026-10-20"), kind="follow_up")
    return made


def test_the_next_date_is_asked_for_fourteen_days_before_its_window(session, plan):
    watch(session, on("2026-10-25"))
    assert tasks(session) == []
    watch(session, on("2026-10-26"))
    [task] = tasks(session)
    assert (task.kind, task.subject_id, task.patient_id) == (
        WorkKind.NEXT_DATES_DUE,
        plan.patient_id,
        plan.patient_id,
    )
    assert task.page_arguments == {"patient_id": plan.patient_id}
    assert task.reason == "Next visit between Nov 9 and Dec 11; nothing is booked."
    assert task.due_at == on("2026-11-09", 12)


def test_watching_again_changes_nothing(session, plan):
    watch(session)
    before = tasks(session)
    assert len(before) == 1
    watch(session)
    watch(session, NOW + timedelta(hours=1))
    assert tasks(session) == before


def test_a_task_goes_once_the_date_is_booked_and_comes_back_when_it_is_canceled(session, plan):
    watch(session)
    visit = book(session, plan, at=on("2026-12-01"))
    watch(session)
    assert tasks(session) == []
    scheduling.cancel(
        session, appointment_id=visit.id, reason="patient_request", by=COORDINATOR, now=NOW, version=visit.version
    )
    watch(session)
    assert kinds(session) == [WorkKind.NEXT_DATES_DUE]


def test_a_task_that_a_person_took_off_the_list_is_asked_again_only_when_the_window_is_over(session, plan):
    watch(session)
    [task] = tasks(session)
    close_item(session, item_id=task.id, version=task.version, by=COORDINATOR, now=NOW, outcome=Outcome.NOT_NEEDED)
    watch(session)
    assert tasks(session) == []
    watch(session, on("2026-12-12"))
    [again] = tasks(session)
    assert again.reason == "The next visit was due by Dec 11; nothing is booked."
    assert again.due_at == on("2026-12-12")


def test_a_window_that_is_over_takes_the_place_of_the_earlier_task(session, plan):
    watch(session)
    watch(session, on("2026-12-12"))
    assert [task.reason for task in tasks(session)] == ["The next visit was due by Dec 11; nothing is booked."]


def test_a_task_is_due_by_day_where_the_patient_lives(session, course_clinic):
    patient = course_clinic.patient(city="Pensacola", postal_code="32501", county_fips="12033")
    plan = course_clinic.plan(Phase.MAINTENANCE, patient=patient, since=on("2026-08-03"))
    take(session, plan, at=on("2026-10-12"))
    take(session, plan, at=on("2026-10-20"), kind="follow_up")
    watch(session, on("2026-12-13", 3))
    [task] = tasks(session)
    # Eight o'clock in Pensacola is nine in New York.
    assert task.due_at == on("2026-12-13", 9)


def test_the_physician_is_asked_for_in_time(session, plan):
    book(session, plan, at=on("2027-01-07"))
    seen = book(session, plan, at=on("2027-01-18"), kind="follow_up")
    watch(session, on("2027-01-04"))
    assert WorkKind.REVIEW_DUE not in kinds(session)
    scheduling.cancel(session, appointment_id=seen.id, reason="patient_request", by=COORDINATOR, now=NOW)
    watch(session, on("2027-01-03"))
    assert WorkKind.REVIEW_DUE not in kinds(session)
    watch(session, on("2027-01-04"))
    task = next(each for each in tasks(session) if each.kind == WorkKind.REVIEW_DUE)
    assert task.reason == "The physician visit is due by Jan 18; nothing is booked."
    assert task.due_at == on("2027-01-18", 12)
    book(session, plan, at=on("2027-01-25"), kind="follow_up", now=on("2027-01-04"))
    watch(session, on("2027-01-04"))
    assert WorkKind.REVIEW_DUE not in kinds(session)


def test_after_too_long_a_pause_the_physician_is_asked_for_first(session, plan):
    watch(session, on("2027-01-11"))
    assert kinds(session) == [WorkKind.RESTART_NEEDS_VISIT, WorkKind.REVIEW_DUE]
    book(session, plan, at=on("2027-01-14"), kind="follow_up")
    watch(session, on("2027-01-11"))
    assert tasks(session) == []


def test_an_open_evaluation_asks_for_its_consultation_until_it_is_booked(session, course_clinic):
    plan = course_clinic.plan(Phase.EVALUATION, since=on("2026-11-20"))
    watch(session)
    [task] = tasks(session)
    assert (task.kind, task.reason) == (
        WorkKind.REVIEW_DUE,
        "The evaluation is open and no consultation is booked.",
    )
    book(session, plan, at=on("2026-12-01"), kind="initial_consultation")
    watch(session)
    assert tasks(session) == []
    # After the consultation it is the physician who decides, and nobody has to book anything.
    take(session, plan, at=on("2026-11-23", 13), kind="initial_consultation")
    watch(session, on("2026-12-02"))
    assert tasks(session) == []


def test_checks_after_the_course_are_asked_for(session, course_clinic, plan):
    enter(session, plan, Phase.AFTERCARE, by=course_clinic.doctor, now=on("2026-10-21"))
    watch(session)
    [task] = tasks(session)
    assert (task.kind, task.reason) == (
        WorkKind.AFTERCARE_DUE,
        "Check 2 of 3 between Nov 9 and Nov 16; nothing is booked.",
    )


def test_a_physician_who_left_opens_a_task_until_another_is_chosen(session, course_clinic, plan):
    okafor = course_clinic.okafor
    told = {"by": ADMIN, "now": NOW}
    about = NewPhysician(full_name=okafor.full_name, zone=okafor.zone, staff_id=okafor.staff_id)
    people.edit_physician(session, physician_id=okafor.id, new=about, is_active=False, version=okafor.version, **told)
    watch(session)
    assert kinds(session) == [WorkKind.NEXT_DATES_DUE, WorkKind.PLAN_PHYSICIAN_GONE]
    other, _ = course_clinic.physician("Dr. Ben Lindqvist")
    actions.change_physician(
        session, plan_id=plan.id, physician_id=other.id, reason=BECAUSE, version=plan.version, **told
    )
    watch(session)
    assert kinds(session) == [WorkKind.NEXT_DATES_DUE]


def test_another_physician_for_the_plan_does_not_settle_the_dates_with_the_one_who_left(session, course_clinic, plan):
    visit = book(session, plan, at=on("2026-12-01"))
    okafor = course_clinic.okafor
    told = {"by": ADMIN, "now": NOW}
    about = NewPhysician(full_name=okafor.full_name, zone=okafor.zone, staff_id=okafor.staff_id)
    people.edit_physician(session, physician_id=okafor.id, new=about, is_active=False, version=okafor.version, **told)
    watch(session)
    assert kinds(session) == [WorkKind.COURSE_BROKEN, WorkKind.PLAN_PHYSICIAN_GONE]
    other, _ = course_clinic.physician("Dr. Ben Lindqvist")
    actions.change_physician(
        session, plan_id=plan.id, physician_id=other.id, reason=BECAUSE, version=plan.version, **told
    )
    [task] = tasks(session)
    assert (task.kind, task.subject_id) == (WorkKind.COURSE_BROKEN, visit.patient_id)
    assert task.reason == "The visit on Tue Dec 1: Dr. Amara Okafor does not see patients any more."


def test_what_else_is_wrong_is_asked_even_where_a_person_took_the_task_off_the_list(session, course_clinic, plan):
    book(session, plan, at=on("2026-12-01"))
    book(session, plan, at=on("2026-12-15"))
    watch(session)
    [task] = tasks(session)
    close_item(session, item_id=task.id, version=task.version, by=COORDINATOR, now=NOW, outcome=Outcome.NOT_NEEDED)
    watch(session)
    assert tasks(session) == []
    [held] = [each for each in licences_by_physician(session)[course_clinic.okafor.id] if each.state == "FL"]
    until = NewLicence(state="FL", number=held.number, valid_from=held.valid_from, valid_until=date(2026, 11, 30))
    people.edit_licence(session, licence_id=held.id, new=until, version=held.version, by=ADMIN, now=NOW)
    watch(session)
    [again] = tasks(session)
    assert again.reason == "The visit on Tue Dec 1: Dr. Amara Okafor has no Florida license on that day."


def test_tasks_of_a_plan_that_ended_go(session, course_clinic, plan):
    watch(session)
    enter(session, plan, Phase.ENDED, by=course_clinic.doctor)
    watch(session)
    assert tasks(session) == []


def test_the_tasks_of_one_plan_are_settled_at_once_after_a_booking(session, course_clinic, plan):
    other = course_clinic.plan(Phase.EVALUATION, since=on("2026-11-20"))
    watch(session)
    assert len(tasks(session)) == 2
    visit = book(session, plan, at=on("2026-12-01"))
    keep_course(session, subject_id=visit.id, now=NOW, by=COORDINATOR)
    assert [task.patient_id for task in tasks(session)] == [other.patient_id]
    enter(session, other, Phase.ENDED, by=course_clinic.doctor)
    watch_course(session, plan=other, now=NOW, by=COORDINATOR)
    assert tasks(session) == []
    watch_course(session, plan=plan, now=on("2026-12-29"), by=COORDINATOR)
    assert tasks(session) == []


def test_no_task_tells_anything_clinical(session, course_clinic):
    plan = course_clinic.plan(Phase.EVALUATION, since=on("2026-11-20"))
    known = {"plan_id": plan.id, "version": plan.version, "by": course_clinic.doctor, "now": NOW}
    actions.change_plan(session, indication="A sealed matter", reason=BECAUSE, **known)
    watch(session)
    assert [task.reason for task in tasks(session)] == ["The evaluation is open and no consultation is booked."]


def ending(session):
    return tasks(session, of={WorkKind.LEGAL_BASIS_ENDING})


def test_physicians_are_told_of_the_end_of_a_legal_basis_once(session, plan):
    [basis] = [each for each in legal_bases(session) if "extension" in each.name]
    change_end(session, basis, date(2026, 12, 31))
    book(session, plan, at=on("2027-01-12"))
    watch(session, on("2026-11-01"))
    assert ending(session) == []
    watch(session, on("2026-11-02"))
    [task] = ending(session)
    assert (task.about.owner_role, task.about.endpoint) == ("physician", "physician.legal_bases")
    assert "1 booked visit of 1 patient comes after that." in task.reason
    assert task.due_at == on("2026-11-09")
    close_item(session, item_id=task.id, version=task.version, by=ADMIN_AND_PHYSICIAN, now=NOW)
    watch(session)
    assert ending(session) == []


ADMIN_AND_PHYSICIAN = replace(ADMIN, roles=frozenset({*ADMIN.roles, "physician"}))


def test_the_task_about_a_legal_basis_goes_when_something_follows(session, plan):
    [basis] = [each for each in legal_bases(session) if "extension" in each.name]
    change_end(session, basis, date(2026, 12, 31))
    watch(session)
    assert len(ending(session)) == 1
    change_end(session, basis, date(2027, 12, 31))
    watch(session)
    assert ending(session) == []


def test_a_clinic_without_patients_in_a_program_is_not_told_of_the_law(session):
    [basis] = [each for each in legal_bases(session) if "extension" in each.name]
    change_end(session, basis, date(2026, 12, 31))
    watch(session)
    assert ending(session) == []


def test_the_clinic_chooses_how_early_it_is_asked(session, plan):
    changed = {"reason": "Earlier, please.", "revision": 0, "by": ADMIN, "now": NOW}
    set_policy(session, key=PolicyKey.NEXT_DATES_LEAD_DAYS, value=20, **changed)
    watch(session, on("2026-10-20"))
    assert kinds(session) == [WorkKind.NEXT_DATES_DUE]


def test_workers_take_turns_and_leave_two_minutes_between(session, plan):
    assert watch_when_due(session, now=NOW, by=COORDINATOR)
    assert kinds(session) == [WorkKind.NEXT_DATES_DUE]
    assert not watch_when_due(session, now=NOW + EVERY - timedelta(seconds=1), by=COORDINATOR)
    assert watch_when_due(session, now=NOW + EVERY, by=COORDINATOR)


def test_the_same_look_lets_offers_of_dates_run_out(session, plan):
    offer = CourseOffer(
        plan_id=plan.id, state="open", options=[], expires_at=NOW, created_at=NOW, updated_at=NOW, version=1
    )
    session.add(offer)
    session.flush()
    watch_when_due(session, now=NOW - EVERY, by=COORDINATOR)
    assert offer.state == "open"
    watch_when_due(session, now=NOW, by=COORDINATOR)
    session.refresh(offer)
    assert offer.state == "expired"


def test_a_look_opens_the_most_urgent_tasks_first_and_the_next_one_the_rest(session, course_clinic, plan):
    course_clinic.plan(Phase.EVALUATION, since=on("2026-11-20"))
    watch_courses(session, now=NOW, by=COORDINATOR, at_once=1)
    assert kinds(session) == [WorkKind.REVIEW_DUE]
    watch_courses(session, now=NOW, by=COORDINATOR, at_once=1)
    assert kinds(session) == [WorkKind.NEXT_DATES_DUE, WorkKind.REVIEW_DUE]


def test_a_date_that_is_booked_too_late_is_one_task_and_not_two(session, plan):
    book(session, plan, at=on("2026-12-14"))
    watch(session)
    assert kinds(session) == [WorkKind.COURSE_BROKEN]
    [task] = tasks(session)
    assert "at most 60" in task.reason


def test_dates_that_no_longer_fit_are_a_task_until_one_is_moved(session, plan):
    book(session, plan, at=on("2026-12-01"))
    close = book(session, plan, at=on("2026-12-15"))
    watch(session)
    assert kinds(session) == [WorkKind.COURSE_BROKEN]
    assert tasks(session)[0].due_at == on("2026-12-01", 12)
    scheduling.cancel(session, appointment_id=close.id, reason="patient_request", by=COORDINATOR, now=NOW)
    watch(session)
    assert tasks(session) == []


def test_workers_and_people_who_look_at_once_open_each_task_once(database):
    with database.begin(by=ADMIN) as session:
        clinic = CourseClinic(session)
        plans = [clinic.plan(Phase.EVALUATION, since=on("2026-11-20")) for _ in range(4)]

    def everything():
        with database.begin(by=COORDINATOR) as session:
            watch(session)

    def one(plan):
        with database.begin(by=COORDINATOR) as session:
            watch_course(session, plan=session.merge(plan, load=False), now=NOW, by=COORDINATOR)

    results = together(
        *[everything] * 4, *(partial(one, plan) for plan in plans), *(partial(one, plan) for plan in plans)
    )
    assert [result for result in results if result is not None] == []
    with database.begin(by=COORDINATOR) as session:
        assert sorted(task.patient_id for task in tasks(session)) == sorted(plan.patient_id for plan in plans)
        assert len(ending(session)) == 1
