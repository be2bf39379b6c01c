"""Taking a move back: what is restored, and what stands against it."""

from datetime import timedelta

import pytest

from clinic.kernel.errors import ChangedMeanwhile
from clinic.scheduling import actions, queries
from clinic.scheduling.errors import PatientBusy, SlotTaken, StepNotAllowed, UndoNotPossible
from clinic.scheduling.rules.states import CancelReason
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, at, patient_actor

OLD, NEW = at(25, 10), at(26, 14)
SOON = NOW + timedelta(seconds=30)


@pytest.fixture
def visit(clinic, ana, okafor):
    return clinic.visit(ana, okafor, OLD)


@pytest.fixture
def move(session, visit, okafor):
    def make(starts_at=NEW, **changes):
        wanted = {"physician_id": okafor.id, "starts_at": starts_at, "by": COORDINATOR, "now": NOW}
        return actions.move(session, appointment_id=visit.id, ring=RING, **(wanted | changes))

    return make


@pytest.fixture
def undo(session, visit):
    def make(*, now=SOON, by=COORDINATOR, version=None):
        seen = visit.version if version is None else version
        return actions.undo_move(session, appointment_id=visit.id, version=seen, by=by, now=now, ring=RING)

    return make


def test_a_page_offers_to_undo_as_long_as_the_text_waits(session, visit, okafor, move):
    assert queries.undoable_move(session, appointment_id=visit.id, now=NOW) is None
    move()
    offered = queries.undoable_move(session, appointment_id=visit.id, now=SOON)
    assert (offered.starts_at, offered.physician_id, offered.physician_name) == (OLD, okafor.id, okafor.full_name)
    assert (offered.until, offered.version) == (NOW + timedelta(seconds=180), visit.version)
    assert queries.undoable_move(session, appointment_id=visit.id, now=offered.until) is None


def test_only_the_last_move_can_be_undone_and_only_once(undo, move):
    move()
    undo()
    with pytest.raises(UndoNotPossible, match="no move to take back"):
        undo()


def test_a_visit_that_never_moved_has_nothing_to_undo(undo):
    with pytest.raises(UndoNotPossible, match="Something else happened"):
        undo()


def test_the_time_to_undo_ends(undo, move):
    move()
    with pytest.raises(UndoNotPossible, match="to take a move back is over"):
        undo(now=NOW + timedelta(seconds=180))


def test_what_the_patient_did_is_not_undone_behind_the_patients_back(session, ana, visit, undo, move):
    move(by=patient_actor(ana))
    with pytest.raises(UndoNotPossible, match="The patient moved"):
        undo()
    move(at(27, 9))
    actions.confirm(session, appointment_id=visit.id, via="page", by=patient_actor(ana), now=SOON)
    with pytest.raises(UndoNotPossible, match="Something else happened"):
        undo()


def test_the_old_time_taken_by_somebody_else_stays_theirs(clinic, okafor, visit, undo, move):
    move()
    clinic.visit(clinic.patient(), okafor, OLD)
    with pytest.raises(SlotTaken, match="stays where it is"):
        undo()
    assert (visit.starts_at, visit.sequence) == (NEW, 1)


def test_the_patient_may_have_another_visit_at_the_old_time(clinic, ana, visit, undo, move):
    move()
    clinic.visit(ana, clinic.physician("Dr. Bea Lindqvist"), OLD)
    with pytest.raises(PatientBusy, match="another visit"):
        undo()
    assert visit.starts_at == NEW


def test_the_old_time_is_not_judged_by_hours_again(session, okafor, undo, move):
    move()
    closed = {"kind": "closed", "starts_at": at(25, 0), "ends_at": at(26, 0), "note": ""}
    actions.add_override(session, physician_id=okafor.id, by=COORDINATOR, now=NOW, **closed)
    assert undo().starts_at == OLD


def test_a_hold_that_ran_out_at_the_old_time_is_in_nobodys_way(clinic, okafor, undo, move):
    move(now=NOW)
    clinic.hold(clinic.patient(), okafor, OLD, now=NOW - timedelta(minutes=11))
    assert undo().starts_at == OLD


def test_somebody_who_saw_an_older_version_does_not_undo(visit, undo, move):
    move()
    with pytest.raises(ChangedMeanwhile, match="Dana Reyes"):
        undo(version=visit.version - 1)


def test_a_canceled_visit_is_not_put_back(session, visit, undo, move):
    move()
    actions.cancel(session, appointment_id=visit.id, reason=CancelReason.DUPLICATE, by=COORDINATOR, now=NOW)
    with pytest.raises((UndoNotPossible, StepNotAllowed)):
        undo()


def test_the_record_opens_to_the_earlier_physician_again(session, clinic, okafor, visit, undo, move):
    lindqvist = clinic.physician("Dr. Bea Lindqvist")
    move(physician_id=lindqvist.id)
    undo()
    last = queries.history_of(session, visit.id)[-1]
    assert (last.change, last.from_physician_id, last.to_physician_id) == ("move_undone", lindqvist.id, okafor.id)
