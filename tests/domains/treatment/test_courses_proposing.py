"""Proposing courses: every rule and wish, what is left to choose, why there is none and what would help."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from clinic.kernel.localtime import in_zone
from clinic.people import actions as people
from clinic.people.models import Licence
from clinic.people.rules import NewLicence
from clinic.scheduling import actions as scheduling
from clinic.scheduling.rules.caps import CapPer
from clinic.treatment import actions as treatment
from clinic.treatment.actions.courses import commit_course
from clinic.treatment.errors import UnknownPlan, WishRefused
from clinic.treatment.queries.courses import alternative_courses, course_problems, propose_course
from clinic.treatment.rules.courses import CourseStyle, CourseWish, KeptVisit
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import COORDINATOR, LONG_AGO, NOW, RING
from tests.domains.treatment.plan_makers import NEW_YORK, book, on, take

KNOWN = {"by": COORDINATOR, "now": NOW}


@pytest.fixture
def plan(course_clinic):
    return course_clinic.plan()


@pytest.fixture
def propose(session, plan):
    def run(of=plan, now=NOW, **wish):
        return propose_course(session, plan_id=of.id, wish=CourseWish(**wish), now=now)

    return run


@pytest.fixture
def prefer(session, plan):
    def run(**changes):
        wanted = {
            "patient_hours": [],
            "are_patient_hours_strict": False,
            "support_name": None,
            "support_phone": None,
            "support_hours": [],
            "place": None,
        } | changes
        treatment.set_preferences(session, plan_id=plan.id, version=plan.version, **wanted, **KNOWN)

    return run


def local(visit):
    return in_zone(visit.starts_at, NEW_YORK)


def sessions(proposal):
    return [visit for visit in proposal.new if visit.kind == "session"]


def gaps(visits):
    return [(after.starts_at - before.starts_at) for before, after in pairwise(visits)]


@pytest.mark.parametrize("style", list(CourseStyle))
def test_an_induction_is_proposed_whole_within_every_rule(propose, style):
    proposal = propose(style=style)
    visits = sessions(proposal)
    assert [visit.number for visit in visits] == [1, 2, 3, 4, 5, 6]
    assert all(timedelta(hours=72) <= gap <= timedelta(days=10, hours=12) for gap in gaps(visits))
    assert 14 <= (local(visits[-1]).date() - local(visits[0]).date()).days <= 28
    assert all(
        (later.starts_at - earlier.starts_at).days >= 6 for earlier, later in zip(visits, visits[2:], strict=False)
    )
    assert [visit.kind for visit in proposal.new].count("review") == 2
    assert proposal.sentences[0].startswith("8 visits, ")
    assert proposal.warnings == ()


def test_the_slack_of_each_visit_keeps_the_others_where_they_are(session, plan, propose):
    proposal = propose()
    for index, visit in enumerate(proposal.new):
        assert visit.slack.first_day <= local(visit).date() <= visit.slack.last_day
        for other in visit.slack.others:
            changed = list(proposal.chosen())
            changed[index] = changed[index]._replace(physician_id=other.physician_id, starts_at=other.starts_at)
            savepoint = session.begin_nested()
            commit_course(session, plan_id=plan.id, visits=changed, version=plan.version, ring=RING, **KNOWN)
            savepoint.rollback()


def test_alternatives_differ_and_name_what_they_are_good_for(session, plan):
    found = alternative_courses(session, plan_id=plan.id, wish=CourseWish(), now=NOW)
    assert 2 <= len(found) <= 3
    assert len({one.chosen() for one in found}) == len({one.label for one in found}) == len(found)


def test_a_wished_first_day_and_physician_are_kept(course_clinic, propose):
    lindqvist, _ = course_clinic.physician("Dr. Bea Lindqvist")
    proposal = propose(first_day=date(2026, 12, 7), physician_id=lindqvist.id, only_physician=True)
    assert {visit.physician_name for visit in proposal.new} == {"Dr. Bea Lindqvist"}
    assert local(proposal.new[0]).date() >= date(2026, 12, 7)


def test_another_physician_steps_in_where_the_usual_one_cannot_and_it_is_said(session, course_clinic, plan, propose):
    course_clinic.physician("Dr. Bea Lindqvist")
    scheduling.add_override(
        session,
        physician_id=plan.physician_id,
        kind="closed",
        starts_at=on("2026-11-24", 0),
        ends_at=on("2026-12-11", 0),
        note="",
        **KNOWN,
    )
    proposal = propose(style=CourseStyle.SOONEST)
    others = [visit for visit in proposal.new if visit.physician_name == "Dr. Bea Lindqvist"]
    assert others
    assert all(visit.breaks == ("With Dr. Bea Lindqvist, not the usual physician",) for visit in others)


def test_the_support_person_has_to_be_there_from_beginning_to_end_of_each_session(prefer, propose):
    prefer(support_name="Rosa Invented", support_hours=[[day, "13:00", "16:00"] for day in range(5)])
    for visit in sessions(propose()):
        assert local(visit).hour >= 13
        assert local(visit) + timedelta(hours=2) <= local(visit).replace(hour=16, minute=0)


def test_wished_hours_are_preferred_and_strict_ones_are_kept(prefer, propose):
    hours = [[1, "09:00", "12:00"], [4, "09:00", "12:00"]]
    prefer(patient_hours=hours)
    wished = propose(style=CourseStyle.WISHED_HOURS)
    # The physician sees the patient a day or two after the first, so one of both is on another day.
    assert [visit.breaks for visit in wished.new].count(("Outside the wished hours",)) == 1
    assert wished.sentences[1] == "1 of them does not meet every wish."
    prefer(patient_hours=[*hours, [0, "09:00", "12:00"], [3, "09:00", "12:00"]], are_patient_hours_strict=True)
    strict = propose(style=CourseStyle.SOONEST)
    assert {local(visit).weekday() for visit in strict.new} <= {0, 1, 3, 4}
    assert {visit.breaks for visit in strict.new} == {()}


def test_without_any_way_the_reason_and_a_way_out_that_works_are_named(prefer, propose):
    prefer(patient_hours=[[5, "09:00", "12:00"]], are_patient_hours_strict=True)
    refused = propose()
    assert refused.new == ()
    assert any("outside the patient" in sentence for sentence in refused.refusal.sentences)
    way_out = refused.refusal.relaxations[0]
    assert way_out.wish.pass_hours
    again = propose(**{name: getattr(way_out.wish, name) for name in ("pass_hours", "style", "pass_begin")})
    assert again.refusal is None
    assert all("Outside the wished hours" in visit.breaks for visit in sessions(again))


def test_what_only_the_plan_can_change_is_named_without_a_button(prefer, propose):
    prefer(support_name="Rosa Invented", support_hours=[[6, "09:00", "12:00"]])
    ways = propose().refusal.relaxations
    assert [way.wish for way in ways] == [None]
    assert "support person" in ways[0].words


def test_insisting_on_a_physician_who_cannot_names_the_others_as_the_way_out(session, course_clinic, plan, propose):
    course_clinic.physician("Dr. Bea Lindqvist")
    cap = {"physician_id": plan.physician_id, "visit_type_code": "induction_session", "per": CapPer.DAY, "most": 0}
    scheduling.set_cap(session, effective_from=LONG_AGO, effective_until=None, **cap, **KNOWN)
    refused = propose(only_physician=True)
    (way_out, *_) = refused.refusal.relaxations
    assert way_out.wish.only_physician is False
    assert propose().refusal is None


def test_a_cap_with_one_place_left_is_never_taken_twice(session, course_clinic, plan, propose):
    cap = {"physician_id": plan.physician_id, "visit_type_code": "induction_session", "per": CapPer.WEEK, "most": 1}
    scheduling.set_cap(session, effective_from=LONG_AGO, effective_until=None, **cap, **KNOWN)
    proposal = propose()
    if proposal.refusal is None:
        weeks = [local(visit).isocalendar()[:2] for visit in sessions(proposal)]
        assert len(set(weeks)) == len(weeks)
    scheduling.set_cap(
        session,
        effective_from=LONG_AGO,
        effective_until=None,
        **(cap | {"visit_type_code": None, "most": 2}),
        **KNOWN,
    )
    course_clinic.physician("Dr. Bea Lindqvist")
    shared = propose()
    commit_course(session, plan_id=plan.id, visits=shared.chosen(), version=plan.version, ring=RING, **KNOWN)


def test_a_license_that_ends_during_the_course_is_kept_and_warned_of(session, course_clinic, plan, propose):
    course_clinic.physician("Dr. Bea Lindqvist")
    rows = select(Licence).where(Licence.physician_id == plan.physician_id, Licence.state == "FL")
    licence = session.scalars(rows).one()
    people.edit_licence(
        session,
        licence_id=licence.id,
        new=NewLicence(state="FL", number=licence.number, valid_from=LONG_AGO, valid_until=date(2026, 12, 4)),
        version=licence.version,
        **KNOWN,
    )
    proposal = propose()
    own = [visit for visit in proposal.new if visit.physician_id == plan.physician_id]
    assert all(local(visit).date() <= date(2026, 12, 4) for visit in own)
    assert any("license for Florida ends on Fri Dec 4" in warning for warning in proposal.warnings)


def test_where_nobody_is_licensed_the_calendars_own_reason_is_given(course_clinic, propose):
    patient = course_clinic.patient(state="NJ", city="Newark", postal_code="07102", county_fips="34013")
    florida, _ = course_clinic.physician("Dr. Flor Only", states=("FL",))
    course_clinic.okafor.is_active = False
    course_clinic.session.flush()
    proposal = propose(of=course_clinic.plan(patient=patient, physician=florida))
    assert any("New Jersey license" in sentence for sentence in proposal.refusal.sentences)
    assert any("has no license for New Jersey" in warning for warning in proposal.warnings)


def test_a_physician_who_left_is_warned_of(course_clinic, propose):
    course_clinic.physician("Dr. Bea Lindqvist")
    course_clinic.okafor.is_active = False
    course_clinic.session.flush()
    assert "does not see patients any more" in propose().warnings[0]


def test_planning_past_the_end_of_the_law_warns(propose):
    assert any("no federal rule covers" in warning for warning in propose(first_day=date(2026, 12, 28)).warnings)


def test_a_kind_of_visit_that_is_gone_is_named_with_the_way_out(course_clinic, propose):
    course_clinic.clinic.visit_type("induction_session", is_active=False)
    refusal = propose().refusal
    assert "induction_session" in refusal.sentences[0]
    assert "administrator" in refusal.sentences[1]


def test_a_kind_of_visit_that_is_too_short_is_warned_of(course_clinic, propose):
    course_clinic.clinic.visit_type("induction_session", patient_minutes=60, physician_segments=((0, 30),))
    assert any("lasts 60 minutes, the program asks for 120" in warning for warning in propose().warnings)


@pytest.mark.parametrize(
    ("phase", "words"),
    [(Phase.EVALUATION, "moved the plan on from evaluation"), (Phase.ENDED, "has ended")],
)
def test_phases_without_dates_say_so(course_clinic, propose, phase, words):
    refusal = propose(of=course_clinic.plan(phase)).refusal
    assert words in refusal.sentences[0]
    assert refusal.relaxations == ()


def test_aftercare_plans_checks_only(course_clinic, session, propose):
    plan = course_clinic.plan(Phase.MAINTENANCE)
    take(session, plan, at=on("2026-11-20"))
    treatment.enter_phase(
        session,
        plan_id=plan.id,
        phase=Phase.AFTERCARE,
        reason="Agreed with the patient.",
        version=plan.version,
        by=course_clinic.doctor,
        now=NOW,
    )
    proposal = propose(of=plan)
    assert {visit.kind for visit in proposal.new} == {"review"}
    assert len(proposal.new) == 3


def test_more_than_four_touch_ups_at_once_are_refused(course_clinic, propose):
    with pytest.raises(WishRefused):
        propose(of=course_clinic.plan(Phase.MAINTENANCE), how_many=5)


def test_an_unknown_plan_is_not_found(session, course_clinic):
    with pytest.raises(UnknownPlan):
        propose_course(session, plan_id=course_clinic.okafor.id, wish=CourseWish(), now=NOW)


def test_a_session_that_was_never_ticked_off_counts_for_the_distance(session, plan, propose):
    book(session, plan, at=on("2026-11-23", 9), now=NOW - timedelta(days=1))
    first = sessions(propose())[0]
    assert first.number == 2
    assert first.starts_at - on("2026-11-23", 9) >= timedelta(hours=72)


def test_the_same_question_has_the_same_answer(propose):
    assert propose() == propose()


def test_problems_of_what_is_booked_name_the_visit(session, plan):
    book(session, plan, at=on("2026-11-30", 9))
    late = book(session, plan, at=on("2026-12-11", 9))
    ((visit_id, sentence),) = course_problems(session, plan, now=NOW)
    assert visit_id == late.id
    assert sentence == "Visit 2 on Fri Dec 11 is 11 days after the visit on Mon Nov 30; the plan says at most 10."
    assert course_problems(session, plan, now=on("2026-12-11", 10)) == ()


def test_a_chosen_date_stays_and_the_others_are_planned_around_it(course_clinic, plan, propose):
    planned = propose()
    other = planned.new[4].slack.others[0]
    chosen = planned.new[4].chosen._replace(starts_at=other.starts_at, physician_id=other.physician_id)
    again = propose(kept=(KeptVisit(4, chosen),))
    assert again.new[4].chosen == chosen
    taken = course_clinic.clinic.visit(course_clinic.patient(), course_clinic.okafor, chosen.starts_at)
    refusal = propose(kept=(KeptVisit(4, chosen),)).refusal
    assert refusal.sentences[0] == "The dates that were chosen cannot all stand."
    assert refusal.relaxations[0].wish.kept == ()
    assert taken.starts_at not in {visit.starts_at for visit in propose().new}
