"""Proposals on PostgreSQL: the ranking, and each hard rule where it alone decides."""

from datetime import date, timedelta

import pytest

from clinic.people import actions as people
from clinic.people.models import Licence
from clinic.people.rules import NewLicence
from clinic.policies import actions as policies
from clinic.policies.rules import PolicyKey
from clinic.replacement.queries.ground import ground_for
from clinic.replacement.queries.places import Obstacle, obstacle_of, options_for
from clinic.replacement.rules.lacking import Lacking, advice_on
from clinic.replacement.rules.states import RowState
from clinic.scheduling import actions as scheduling
from clinic.scheduling.queries import hours_of, visit_row
from clinic.scheduling.rules.availability import OverrideKind
from clinic.scheduling.rules.caps import CapPer
from clinic.scheduling.rules.places import OTHER, Place
from clinic.treatment.actions.changing import set_preferences
from clinic.treatment.models import LegalBasis
from clinic.treatment.queries.courses import instant
from clinic.treatment.rules.phases import Phase
from tests.domains.replacement.out_makers import WEDNESDAY
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import ADMIN, book, on


@pytest.fixture
def only_on(session, out_clinic):
    """Leave a physician with a stretch of one day, and nothing else."""

    def run(physician, *stretches):
        for rule in hours_of(session, physician.id):
            scheduling.end_hours(session, rule_id=rule.id, last_day=date(2026, 11, 1), by=ADMIN, now=NOW)
        for begin, end in stretches:
            extra(session, physician, begin, end)

    return run


def extra(session, physician, begin, end, kind=OverrideKind.EXTRA):
    scheduling.add_override(
        session, physician_id=physician.id, kind=kind, starts_at=begin, ends_at=end, note="", by=ADMIN, now=NOW
    )


def test_the_same_time_first_then_the_same_day_then_another(out_clinic, only_on):
    ten, eleven, noon = out_clinic.visit(10), out_clinic.visit(11), out_clinic.visit(12)
    only_on(
        out_clinic.ruiz,
        (on(WEDNESDAY, 10), on(WEDNESDAY, 10, 30)),
        (on(WEDNESDAY, 15), on(WEDNESDAY, 15, 30)),
        (on("2026-11-27", 9), on("2026-11-27", 9, 30)),
    )
    only_on(out_clinic.out)
    batch = out_clinic.open()
    rows = out_clinic.rows(batch)
    assert [row.tier for row in rows] == [0, 1, 2]
    assert [row.to_starts_at for row in rows] == [on(WEDNESDAY, 10), on(WEDNESDAY, 15), on("2026-11-27", 9)]
    assert {row.to_physician_id for row in rows} == {out_clinic.ruiz.id}
    assert [row.appointment_id for row in rows] == [ten.id, eleven.id, noon.id]


def test_on_its_day_a_visit_is_judged_where_the_patient_said_to_be_and_at_home_on_others(session, out_clinic, only_on):
    visit = out_clinic.visit(10)
    only_on(out_clinic.out)
    only_on(out_clinic.ruiz)
    north, south = (out_clinic.courses.clinic.physician(f"Dr. {one} Only", states=(one,)) for one in ("NJ", "FL"))
    for each in (north, south):
        only_on(each, (on(WEDNESDAY, 15), on(WEDNESDAY, 15, 30)), (on("2026-11-26", 9), on("2026-11-26", 9, 30)))
    newark = Place(kind=OTHER, state="NJ", county_fips="34013", words=None)
    scheduling.say_location(session, appointment_id=visit.id, place=newark, by=COORDINATOR, now=NOW)
    ground = ground_for(session, [visit_row(session, visit.id)], now=NOW)
    found = options_for(ground, ground.cases[visit.id])
    assert {(each.place.key[0], instant(each.place.key[1])) for each in found} == {
        (north.id, on(WEDNESDAY, 15)),
        (south.id, on("2026-11-26", 9)),
    }


def test_what_is_in_the_way_on_its_day_is_named_for_where_the_patient_said_to_be(session, out_clinic, only_on):
    visit = out_clinic.visit(10)
    only_on(out_clinic.out)
    only_on(out_clinic.ruiz)
    south = out_clinic.courses.clinic.physician("Dr. South Only", states=("FL",))
    only_on(south, (on(WEDNESDAY, 15), on(WEDNESDAY, 15, 30)))
    newark = Place(kind=OTHER, state="NJ", county_fips="34013", words=None)
    scheduling.say_location(session, appointment_id=visit.id, place=newark, by=COORDINATOR, now=NOW)
    ground = ground_for(session, [visit_row(session, visit.id)], now=NOW)
    case = ground.cases[visit.id]
    assert options_for(ground, case) == []
    named = Obstacle(Lacking.LICENSE, "the patient says to be in New Jersey then")
    assert obstacle_of(ground, case) == named
    assert (
        "free (the patient says to be in New Jersey then): open extra hours."
        in advice_on(named.lacking, is_session=False, detail=named.detail).sentence
    )
    only_on(south, (on("2026-11-23", 10, 30), on("2026-11-23", 11)))
    ground = ground_for(session, [visit_row(session, visit.id)], now=NOW)
    assert obstacle_of(ground, ground.cases[visit.id]) == Obstacle(Lacking.NOTICE)


