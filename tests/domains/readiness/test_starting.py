"""A session begins on a go that is fresh, and in no other way."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.errors import DomainError
from clinic.kernel.ids import new_id
from clinic.messaging.models import Message
from clinic.monitoring.actions.flags import raise_signals
from clinic.monitoring.rules.signals import Level, Signal
from clinic.readiness.actions.checking import check
from clinic.readiness.actions.overriding import override_start, record_held
from clinic.readiness.actions.starting import begin_visit, start_session
from clinic.readiness.models import ReadinessCheck
from clinic.readiness.queries.checks import checks_of, overrides_of, reasons_of
from clinic.readiness.rules.codes import GateCode
from clinic.scheduling import actions as scheduling
from clinic.scheduling.errors import TooEarly, VisitChanged
from clinic.worklist.models import WorkItem
from tests.domains.readiness.ready import make_ready
from tests.domains.scheduling.calendar_makers import COORDINATOR, RING
from tests.domains.treatment.plan_makers import book, on, take

_C = GateCode


def begin_at_once(coming) -> None:
    """Let the session begin without asking the gates."""
    coming.do(scheduling.arrive)
    coming.session.flush()


def open_keys(session):
    wanted = select(WorkItem.dedupe_key).where(WorkItem.state == "open", WorkItem.dedupe_key.startswith("readiness:"))
    return {key.rsplit(":", 1)[1] for key in session.scalars(wanted)}


def test_a_session_that_is_not_ready_stays_as_it_is_and_what_was_found_is_kept(coming):
    begun = coming.do(start_session)
    assert not begun.has_begun
    assert begun.visit.state == "booked"
    (kept,) = checks_of(coming.session, coming.visit.id)
    assert (kept.moment, kept.verdict, kept.decided_at) == ("start", "no_go", coming.starts_at)
    codes = {each.code for each in reasons_of(kept)}
    assert {_C.ORDER_INACTIVE, _C.CHECKLIST_OPEN, _C.SUPPORT_UNATTESTED, _C.LOCATION_UNSTATED} <= codes
    assert '"order": null' in kept.inputs
    assert kept.limits == {"floor_hours": 48, "visit_days": 90}
    assert open_keys(coming.session) == {each.value for each in codes - {_C.CONSENTS_MISSING, _C.CHECKLIST_STOPPED}}


def test_the_database_lets_no_session_begin_without_a_go(coming):
    with pytest.raises(IntegrityError, match="not older than 30 minutes"), coming.session.begin_nested():
        begin_at_once(coming)
    assert coming.visit.state == "booked"


@pytest.mark.parametrize(("age", "begins"), [(0, True), (30, True), (31, False), (-1, False)])
def test_a_go_counts_for_thirty_minutes(coming, age, begins):
    at = coming.starts_at
    make_ready(coming.session, coming.visit.id, by=COORDINATOR, now=at - timedelta(minutes=age))
    if begins:
        begin_at_once(coming)
        assert coming.visit.state == "in_progress"
        return
    with pytest.raises(IntegrityError), coming.session.begin_nested():
        begin_at_once(coming)


def test_a_go_of_another_time_or_of_another_moment_does_not_count(coming):
    make_ready(coming.session, coming.visit.id, by=COORDINATOR, now=coming.starts_at)
    coming.session.execute(text("update appointment set time_version = time_version + 1"))
    coming.session.refresh(coming.visit)
    with pytest.raises(IntegrityError), coming.session.begin_nested():
        begin_at_once(coming)


def test_checks_and_overrides_only_grow(coming):
    make_ready(coming.session, coming.visit.id, by=COORDINATOR, now=coming.starts_at)
    for statement in ("update readiness_check set verdict = 'no_go'", "delete from readiness_check"):
        with pytest.raises(DatabaseError, match="permission denied"), coming.session.begin_nested():
            coming.session.execute(text(statement))


def test_a_consultation_needs_no_go(coming):
    visit = scheduling.book_now(
        coming.session,
        visit_type_code="follow_up",
        patient_id=coming.plan.patient_id,
        physician_id=coming.plan.physician_id,
        starts_at=on("2026-11-24", 10),
        by=COORDINATOR,
        now=on("2026-11-23", 8),
        ring=RING,
    )
    begun = coming.do(begin_visit, appointment_id=visit.id, now=visit.starts_at)
    assert begun.has_begun
    assert begun.check is None
    assert visit.state == "in_progress"


def test_nobody_begins_a_session_long_before_or_after_a_colleagues_change(coming):
    with pytest.raises(TooEarly):
        coming.do(start_session, now=coming.starts_at - timedelta(minutes=61))
    with pytest.raises(VisitChanged):
        coming.do(start_session, version=coming.visit.version + 1)
    assert checks_of(coming.session, coming.visit.id) == []


def test_a_second_check_closes_what_was_put_right(coming):
    for hour, paused_until in ((8, None), (9, date(2026, 11, 30)), (10, None)):
        coming.plan.paused_until = paused_until
        coming.do(check, now=on("2026-11-24", hour))
        assert ("program_paused" in open_keys(coming.session)) == (paused_until is not None)


def doctor(coming) -> Actor:
    return coming.clinic.doctor


def test_a_physician_sets_aside_what_may_be_for_this_visit_and_this_time(coming):
    take(coming.session, coming.plan, at=on("2026-11-23", 9), now=on("2026-11-22", 9))
    coming.do(start_session)
    codes = {each.code.value for each in reasons_of(checks_of(coming.session, coming.visit.id)[0])}
    assert "gap_short" in codes
    said = {"reason": "Spoke with the patient; the gap is fine.", "by": doctor(coming)}
    coming.do(override_start, codes=["gap_short"], **said)
    begun = coming.do(start_session)
    assert begun.check.overridden == ["gap_short"]
    assert begun.check.verdict == "no_go"
    (kept,) = overrides_of(coming.session, coming.visit.id)
    assert (kept.reason, kept.actor_name, kept.codes) == (said["reason"], "Dr. Amara Okafor", ["gap_short"])
    assert "gap_short" not in open_keys(coming.session)
    coming.do(
        scheduling.move, physician_id=coming.plan.physician_id, starts_at=on("2026-11-25", 15),
        now=on("2026-11-25", 12), ring=RING, ignore_notice=True,
    )  # fmt: skip
    moved = coming.do(start_session, now=on("2026-11-25", 15))
    assert moved.check.overridden == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"codes": ["order_inactive"]}, "readiness_override_refused"),
        ({"codes": ["gap_short"]}, "readiness_override_refused"),
        ({"codes": []}, "readiness_override_refused"),
        ({"codes": ["strange"]}, "readiness_override_refused"),
        ({"codes": ["units_short"], "reason": " ok "}, "readiness_override_refused"),
        ({"codes": ["units_short"], "by": COORDINATOR}, "readiness_not_yours"),
    ],
)
def test_an_override_needs_a_physician_a_reason_and_a_gate_that_may_be_set_aside(coming, changes, code):
    wanted = {"reason": "Spoke with the patient.", "by": doctor(coming)} | changes
    with pytest.raises(DomainError) as refused:
        coming.do(override_start, **wanted)
    assert refused.value.code == code
    assert overrides_of(coming.session, coming.visit.id) == []


def test_a_session_held_unchecked_is_written_down_after_its_end_by_a_physician_alone(coming):
    after = coming.visit.ends_at + timedelta(minutes=5)
    why = {"reason": "Held by telephone while our line was down."}
    with pytest.raises(DomainError, match="physician of this patient"):
        coming.do(record_held, now=after, **why)
    with pytest.raises(DomainError, match="not over yet"):
        coming.do(record_held, by=doctor(coming), **why)
    assert coming.do(record_held, by=doctor(coming), now=after, **why).state == "completed"
    assert [each.kind for each in overrides_of(coming.session, coming.visit.id)] == ["held"]
    assert open_keys(coming.session) == set()


def test_a_clinical_hold_on_the_day_asks_the_patient_to_pause_once(coming):
    signal = Signal(
        rule_id="D19", level=Level.HOLD, domain="E", evidence_class="X", threshold={}, on=coming.starts_at.date(),
        inputs=(), sentence="Somebody close to the patient worries.", facts_key="worry:4", is_current=True,
        escalates=(),
    )  # fmt: skip
    raise_signals(
        coming.session, patient_id=coming.plan.patient_id, signals=[signal], policy_number=1, by=COORDINATOR,
        now=coming.starts_at,
    )  # fmt: skip
    for minutes in (0, 2):
        assert not coming.do(start_session, now=coming.starts_at + timedelta(minutes=minutes)).has_begun
    texts = select(Message.template_key).where(Message.template_key == "HOLD_TODAY")
    assert list(coming.session.scalars(texts)) == ["HOLD_TODAY"]


def test_a_stranger_among_patients_learns_nothing(coming):
    somebody = Actor(kind=ActorKind.PATIENT, id=new_id(), name="Somebody", roles=frozenset[Role]())
    with pytest.raises(DomainError, match="no such visit"):
        coming.do(check, by=somebody)
    assert coming.session.scalar(select(ReadinessCheck.id)) is None


def codes_at(coming, now) -> set[GateCode]:
    return {each.code for each in reasons_of(coming.do(start_session, now=now).check)}


def test_the_shortest_gap_of_all_counts_from_when_the_last_session_really_began(coming):
    late = book(coming.session, coming.plan, at=on("2026-11-23", 12), now=on("2026-11-23", 8))
    make_ready(coming.session, late.id, by=COORDINATOR, now=on("2026-11-23", 15))
    scheduling.arrive(coming.session, appointment_id=late.id, by=COORDINATOR, now=on("2026-11-23", 15))
    coming.session.flush()
    assert _C.GAP_BELOW_FLOOR in codes_at(coming, coming.starts_at)
    assert _C.GAP_BELOW_FLOOR not in codes_at(coming, coming.starts_at + timedelta(hours=1))
