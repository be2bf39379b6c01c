"""Late cancellations and no-shows by the clinic's own policies, taken back where not fair, and asked about."""

from datetime import timedelta

import pytest

from clinic.policies.actions import set_policy
from clinic.policies.rules import PolicyKey
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import PatientBusy, ReasonTooShort, SlotTaken, StepNotAllowed, TooEarly, VisitChanged
from clinic.scheduling.rules.states import CancelReason
from clinic.worklist.actions import close_item
from clinic.worklist.queries import open_items_of_patient
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, at, patient_actor

START = at(25, 10)
LATER = START + timedelta(minutes=10)


@pytest.fixture
def visit(clinic, ana, okafor):
    return clinic.visit(ana, okafor, START)


@pytest.fixture
def do(session, visit):
    def step(verb, *, now=LATER, by=COORDINATOR, of=None, **changes):
        return verb(session, appointment_id=(of or visit).id, by=by, now=now, **changes)

    return step


@pytest.fixture
def decide(session):
    def set_to(key, value):
        why = {"reason": "Decided in the team meeting", "revision": 0, "by": COORDINATOR, "now": NOW}
        set_policy(session, key=key, value=value, **why)

    return set_to


def tasks_of(session, patient):
    return [item.kind for item in open_items_of_patient(session, patient_id=patient.id)]


def cancel_late(session, patient, visit, *, now=None, **changes):
    wanted = {"reason": CancelReason.PATIENT_CONFLICT, "by": patient_actor(patient), "now": now or NOW} | changes
    return actions.cancel(session, appointment_id=visit.id, **wanted)


def test_the_clinic_says_from_when_a_cancellation_is_late(session, ana, visit, decide):
    decide(PolicyKey.LATE_CANCEL_HOURS, 48)
    assert queries.late_cancel_from(session, START) == at(23, 10)
    canceled = cancel_late(session, ana, visit, now=at(23, 10) + timedelta(seconds=1))
    assert (canceled.state, canceled.cancel_reason) == ("late_canceled", "patient_conflict")


def test_the_clinic_says_how_long_a_patient_may_be_late(session, do, decide):
    decide(PolicyKey.NO_SHOW_AFTER_MINUTES, 30)
    assert queries.no_show_from(session, START) == START + timedelta(minutes=30)
    with pytest.raises(TooEarly, match="30 minutes"):
        do(actions.mark_no_show, now=START + timedelta(minutes=29))
    assert do(actions.mark_no_show, now=START + timedelta(minutes=30)).state == "no_show"


def test_a_reason_of_the_clinic_given_by_a_patient_counts_as_the_patients_own(session, ana, visit):
    assert cancel_late(session, ana, visit, reason=CancelReason.PHYSICIAN_ILL).cancel_reason == "patient_request"


@pytest.mark.parametrize("reason", CancelReason)
def test_history_and_row_keep_the_code_of_every_reason(session, visit, reason):
    canceled = actions.cancel(session, appointment_id=visit.id, reason=reason, by=COORDINATOR, now=NOW)
    assert canceled.cancel_reason == reason.value
    assert queries.history_of(session, visit.id)[-1].reason == reason.value


def test_a_note_for_colleagues_is_sealed_in_the_row_and_in_no_history(session, visit):
    why = {"reason": CancelReason.OTHER, "note": "  Will call again in March. "}
    actions.cancel(session, appointment_id=visit.id, by=COORDINATOR, now=NOW, **why)
    session.flush()
    assert b"March" not in visit.note_sealed
    assert queries.note_of(session, visit.id) == "Will call again in March."
    assert queries.history_of(session, visit.id)[-1].reason == "other"


def test_lateness_is_waived_with_a_reason(session, ana, visit, do):
    cancel_late(session, ana, visit, now=at(24, 12))
    with pytest.raises(ReasonTooShort):
        do(actions.waive_late_cancel, reason="ok")
    waived = do(actions.waive_late_cancel, reason="Ambulance in the family")
    assert (waived.state, waived.cancel_reason) == ("canceled", "patient_conflict")
    last = queries.history_of(session, visit.id)[-1]
    assert (last.change, last.from_state) == ("lateness_waived", "late_canceled")
    assert last.reason == "Ambulance in the family"
    again = do(actions.waive_late_cancel, reason="Ambulance in the family")
    assert len(queries.history_of(session, again.id)) == 4


def test_only_a_late_cancellation_is_waived_and_not_by_the_patient(session, ana, visit, do):
    with pytest.raises(StepNotAllowed):
        do(actions.waive_late_cancel, reason="It was a mistake")
    cancel_late(session, ana, visit, now=at(24, 12))
    with pytest.raises(StepNotAllowed):
        do(actions.waive_late_cancel, reason="It was a mistake", by=patient_actor(ana))
    with pytest.raises(VisitChanged):
        do(actions.waive_late_cancel, reason="It was a mistake", version=1)


