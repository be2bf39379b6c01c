"""What pages show of texts."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from clinic.gateways.sms import Ambiguous, Rejected, Scope
from clinic.kernel.ids import new_id
from clinic.messaging import queries
from clinic.messaging.models import MessageAttempt
from clinic.messaging.rules.kinds import MessageState
from clinic.messaging.rules.templates import Facts, all_templates
from clinic.messaging.rules.wording import NAMES, state_words
from clinic.people.models import SmsConsent
from tests.conftest import TestClock
from tests.domains.messaging.desk import TESTER, Desk
from tests.domains.messaging.provider import Provider

FACTS = Facts(clinic="Demo Home Clinic", phone="+13055550100")


def test_a_patients_history_has_both_directions_newest_first(desk: Desk, clock: TestClock) -> None:
    patient = desk.patient()
    desk.plan(patient)
    desk.send()
    clock.advance(minutes=5)
    desk.receive(patient, "Who is this?")
    with desk.runtime.begin(by=TESTER) as session:
        rows = queries.history_of_patient(session, patient_id=patient.id, phone_id=patient.phone_id, facts=FACTS)
    assert [(row.is_from_clinic, row.name) for row in rows][-1] == (True, "Visit booked")
    assert rows[-1].body == (
        "Demo Home Clinic: Video visit set for Wed Nov 25, 10:00 AM ET. Details: (link) Reply STOP to opt out."
    )
    assert rows[-1].note == "With the phone company"
    assert "Who is this?" in {row.body for row in rows}


def test_the_texts_about_a_visit_say_what_became_of_them(desk: Desk, provider: Provider) -> None:
    patient, visit = desk.patient(), new_id()
    desk.plan(patient, subject_id=visit)
    desk.plan(patient, "VISIT_24H", due_in=timedelta(days=1), subject_id=visit)
    provider.answers.append(Rejected(code=21614, http_status=400, scope=Scope.NUMBER))
    desk.send()
    with desk.runtime.begin(by=TESTER) as session:
        rows = queries.texts_about(session, subject_kind="appointment", subject_id=visit, facts=FACTS)
    assert [row.name for row in rows] == ["Visit booked", "Reminder"]
    assert rows[0].note.startswith("Not delivered. This number cannot get texts")
    assert rows[1].note == "Waiting"


def test_every_state_and_every_template_has_words(desk: Desk) -> None:
    assert {template.key for template in all_templates()} <= set(NAMES)
    for state in MessageState:
        assert state_words(state, reason=None, code=None)
    assert state_words("suppressed", reason="opted_out", code=None) == "Not sent: the patient asked for no texts"


def test_the_figures_count_what_waits_and_what_must_never_happen(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    patient = desk.patient()
    desk.plan(patient)
    desk.plan(patient)
    provider.answers.append(Ambiguous(http_status=500))
    desk.send()
    desk.plan(patient, "BOOK_CHANGED")
    desk.receive(patient, "1")
    with desk.runtime.begin(by=TESTER) as session:
        found = queries.figures(session, now=clock())
    assert [(lane.number, lane.waiting) for lane in found.lanes] == [(1, 0), (2, 1), (3, 0), (4, 0)]
    assert (found.ambiguous_open, found.duplicates, found.states["accepted"]) == (1, 0, 1)
    assert found.oldest_unhandled_reply_at == clock()
    assert (found.sent_outside_window, found.sent_after_opt_out) == (0, 0)


def test_the_figures_would_show_a_broken_promise(desk: Desk, clock: TestClock) -> None:
    patient = desk.patient()
    message_id = desk.plan(patient)
    desk.send()
    desk.receive(patient, "STOP", opt_out_type="STOP")
    night = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
    with desk.runtime.begin(by=TESTER) as session:
        session.execute(update(MessageAttempt).where(MessageAttempt.message_id == message_id).values(started_at=night))
        session.execute(update(SmsConsent).values(opted_out_at=night - timedelta(hours=1)))
        found = queries.figures(session, now=clock())
    assert (found.sent_outside_window, found.sent_after_opt_out) == (1, 1)
    assert found.suppressed == {}
