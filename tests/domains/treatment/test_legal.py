"""Legal bases as people write them down, and the booked visits that come after the end of one."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from clinic.kernel.errors import ChangedMeanwhile
from clinic.kernel.ids import new_id
from clinic.kernel.journal import take_entries
from clinic.policies.actions import set_policy
from clinic.policies.rules import PolicyKey
from clinic.treatment import actions
from clinic.treatment.actions.legal import add_legal_basis, change_legal_basis, remove_legal_basis
from clinic.treatment.errors import (
    LegalBasesNotYours,
    LegalBasisOverlaps,
    LegalBasisRefused,
    ReasonTooShort,
    UnknownLegalBasis,
)
from clinic.treatment.queries.legal import (
    affected_by_end,
    beyond_basis,
    ends_ahead,
    legal_bases,
    legal_basis,
)
from clinic.treatment.rules.legal import LegalVisit, Level, NewBasis, standing
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW
from tests.domains.treatment.plan_makers import ADMIN, BECAUSE, book, on

END = date(2026, 12, 31)
WAY_OUT = "An in-person exam or a new rule is needed."
FIFTH = NewBasis(
    name="Fifth extension",
    level="federal",
    state=None,
    schedule="III",
    valid_from=date(2027, 1, 1),
    valid_until=date(2027, 12, 31),
    needs_in_person_exam=False,
    source="91 FR 1",
)


def add(session, new=FIFTH, *, by=ADMIN, reason="It was published."):
    return add_legal_basis(session, new=new, reason=reason, by=by, now=NOW)


def stands(session, *, state="FL", day=END, exam_on=None):
    """Return what a visit stands on."""
    return standing(legal_bases(session), state=state, day=day, exam_on=exam_on)


def extension(session):
    [found] = [each for each in legal_bases(session) if each.valid_until == END]
    return found


@pytest.fixture
def plan(course_clinic):
    return course_clinic.plan(Phase.MAINTENANCE, since=on("2026-11-02"))


def test_a_new_clinic_knows_what_the_law_says_today(session):
    known = legal_bases(session)
    assert [(each.level, each.state, each.valid_until, each.needs_in_person_exam) for each in known] == [
        (Level.FEDERAL, None, None, True),
        (Level.FEDERAL, None, END, False),
        (Level.STATE, "FL", None, False),
        (Level.STATE, "NJ", None, False),
    ]
    assert all(each.source for each in known)
    assert len(legal_bases(session, on=date(2027, 1, 1))) == 3


def test_a_visit_stands_on_a_federal_and_a_state_rule(session):
    found = stands(session)
    assert (found.federal.valid_until, found.state.state) == (END, "FL")
    assert stands(session, day=END + timedelta(days=1)) is None
    after = stands(session, state="NJ", day=END + timedelta(days=1), exam_on=END)
    assert after.federal.needs_in_person_exam


def test_a_basis_is_added_with_its_reason_in_the_trail(session):
    row = add(session)
    assert stands(session, day=date(2027, 3, 1)).federal.id == row.id
    [entry] = [each for each in take_entries(session) if each.subject_id == row.id]
    assert (entry.action, entry.details["reason"]) == ("legal_basis.added", "It was published.")
    assert entry.details["valid_from"] == "2027-01-01"
    assert (row.version, row.updated_by) == (1, ADMIN.name)


def test_a_change_keeps_what_was_before_in_the_trail(session):
    known = extension(session)
    wanted = replace(FIFTH, name=known.name, valid_from=known.valid_from, valid_until=date(2027, 6, 30))
    row = change_legal_basis(
        session, basis_id=known.id, new=wanted, reason=BECAUSE, version=known.version, by=ADMIN, now=NOW
    )
    assert (row.valid_until, row.version) == (date(2027, 6, 30), known.version + 1)
    [entry] = [each for each in take_entries(session) if each.action == "legal_basis.changed"]
    assert entry.details["before"]["valid_until"] == "2026-12-31"
    assert "valid_from" not in entry.details["before"]
    assert (entry.details["valid_until"], entry.details["reason"]) == ("2027-06-30", BECAUSE)


def test_the_same_again_changes_nothing(session):
    row = add(session)
    take_entries(session)
    again = change_legal_basis(
        session, basis_id=row.id, new=FIFTH, reason=BECAUSE, version=row.version, by=ADMIN, now=NOW
    )
    assert again.version == 1
    assert take_entries(session) == []


def test_a_removed_basis_carries_nobody_and_cannot_be_removed_or_changed_again(session):
    known = extension(session)
    remove_legal_basis(session, basis_id=known.id, reason=BECAUSE, version=known.version, by=ADMIN, now=NOW)
    assert stands(session) is None
    [entry] = [each for each in take_entries(session) if each.action == "legal_basis.removed"]
    assert entry.details["before"]["valid_until"] == "2026-12-31"
    told = {"reason": BECAUSE, "version": known.version + 1, "by": ADMIN, "now": NOW}
    with pytest.raises(UnknownLegalBasis):
        remove_legal_basis(session, basis_id=known.id, **told)
    with pytest.raises(UnknownLegalBasis):
        change_legal_basis(session, basis_id=known.id, new=FIFTH, **told)
    with pytest.raises(UnknownLegalBasis):
        legal_basis(session, known.id)
    # What was removed is no double of what is written down anew.
    assert add(session, replace(FIFTH, valid_from=END))


def test_two_people_at_once_are_told_of_each_other(session):
    row = add(session)
    told = {"basis_id": row.id, "reason": BECAUSE, "version": row.version, "by": ADMIN, "now": NOW}
    change_legal_basis(session, new=replace(FIFTH, source="91 FR 2"), **told)
    with pytest.raises(ChangedMeanwhile):
        change_legal_basis(session, new=replace(FIFTH, source="91 FR 3"), **told)
    with pytest.raises(ChangedMeanwhile):
        remove_legal_basis(session, **told)


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"new": replace(FIFTH, valid_until=date(2026, 12, 31))}, LegalBasisRefused, "valid_until"),
        ({"new": replace(FIFTH, state="CT")}, LegalBasisRefused, "state"),
        ({"new": replace(FIFTH, valid_from=END)}, LegalBasisOverlaps, "valid_from"),
        ({"reason": "why"}, ReasonTooShort, "reason"),
    ],
)
def test_what_cannot_be_right_is_refused_at_its_field(session, changes, refusal, field):
    with pytest.raises(refusal) as refused:
        add(session, **changes)
    assert refused.value.field == field


def test_a_change_is_judged_like_a_new_one_but_is_no_double_of_itself(session):
    row = add(session)
    told = {"basis_id": row.id, "reason": BECAUSE, "version": row.version, "by": ADMIN, "now": NOW}
    with pytest.raises(LegalBasisOverlaps):
        change_legal_basis(session, new=replace(FIFTH, valid_from=END), **told)
    assert change_legal_basis(session, new=replace(FIFTH, valid_from=date(2027, 1, 2)), **told).version == 2


def test_physicians_and_administrators_write_and_coordinators_do_not(session, course_clinic):
    assert add(session, by=course_clinic.doctor)
    with pytest.raises(LegalBasesNotYours):
        add(session, replace(FIFTH, valid_from=date(2028, 1, 1), valid_until=None), by=COORDINATOR)
    known = extension(session)
    told = {"basis_id": known.id, "reason": BECAUSE, "version": known.version, "by": COORDINATOR, "now": NOW}
    with pytest.raises(LegalBasesNotYours):
        change_legal_basis(session, new=FIFTH, **told)
    with pytest.raises(LegalBasesNotYours):
        remove_legal_basis(session, **told)


def test_an_unknown_basis_is_not_found(session):
    with pytest.raises(UnknownLegalBasis):
        remove_legal_basis(session, basis_id=new_id(), reason=BECAUSE, version=1, by=ADMIN, now=NOW)


def test_booked_visits_past_the_end_are_listed_by_patient_with_the_days_left(session, course_clinic, plan):
    other = course_clinic.plan(Phase.MAINTENANCE, since=on("2026-11-02"))
    book(session, plan, at=on("2026-12-31"))
    after = book(session, plan, at=on("2027-01-04"))
    book(session, plan, at=on("2027-01-05"), kind="follow_up")
    others = book(session, other, at=on("2027-01-04", 13))
    [first, second] = affected_by_end(session, now=NOW)
    assert {first.appointment_id, second.appointment_id} == {after.id, others.id}
    mine = next(each for each in (first, second) if each.plan_id == plan.id)
    assert (mine.patient_id, mine.starts_at, mine.state) == (plan.patient_id, after.starts_at, "FL")
    assert (mine.missing, mine.uncovered_from, mine.days_left) == (Level.FEDERAL, date(2027, 1, 1), 42)
    assert mine.physician_name == "Dr. Amara Okafor"
    assert mine.sentence.startswith("From Jan 1, 2027 no federal rule covers this visit")
    assert first.patient_name <= second.patient_name
    assert affected_by_end(session, now=after.starts_at + timedelta(days=1)) == []


def test_an_exam_in_person_covers_the_visits_after_it(session, course_clinic, plan):
    before = book(session, plan, at=on("2027-01-04"))
    after = book(session, plan, at=on("2027-02-08"))
    actions.change_plan(
        session,
        plan_id=plan.id,
        in_person_exam_on=date(2027, 1, 20),
        reason=BECAUSE,
        version=plan.version,
        by=course_clinic.doctor,
        now=on("2027-01-20", 17),
    )
    assert [each.appointment_id for each in affected_by_end(session, now=NOW)] == [before.id]
    beyond = {"day": after.starts_at.date(), "exam_on": plan.in_person_exam_on}
    assert stands(session, **beyond).federal.needs_in_person_exam


def test_the_day_of_a_visit_is_the_patients_own(session, course_clinic):
    # Half past midnight on Jan 1 in New York is still Dec 31 in Pensacola.
    patient = course_clinic.patient(city="Pensacola", postal_code="32501", county_fips="12033")
    plan = course_clinic.plan(Phase.MAINTENANCE, patient=patient, since=on("2026-11-02"))
    visit = book(session, plan, at=on("2026-12-30"))
    visit.starts_at, visit.ends_at = on("2027-01-01", 0, 30), on("2027-01-01", 2, 30)
    session.flush()
    assert affected_by_end(session, now=NOW) == []
    visit.location_zone = "America/New_York"
    session.flush()
    assert len(affected_by_end(session, now=NOW)) == 1


def test_planning_past_the_end_is_warned_of(session, plan):
    book(session, plan, at=on("2027-01-04"))
    words = (f"From Jan 1, 2027 no federal rule covers this visit by telemedicine. {WAY_OUT}",)
    assert beyond_basis(session, plan_id=plan.id) == words
    assert beyond_basis(session, plan_id=plan.id, visits=[LegalVisit("NJ", date(2027, 1, 1))]) == words
    assert beyond_basis(session, plan_id=plan.id, visits=[LegalVisit("NJ", END)]) == ()


def test_the_end_of_a_basis_is_told_of_with_whom_it_concerns(session, plan):
    [end] = ends_ahead(session, now=NOW)
    assert (end.ends_on, end.days_left, end.is_warning) == (END, 39, True)
    assert (end.visits, end.patients, end.plans) == (0, 0, 1)
    book(session, plan, at=on("2027-01-04"))
    book(session, plan, at=on("2027-02-08"))
    [end] = ends_ahead(session, now=NOW)
    assert (end.visits, end.patients, end.concerns_anybody) == (2, 1, True)
    assert "2 booked visits of 1 patient come after that." in end.sentence
    add(session, replace(FIFTH, valid_until=None))
    assert ends_ahead(session, now=NOW) == []


def test_the_warning_begins_sixty_days_before_or_when_the_clinic_says(session, plan):
    sixty_left = on("2026-11-02")
    assert ends_ahead(session, now=sixty_left)[0].days_left == 60
    assert ends_ahead(session, now=sixty_left)[0].is_warning
    assert not ends_ahead(session, now=sixty_left - timedelta(days=1))[0].is_warning
    set_policy(
        session,
        key=PolicyKey.LEGAL_BASIS_WARN_DAYS,
        value=61,
        reason="A little earlier.",
        revision=0,
        by=ADMIN,
        now=NOW,
    )
    assert ends_ahead(session, now=sixty_left - timedelta(days=1))[0].is_warning


def test_an_end_concerns_nobody_when_every_patient_was_examined(session, course_clinic, plan):
    told = {"reason": BECAUSE, "by": course_clinic.doctor, "now": NOW}
    actions.change_plan(session, plan_id=plan.id, in_person_exam_on=date(2026, 11, 20), version=plan.version, **told)
    assert not ends_ahead(session, now=NOW)[0].concerns_anybody


def test_a_state_rule_that_ends_concerns_the_patients_of_that_state(session, course_clinic, plan):
    jersey = next(each for each in legal_bases(session) if each.state == "NJ")
    wanted = replace(
        FIFTH, name=jersey.name, level="state", state="NJ", valid_from=jersey.valid_from, valid_until=date(2027, 1, 10)
    )
    told = {"reason": BECAUSE, "by": ADMIN, "now": NOW}
    change_legal_basis(session, basis_id=jersey.id, new=wanted, version=jersey.version, **told)
    add(session, replace(FIFTH, valid_until=None))
    book(session, plan, at=on("2027-01-18"))
    [end] = ends_ahead(session, now=NOW)
    assert (end.plans, end.visits, end.concerns_anybody) == (0, 0, False)
    patient = course_clinic.patient(state="NJ", county_fips="34003", city="Hackensack", postal_code="07601")
    theirs = course_clinic.plan(Phase.MAINTENANCE, patient=patient, since=on("2026-11-02"))
    book(session, theirs, at=on("2027-01-11"))
    [end] = ends_ahead(session, now=NOW)
    assert (end.plans, end.visits) == (1, 1)
    [affected] = affected_by_end(session, now=NOW)
    assert affected.sentence.startswith("From Jan 11, 2027 no rule of New Jersey covers")