@pytest.mark.parametrize("confirmed", [True, False])
def test_no_show_on_the_wrong_row_is_taken_back_to_what_it_was(session, ana, visit, do, confirmed):
    if confirmed:
        do(actions.confirm, now=NOW, via="page", by=patient_actor(ana))
    do(actions.mark_no_show)
    assert "missed_visit" in tasks_of(session, ana)
    back = do(actions.undo_no_show)
    assert back.state == ("confirmed" if confirmed else "booked")
    assert queries.history_of(session, visit.id)[-1].change == "missed_undone"
    assert tasks_of(session, ana) == []
    assert do(actions.undo_no_show).version == back.version
    assert do(actions.arrive).state == "in_progress"


def test_no_show_is_taken_back_on_the_same_day_only(session, visit, do):
    do(actions.mark_no_show)
    midnight = at(26, 0)
    row = queries.visit_row(session, visit.id)
    assert queries.may_undo_no_show(session, row, now=midnight - timedelta(seconds=1))
    assert not queries.may_undo_no_show(session, row, now=midnight)
    with pytest.raises(StepNotAllowed, match="same day only"):
        do(actions.undo_no_show, now=midnight)


def test_no_show_is_not_taken_back_over_somebody_elses_visit(session, clinic, okafor, visit, do):
    do(actions.mark_no_show, now=LATER)
    taken = clinic.visit(clinic.patient(), okafor, at(25, 10, 15), now=LATER, ignore_notice=True)
    with pytest.raises(SlotTaken, match="Book a new visit"):
        do(actions.undo_no_show)
    assert (visit.state, taken.state) == ("no_show", "booked")


def test_no_show_is_not_taken_back_while_the_patient_sees_somebody_else(session, clinic, ana, visit, do):
    do(actions.mark_no_show, now=LATER)
    other = clinic.physician("Dr. Bea Lindqvist")
    clinic.visit(ana, other, at(25, 10, 15), now=LATER, ignore_notice=True)
    with pytest.raises(PatientBusy, match="Book a new visit"):
        do(actions.undo_no_show)


def test_what_was_not_missed_is_not_taken_back(session, visit, do):
    do(actions.arrive)
    with pytest.raises(StepNotAllowed, match="has begun"):
        do(actions.undo_no_show)


def test_the_second_miss_asks_somebody_to_call_once(session, clinic, ana, okafor, visit, do):
    second, third = clinic.visit(ana, okafor, at(26, 10)), clinic.visit(ana, okafor, at(27, 10))
    do(actions.mark_no_show)
    assert "missed_often" not in tasks_of(session, ana)
    cancel_late(session, ana, second, now=at(26, 9))
    cancel_late(session, ana, third, now=at(27, 9))
    assert tasks_of(session, ana).count("missed_often") == 1
    (item,) = [one for one in open_items_of_patient(session, patient_id=ana.id) if one.kind == "missed_often"]
    assert (item.subject_kind, item.subject_id) == ("patient", ana.id)


def test_a_person_closes_it_and_the_next_miss_asks_again(session, clinic, ana, okafor, visit, do):
    later = [clinic.visit(ana, okafor, at(day, 10)) for day in (26, 27)]
    do(actions.mark_no_show)
    cancel_late(session, ana, later[0], now=at(26, 9))
    (item,) = [one for one in open_items_of_patient(session, patient_id=ana.id) if one.kind == "missed_often"]
    close_item(session, item_id=item.id, version=item.version, by=COORDINATOR, now=NOW)
    assert "missed_often" not in tasks_of(session, ana)
    cancel_late(session, ana, later[1], now=at(27, 9))
    assert "missed_often" in tasks_of(session, ana)


def test_waived_lateness_does_not_count(session, clinic, ana, okafor, visit, do):
    second = clinic.visit(ana, okafor, at(26, 10))
    cancel_late(session, ana, visit, now=at(25, 9))
    cancel_late(session, ana, second, now=at(26, 9))
    assert "missed_often" in tasks_of(session, ana)
    do(actions.waive_late_cancel, reason="Snow closed the roads")
    assert "missed_often" not in tasks_of(session, ana)


def test_misses_of_long_ago_and_of_others_do_not_count(session, clinic, ana, okafor, visit, do, decide):
    decide(PolicyKey.MISSED_VISITS_WITHIN_DAYS, 7)
    bo = clinic.patient()
    theirs, later = clinic.visit(bo, okafor, at(26, 11)), clinic.visit(ana, okafor, at(37, 10))
    do(actions.mark_no_show)
    cancel_late(session, bo, theirs, now=at(26, 9))
    cancel_late(session, ana, later, now=at(37, 9))
    assert "missed_often" not in tasks_of(session, ana) + tasks_of(session, bo)


def test_a_move_keeps_who_asked_for_it(session, ana, okafor, visit):
    where = {"appointment_id": visit.id, "physician_id": okafor.id, "now": NOW, "ring": RING}
    actions.move(session, starts_at=at(26, 9), by=COORDINATOR, reason="clinic_request", **where)
    actions.move(session, starts_at=at(26, 11), by=patient_actor(ana), **where)
    actions.move(session, starts_at=at(26, 14), by=COORDINATOR, **where)
    moves = [row.reason for row in queries.history_of(session, visit.id) if row.change == "moved"]
    assert moves == ["clinic_request", "patient_request", None]
