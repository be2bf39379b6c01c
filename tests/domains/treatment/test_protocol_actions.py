"""Protocols: versions that only grow, what a new clinic starts with, and moving plans on."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from clinic.kernel import journal
from clinic.kernel.actor import system
from clinic.kernel.errors import ChangedMeanwhile
from clinic.treatment import actions, queries
from clinic.treatment.errors import (
    LastProtocol,
    PhysicianDecides,
    PlanRefused,
    ProtocolNameTaken,
    ProtocolRefused,
    ProtocolsNotYours,
    ReasonTooShort,
    UnknownProtocol,
)
from clinic.treatment.models import LegalBasis, Protocol
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import NOW

STANDARD = "Standard program"
WEEKLY = "Weekly program"


@pytest.fixture
def standard(session):
    return queries.protocols(session)[0]


@pytest.fixture
def publish(course_clinic, session, standard):
    def write(protocol, **changes):
        wanted = {
            "protocol_id": standard.id,
            "name": STANDARD,
            "reason": "Shorter by agreement",
            "by": course_clinic.doctor,
            "now": NOW,
        } | changes
        return actions.publish_protocol(session, protocol=protocol, **wanted)

    return write


def with_sessions(protocol, count):
    return replace(protocol, induction=replace(protocol.induction, sessions=count))


def test_a_new_clinic_starts_with_a_protocol_and_the_legal_bases(session, standard):
    assert (standard.name, standard.number, standard.plans) == (STANDARD, 1, 0)
    assert standard.protocol.taper.gaps_days == (30, 45, 60, 90)
    bases = session.scalars(select(LegalBasis).order_by(LegalBasis.name)).all()
    found = {(basis.source, basis.level, basis.state, basis.valid_until, basis.needs_in_person_exam) for basis in bases}
    assert found == {
        ("90 FR 61301", "federal", None, date(2026, 12, 31), False),
        ("21 USC 829(e)", "federal", None, None, True),
        ("s. 456.47, Florida Statutes", "state", "FL", None, False),
        ("N.J.S.A. 45:1-62", "state", "NJ", None, False),
    }
    assert {basis.schedule for basis in bases} == {"III"}


def test_what_a_clinic_changed_is_never_brought_back(course_clinic, session, standard):
    session.get_one(Protocol, standard.id).name = "Our program"
    for basis in session.scalars(select(LegalBasis)):
        basis.removed_at = NOW
    session.flush()
    journal.take_entries(session)
    actions.provide_defaults(session, by=system("clinic migrate"), now=NOW)
    assert [row.name for row in queries.protocols(session)] == ["Our program"]
    assert all(session.scalars(select(LegalBasis.removed_at)))
    assert journal.take_entries(session) == []


def test_a_change_is_a_new_version_and_the_old_one_stays(publish, session, standard):
    journal.take_entries(session)
    version = publish(with_sessions(standard.protocol, 5))
    assert version.number == 2
    assert [row.number for row in queries.protocol_versions(session, standard.id)] == [2, 1]
    assert queries.protocol_version(session, standard.version_id).definition["induction"]["sessions"] == 6
    assert queries.default_version(session) == version
    (entry,) = journal.take_entries(session)
    assert entry.details["changes"] == {"induction.sessions": [6, 5]}


def test_plans_keep_their_version_until_somebody_moves_them_on(course_clinic, publish, session, standard):
    plan = course_clinic.plan(Phase.INDUCTION)
    version = publish(with_sessions(standard.protocol, 5))
    assert queries.rules_of_plan(session, plan).induction.sessions == 6
    (row,) = actions.who_is_affected(session, standard.id)
    assert (row.plan_id, row.number, row.phase, row.has_adjustments) == (plan.id, 1, "induction", False)
    (moved,) = actions.move_plans_to(
        session,
        version_id=version.id,
        plan_ids=[plan.id],
        reason="Five are enough",
        by=course_clinic.doctor,
        now=NOW,
    )
    assert queries.rules_of_plan(session, moved).induction.sessions == 5
    assert queries.changes_of(session, plan.id)[0].reason == "Five are enough"
    assert actions.who_is_affected(session, standard.id)[0].number == 2


def test_the_same_numbers_again_are_no_new_version(publish, standard):
    assert publish(standard.protocol).number == 1


def test_the_second_of_two_authors_hears_of_the_first(publish, standard):
    publish(with_sessions(standard.protocol, 5), based_on=1)
    with pytest.raises(ChangedMeanwhile, match=r"Dr. Amara Okafor wrote version 2 after you opened this") as caught:
        publish(with_sessions(standard.protocol, 4), based_on=1)
    assert caught.value.at == NOW
    assert publish(with_sessions(standard.protocol, 4), based_on=2).number == 3


def test_a_new_protocol_has_a_name_of_its_own(publish, session, standard):
    first = publish(standard.protocol, protocol_id=None, name=f" {WEEKLY} ")
    assert queries.protocol_named(session, first.id) == (WEEKLY, 1)
    assert [row.name for row in queries.protocols(session)] == [STANDARD, WEEKLY]
    for taken in (STANDARD, WEEKLY):
        with pytest.raises(ProtocolNameTaken) as caught:
            publish(standard.protocol, protocol_id=None, name=taken)
        assert caught.value.field == "name"
    for odd in ("", "x" * 81):
        with pytest.raises(ProtocolRefused) as refused:
            publish(standard.protocol, protocol_id=None, name=odd)
        assert refused.value.field == "name"
    assert queries.default_version(session).protocol_id == standard.id


def test_numbers_and_kinds_of_visits_are_judged_before_anything_is_written(course_clinic, publish, session, standard):
    course_clinic.clinic.visit_type("short_session", purpose="session", patient_minutes=119, horizon_days=90)
    course_clinic.clinic.visit_type("old_session", purpose="session", patient_minutes=120, is_active=False)
    protocol = standard.protocol
    refused = {
        "induction.sessions": with_sessions(protocol, 10),
        "induction.visit_type": replace(protocol, induction=replace(protocol.induction, visit_type="follow_up")),
        "maintenance.visit_type": replace(protocol, maintenance=replace(protocol.maintenance, visit_type="unheard_of")),
        "taper.visit_type": replace(protocol, taper=replace(protocol.taper, visit_type="short_session")),
        "aftercare.visit_type": replace(protocol, aftercare=replace(protocol.aftercare, visit_type="old_session")),
        "reviews.visit_type": replace(protocol, reviews=replace(protocol.reviews, visit_type="induction_session")),
    }
    for field, wrong in refused.items():
        with pytest.raises(ProtocolRefused) as caught:
            publish(wrong)
        assert caught.value.field == field
    assert len(queries.protocol_versions(session, standard.id)) == 1
    reviewed = replace(protocol, reviews=replace(protocol.reviews, visit_type="initial_consultation"))
    assert publish(reviewed).number == 2


def test_coordinators_write_no_protocols_and_nobody_without_a_reason(course_clinic, publish, standard):
    with pytest.raises(ProtocolsNotYours):
        publish(with_sessions(standard.protocol, 5), by=course_clinic.coordinator)
    with pytest.raises(ReasonTooShort):
        publish(with_sessions(standard.protocol, 5), reason="ok")
    with pytest.raises(UnknownProtocol):
        publish(standard.protocol, protocol_id=standard.version_id)
    assert publish(with_sessions(standard.protocol, 5), by=course_clinic.admin).number == 2


def test_plans_move_all_or_none(course_clinic, publish, session, standard):
    mine = course_clinic.plan(Phase.INDUCTION)
    herrera, _ = course_clinic.physician("Dr. Ben Herrera")
    other = course_clinic.plan(Phase.INDUCTION, physician=herrera)
    version = publish(with_sessions(standard.protocol, 5))
    wanted = {"version_id": version.id, "reason": "Five are enough", "by": course_clinic.doctor, "now": NOW}
    with pytest.raises(PhysicianDecides), session.begin_nested():
        actions.move_plans_to(session, plan_ids=[mine.id, other.id], **wanted)
    session.expire_all()
    assert mine.protocol_version_id == other.protocol_version_id == standard.version_id
    assert actions.move_plans_to(session, plan_ids=[mine.id, mine.id], **wanted) == [mine]
    assert actions.move_plans_to(session, plan_ids=[mine.id], **wanted) == []


def test_own_numbers_that_do_not_fit_stop_a_move(course_clinic, publish, session, standard):
    plan = course_clinic.plan(Phase.INDUCTION)
    actions.change_plan(
        session,
        plan_id=plan.id,
        adjustments={"induction.sessions": 9},
        reason="Nine for this patient",
        version=plan.version,
        by=course_clinic.doctor,
        now=NOW,
    )
    shorter = replace(standard.protocol.induction, most_days=20)
    version = publish(replace(standard.protocol, induction=shorter))
    with pytest.raises(PlanRefused, match=r"own numbers do not fit this version. Leave that plan out") as caught:
        actions.move_plans_to(
            session,
            version_id=version.id,
            plan_ids=[plan.id],
            reason="Shorter now",
            by=course_clinic.doctor,
            now=NOW,
        )
    assert caught.value.field == "plan_ids"


def test_a_retired_protocol_is_for_plans_that_have_it(course_clinic, publish, session, standard):
    weekly = publish(standard.protocol, protocol_id=None, name=WEEKLY)
    plan = course_clinic.plan(Phase.INDUCTION)
    why = {"reason": "Not used any more", "by": course_clinic.admin, "now": NOW}
    actions.retire_protocol(session, protocol_id=standard.id, **why)
    assert [row.name for row in queries.protocols(session)] == [WEEKLY, STANDARD]
    assert queries.default_version(session) == weekly
    with pytest.raises(LastProtocol, match=r"Write another one first"):
        actions.retire_protocol(session, protocol_id=weekly.protocol_id, **why)
    with pytest.raises(PlanRefused, match=r"Standard program is not used for new plans any more") as caught:
        course_clinic.plan(Phase.EVALUATION, protocol_version_id=standard.version_id)
    assert caught.value.field == "protocol"
    actions.change_plan(
        session,
        plan_id=plan.id,
        adjustments={"induction.sessions": 5},
        reason="Five for this patient",
        version=plan.version,
        by=course_clinic.doctor,
        now=NOW,
    )
    actions.bring_back_protocol(session, protocol_id=standard.id, **why)
    assert queries.default_version(session).id == standard.version_id