def test_hours_only_keep_the_rest_of_the_day_and_a_session_counts_by_the_physicians_own_part(session, out_clinic):
    early, late = out_clinic.visit(9), out_clinic.visit(15)
    plan = out_clinic.courses.plan()
    closing_check_at_noon = book(session, plan, at=on(WEDNESDAY, 10, 15))
    batch = out_clinic.open(hours=(12, 14))
    assert [row.appointment_id for row in out_clinic.rows(batch)] == [closing_check_at_noon.id]
    assert {early.id, late.id}.isdisjoint(row.appointment_id for row in out_clinic.rows(batch))


def test_ill_now_what_nobody_has_begun_counts_and_the_same_time_needs_no_notice(session, out_clinic):
    waiting = out_clinic.visit(10, day="2026-11-23", now=on("2026-11-23", 7))
    soon = out_clinic.visit(11, day="2026-11-23", now=on("2026-11-23", 7))
    over = out_clinic.visit(9, day="2026-11-23", now=on("2026-11-23", 6))
    batch = out_clinic.open(day="2026-11-23", now=on("2026-11-23", 10, 5))
    rows = {row.appointment_id: row for row in out_clinic.rows(batch)}
    assert over.id not in rows
    assert (rows[soon.id].tier, rows[soon.id].to_starts_at) == (0, on("2026-11-23", 11))
    assert rows[waiting.id].to_starts_at >= on("2026-11-23", 12, 5)


class Case:
    """A visit on Wednesday at ten; only one place is left, with Dr. Ruiz, and one rule may be against it."""

    def __init__(self, session, out_clinic, only_on):
        self.session, self.clinic, self.only_on = session, out_clinic, only_on
        self.at = on(WEDNESDAY, 14)

    def outcome(self, visit):
        row = self.clinic.row_of(self.clinic.open(), visit)
        return row.to_starts_at if row.state == RowState.PROPOSED else Lacking(row.lacking)

    def leave(self, *stretches):
        self.only_on(self.clinic.out)
        self.only_on(self.clinic.ruiz, *(stretches or ((self.at, self.at + timedelta(minutes=30)),)))


@pytest.fixture
def one(session, out_clinic, only_on):
    return Case(session, out_clinic, only_on)


def test_without_anything_against_it_the_place_is_proposed(one):
    visit = one.clinic.visit(10)
    one.leave()
    assert one.outcome(visit) == one.at


def test_the_physicians_time(one):
    visit, other = one.clinic.visit(10), one.clinic.courses.clinic.patient()
    one.leave((one.at, one.at + timedelta(minutes=30)))
    one.clinic.visit(14, patient=other, physician=one.clinic.ruiz)
    assert one.outcome(visit) is Lacking.BUSY


def test_the_patients_time(one):
    ana = one.clinic.courses.clinic.patient()
    third, _ = one.clinic.courses.physician("Dr. Lena Hart")
    visit = one.clinic.visit(10, patient=ana)
    one.clinic.visit(14, patient=ana, physician=third)
    one.only_on(third)
    one.leave()
    assert one.outcome(visit) is Lacking.PATIENT_BUSY


def test_the_license_on_that_date(one):
    visit = one.clinic.visit(10)
    one.leave()
    for row in one.session.query(Licence).filter_by(physician_id=one.clinic.ruiz.id, state="FL"):
        wanted = NewLicence(state="FL", number=row.number, valid_from=row.valid_from, valid_until=date(2026, 11, 24))
        people.edit_licence(one.session, licence_id=row.id, new=wanted, version=row.version, by=ADMIN, now=NOW)
    assert one.outcome(visit) is Lacking.LICENSE


def test_a_cap(one):
    visit = one.clinic.visit(10)
    one.leave()
    scheduling.set_cap(
        one.session,
        physician_id=one.clinic.ruiz.id,
        visit_type_code=None,
        per=CapPer.DAY,
        most=0,
        effective_from=date(2026, 11, 1),
        effective_until=None,
        by=ADMIN,
        now=NOW,
    )
    assert one.outcome(visit) is Lacking.CAP


def test_a_closure(one):
    visit = one.clinic.visit(10)
    one.leave()
    scheduling.add_closure(
        one.session,
        name="Staff day",
        state=None,
        first_day=date(2026, 11, 25),
        last_day=date(2026, 11, 25),
        by=ADMIN,
        now=NOW,
    )
    assert one.outcome(visit) is Lacking.CLOSURE


