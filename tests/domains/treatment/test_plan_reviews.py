"""Reviews of plans: from when they wait, until when they are due, and how a physician signs one, once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.kernel.ids import new_id
from clinic.treatment.actions.reviews import sign_review
from clinic.treatment.errors import PhysicianDecides, PlanRefused, ReasonTooShort, ReviewSigned
from clinic.treatment.models import PlanReview
from clinic.treatment.queries.reviews import reviews_due, reviews_of
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.reviews import REVIEW_DECISIONS, REVIEWS, ReviewDecision, ReviewKind, waiting_reviews
from tests.domains.scheduling.calendar_makers import NOW
from tests.domains.treatment.drift_makers import at, day, facts
from tests.domains.treatment.plan_makers import CourseClinic, take

K = ReviewKind
A_DAY = timedelta(days=1)


def waits(known, **signed: str) -> list[tuple[str, str]]:
    keys = {f"{kind}:{day(about)}": day(about) for kind, about in signed.items()}
    return [(each.about_key, f"{each.due_on:%m-%d}") for each in waiting_reviews(known, signed=keys)]


@pytest.mark.parametrize(
    ("today", "reviews", "signed", "found"),
    [
        ("11-20", (), {}, []),
        ("11-21", (), {}, [("first_session:2026-11-20", "11-22")]),
        ("11-25", (), {}, [("first_session:2026-11-20", "11-22")]),
        ("11-25", ("11-21",), {}, []),
        ("11-25", ("11-20",), {}, [("first_session:2026-11-20", "11-22")]),
        ("11-25", (), {"first_session": "11-20"}, []),
    ],
)
def test_the_first_session_is_looked_back_upon_the_day_after(today, reviews, signed, found):
    known = facts(
        Phase.INDUCTION,
        today=today,
        started_at=at("11-10"),
        taken=(at("11-20"),),
        first_in_phase_at=at("11-20"),
        reviews_done=tuple(at(each) for each in reviews),
    )
    assert waits(known, **signed) == found


def test_the_end_of_induction_waits_until_it_is_signed_or_the_patient_was_seen():
    known = facts(today="11-25", started_at=at("11-01"), induction_ended_at=at("11-23"), reviews_done=())
    [(key, due)] = waits(known)
    assert key == "end_of_induction:2026-11-23"
    assert due == f"{day('11-23') + timedelta(days=known.protocol.reviews.after_induction_days):%m-%d}"
    assert waits(replace(known, reviews_done=(at("11-23"),))) == []
    assert waits(known, end_of_induction="11-23") == []


@pytest.mark.parametrize(
    ("today", "taken", "signed", "found"),
    [
        # Looked back upon on Aug 1, so again by Oct 30; it waits from Oct 16 on.
        ("10-15", (), {}, []),
        ("10-16", (), {}, [("periodic:2026-08-01", "10-30")]),
        ("11-15", (), {}, [("periodic:2026-08-01", "10-30")]),
        ("10-16", (), {"periodic": "08-20"}, []),
        # Six sessions are as good as ninety days.
        ("09-08", ("08-02", "08-05", "08-08", "08-11", "08-14", "09-20"), {}, [("periodic:2026-08-01", "09-20")]),
        ("09-05", ("08-02", "08-05", "08-08", "08-11", "08-14", "09-20"), {}, []),
        ("10-01", ("08-01", "08-05", "08-08", "08-11", "08-14", "09-20"), {}, []),
    ],
)
def test_a_routine_review_comes_after_ninety_days_or_six_sessions(today, taken, signed, found):
    known = facts(today=today, taken=tuple(at(each) for each in taken), reviews_done=(at("08-01"),))
    assert waits(known, **signed) == found


def test_the_sentence_says_what_was_and_by_when():
    known = facts(today="10-31", taken=(at("09-20"),), reviews_done=(at("08-01"),))
    [found] = waiting_reviews(known, signed={})
    assert found.sentence == "The last look back was on Aug 1, with 1 session since. The review was due by Oct 30."
    [found] = waiting_reviews(replace(known, now=at("10-30")), signed={})
    assert found.sentence.endswith("The review is due by Oct 30.")
    [found] = waiting_reviews(replace(known, taken=()), signed={})
    assert "with 0 sessions since" in found.sentence


@pytest.mark.parametrize("phase", [Phase.EVALUATION, Phase.AFTERCARE, Phase.ENDED])
def test_nothing_is_to_be_signed_outside_the_course(phase):
    assert waits(facts(phase, today="11-30", reviews_done=(at("06-01"),))) == []


def test_every_kind_and_every_decision_has_its_words():
    assert set(REVIEWS) == set(K)
    assert set(REVIEW_DECISIONS) == set(ReviewDecision)


@pytest.fixture
def due(course_clinic: CourseClinic):
    """A patient whose first session was on Friday."""
    plan = course_clinic.plan(Phase.INDUCTION, since=NOW - 20 * A_DAY)
    take(course_clinic.session, plan, at=NOW - 3 * A_DAY)
    [found] = reviews_due(course_clinic.session, patient_ids=[plan.patient_id], now=NOW)
    return found


def sign(clinic: CourseClinic, due, **changes) -> object:
    wanted = {"plan_id": due.plan_id, "about_key": due.about_key, "decision": "go_on", "note": "Went well."}
    return sign_review(clinic.session, **(wanted | {"by": clinic.doctor, "now": NOW} | changes))


def test_a_signed_review_is_kept_with_its_decision_and_does_not_wait_any_more(course_clinic, due):
    assert due.title == "First session"
    sign(course_clinic, due)
    assert reviews_due(course_clinic.session, patient_ids=[due.patient_id], now=NOW) == []
    [kept] = reviews_of(course_clinic.session, due.patient_id)
    assert (kept.title, kept.decision_words, kept.note, kept.by_name) == (
        "First session",
        "Go on as planned",
        "Went well.",
        "Dr. Amara Okafor",
    )
    with pytest.raises(ReviewSigned):
        sign(course_clinic, due)
    assert len(list(course_clinic.session.scalars(select(PlanReview)))) == 1


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"note": " "}, ReasonTooShort),
        ({"note": "x" * 1001}, PlanRefused),
        ({"decision": "maybe"}, PlanRefused),
        ({"about_key": "periodic:2020-01-01"}, ReviewSigned),
    ],
)
def test_a_review_needs_a_decision_and_a_sentence(course_clinic, due, changes, refusal):
    with pytest.raises(refusal):
        sign(course_clinic, due, **changes)


def test_only_a_physician_of_the_patient_signs(course_clinic, due):
    for by in (course_clinic.coordinator, course_clinic.admin, replace(course_clinic.doctor, id=new_id())):
        with pytest.raises(PhysicianDecides):
            sign(course_clinic, due, by=by)
