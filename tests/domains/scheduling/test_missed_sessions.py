"""No-shows at home ask a physician to look, by the day before the next one; taken back, they ask nobody."""

from datetime import timedelta

from clinic.scheduling import actions
from clinic.worklist.queries import open_items_of_patient
from tests.domains.scheduling.calendar_makers import COORDINATOR, at


def test_a_second_missed_visit_at_home_asks_the_physician(session, clinic, ana, okafor):
    kind = clinic.visit_type("home_session", min_notice_minutes=0)
    first, second, third = (clinic.visit(ana, okafor, at(day, 10), visit_type_code=kind) for day in (23, 24, 26))

    def miss(visit):
        now = visit.starts_at + timedelta(minutes=10)
        actions.mark_no_show(session, appointment_id=visit.id, by=COORDINATOR, now=now)

    def reviews():
        items = open_items_of_patient(session, patient_id=ana.id)
        return [(item.due_at, item.reason) for item in items if item.kind == "missed_review"]

    miss(first)
    assert reviews() == []
    miss(second)
    ((due_at, reason),) = reviews()
    assert due_at == third.starts_at - timedelta(days=1)
    assert reason == (
        "2 no-shows in the last 180 days, 2 of them visits at home. Look whether the next one goes on as planned."
    )
    actions.undo_no_show(session, appointment_id=second.id, by=COORDINATOR, now=at(24, 11))
    assert reviews() == []