def test_the_notice_of_another_time(one):
    visit = one.clinic.visit(10)
    one.clinic.courses.clinic.visit_type("follow_up", min_notice_minutes=3 * 24 * 60, horizon_days=366)
    one.leave()
    assert one.outcome(visit) is Lacking.NOTICE


def test_the_window_of_the_policy(one):
    visit = one.clinic.visit(10)
    one.leave((on("2026-12-03", 10), on("2026-12-03", 10, 30)))
    assert one.outcome(visit) is Lacking.WINDOW


def test_a_wider_window_of_the_policy(one):
    visit = one.clinic.visit(10)
    one.leave((on("2026-12-03", 10), on("2026-12-03", 10, 30)))
    policies.set_policy(
        one.session,
        key=PolicyKey.REPLACEMENT_WINDOW_DAYS,
        value=8,
        reason="Vacation time.",
        revision=0,
        by=ADMIN,
        now=NOW,
    )
    assert one.outcome(visit) == on("2026-12-03", 10)


def test_another_physician_who_is_out_is_nobody_to_take_over(one):
    visit = one.clinic.visit(10)
    one.leave()
    one.clinic.open(physician_id=one.clinic.ruiz.id)
    assert one.outcome(visit) is Lacking.EVERYTHING


def test_the_legal_basis_of_a_later_day(one):
    visit = one.clinic.visit(10)
    one.at = on("2026-11-27", 10)
    one.leave()
    for row in one.session.query(LegalBasis):
        row.valid_until = date(2026, 11, 26)
    assert one.outcome(visit) is Lacking.LEGAL


@pytest.fixture
def plan(one):
    return one.clinic.courses.plan(Phase.INDUCTION)


def session_case(one, plan, *, at=None, **wishes):
    """Return the outcome of a session at ten of which one place is left, at 14 or where the case says."""
    visit = book(one.session, plan, at=on(WEDNESDAY, 10))
    one.at = at or one.at
    one.leave((one.at, one.at + timedelta(hours=2)))
    if wishes:
        usual = {"patient_hours": [], "are_patient_hours_strict": False, "support_hours": []}
        usual |= {"support_name": None, "support_phone": None, "place": None, "version": plan.version}
        set_preferences(one.session, plan_id=plan.id, by=COORDINATOR, now=NOW, **(usual | wishes))
    return one.outcome(visit)


def test_a_session_goes_where_its_course_allows(one, plan):
    assert session_case(one, plan) == one.at


def test_hours_that_the_patient_wished_for_may_give_way(one, plan):
    assert session_case(one, plan, patient_hours=[[2, "09:00", "13:00"]]) == one.at


def test_the_patients_strict_hours(one, plan):
    found = session_case(one, plan, patient_hours=[[2, "09:00", "13:00"]], are_patient_hours_strict=True)
    assert found is Lacking.PATIENT_HOURS


def test_the_support_persons_hours(one, plan):
    assert session_case(one, plan, support_hours=[[2, "09:00", "13:00"]]) is Lacking.SUPPORT_HOURS


FRIDAY, SATURDAY = on("2026-11-27", 14), on("2026-11-28", 10)


@pytest.mark.parametrize(("later", "is_far_enough"), [(on("2026-11-30", 10), False), (on("2026-11-30", 14), True)])
def test_the_gap_to_the_next_session(one, plan, later, is_far_enough):
    book(one.session, plan, at=later)
    assert session_case(one, plan, at=FRIDAY) == (FRIDAY if is_far_enough else Lacking.COURSE)


@pytest.mark.parametrize(("third", "fits"), [(on("2026-12-04", 10), False), (on("2026-12-07", 10), True)])
def test_the_weekly_maximum_with_two_later_ones(one, plan, third, fits):
    book(one.session, plan, at=on("2026-12-01", 10))
    book(one.session, plan, at=third)
    assert session_case(one, plan, at=SATURDAY) == (SATURDAY if fits else Lacking.COURSE)


def test_two_sessions_of_one_course_go_where_they_fit_each_other(session, one, plan):
    days = "2026-11-25", "2026-11-30"
    first, second = (book(session, plan, at=on(day, 10)) for day in days)
    near, far = on("2026-11-27", 15), on("2026-11-30", 12)
    # Friday at three is fine with Monday at ten as booked, and not with Monday at noon.
    one.leave((near, near + timedelta(hours=2)), (far, far + timedelta(hours=2)))
    plan_of_rows = one.clinic.open(day=days[0], hours=(0, 6 * 24))
    found = [row.to_starts_at for row in one.clinic.rows(plan_of_rows)]
    assert {row.appointment_id for row in one.clinic.rows(plan_of_rows)} == {first.id, second.id}
    assert found.count(None) == 1
