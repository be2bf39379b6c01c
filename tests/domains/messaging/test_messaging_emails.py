"""E-mail through the pipeline of messages: planned, judged, written, sent over SMTP, and what becomes of it."""

import ast
from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.messaging import actions, queries
from clinic.messaging.errors import MissingVariable
from clinic.messaging.jobs import mailing
from clinic.messaging.rules.kinds import Drop, Later, Send, Subject
from clinic.people.actions.statuses import change_status
from clinic.people.rules import PatientStatus
from clinic.runtime import Mailing
from tests.conftest import ROOT, TestClock
from tests.domains.messaging.desk import TESTER
from tests.domains.messaging.mail import Post


def test_what_an_email_needs_is_asked_for_when_it_is_planned(post: Post):
    patient = post.patient()
    for wrong in (
        {"variables": {}},
        {"subject": Subject(kind="appointment", id=None)},
        {"key": "STAFF_PAGE", "subject": Subject(kind="on_call_page", id=None), "variables": {}},
        {"key": "STAFF_ALERT", "variables": {"what": "X", "page": "https://elsewhere.example"}},
        {"key": "STAFF_ALERT", "variables": {"what": "X", "page": "//elsewhere.example"}},
    ):
        with pytest.raises(MissingVariable):
            post.plan(patient, **wrong)
    assert post.desk.messages() == []


def test_an_invitation_arrives_once_with_its_file_and_counts_as_sent(post: Post):
    patient = post.patient()
    message_id = post.plan(patient)
    assert post.send() == 1
    assert post.send() == 0
    (mail,) = post.received()
    message = post.message(message_id)
    assert (mail.to, mail.method) == ("marisol@example.org", "REQUEST")
    assert "marisol@example.org" in (mail.calendar or "")
    assert (message.state, message.sent_at, message.lease_until) == ("sent", post.clock(), None)
    (attempt,) = post.desk.attempts(message_id)
    assert (attempt.outcome, attempt.http_status, attempt.provider_sid) == ("accepted", 250, None)
    assert mail.message_id == f"<{attempt.id}@example.org>"
    assert mail.at == post.clock()


def test_an_email_names_no_patient_and_stores_no_readable_words(post: Post):
    patient = post.patient()
    message = post.message(post.plan(patient))
    post.send()
    (mail,) = post.received()
    shown = f"{mail.subject} {mail.body} {mail.calendar}"
    assert patient.legal_first_name not in shown
    assert patient.legal_last_name not in shown
    assert b"2026" not in message.variables_sealed


def test_planning_the_same_email_twice_sends_it_once(post: Post):
    patient, subject = post.patient(), Subject(kind="invitation", id=None, version=3)
    assert post.plan(patient, subject=subject) is not None
    assert post.plan(patient, subject=subject) is None
    post.send()
    assert len(post.received()) == 1


def test_an_address_that_no_header_can_carry_is_not_planned(post: Post):
    assert post.plan(post.patient(), to="a@example.org\r\nBcc: b@example.org") is None


@pytest.mark.parametrize(("at_any_hour", "arrived"), [(False, 0), (True, 1)])
def test_by_night_only_what_the_patient_asked_for_leaves(post: Post, clock: TestClock, at_any_hour: bool, arrived: int):
    patient = post.patient()
    clock.advance(hours=12)
    message_id = post.plan(patient, at_any_hour=at_any_hour)
    post.send()
    assert len(post.received()) == arrived
    clock.advance(hours=11)
    post.send()
    assert len(post.received()) == 1
    assert post.message(message_id).category == ("auto" if at_any_hour else "service")


def test_an_email_that_came_to_its_turn_at_night_waits_for_the_morning(post: Post, clock: TestClock):
    message_id = post.plan(post.patient())
    clock.advance(hours=12)
    post.send()
    message = post.message(message_id)
    assert (message.state, message.reason, post.received()) == ("pending", "quiet_hours", ())
    assert message.due_at.hour == 13  # 08:00 in New York


def test_an_email_for_a_visit_before_the_morning_is_not_planned(post: Post, clock: TestClock):
    patient = post.patient()
    clock.advance(hours=12)
    early = {"starts_at": post.clock() + timedelta(hours=9)}
    assert post.plan(patient, variables=early) is None


def test_an_email_expires_with_its_visit_and_no_one_is_bothered(post: Post, clock: TestClock):
    message_id = post.plan(post.patient())
    clock.advance(days=3)
    post.send()
    post.desk.sweep()
    assert (post.message(message_id).state, post.desk.tasks(), post.received()) == ("expired", [], ())


def test_a_patient_who_changed_the_address_gets_the_mail_at_the_new_one(post: Post):
    patient = post.patient()
    message_id = post.plan(patient)
    post.move_to(patient, "new@example.org")
    post.send()
    (mail,) = post.received()
    assert (mail.to, post.message(message_id).email_to) == ("new@example.org", "new@example.org")
    assert "new@example.org" in (mail.calendar or "")


def test_a_patient_without_an_address_any_more_gets_none(post: Post):
    patient = post.patient()
    message_id = post.plan(patient)
    post.move_to(patient, None)
    post.send()
    assert (post.message(message_id).reason, post.received()) == ("no_address", ())


def test_who_left_our_care_gets_no_mail(post: Post):
    patient = post.patient()
    message_id = post.plan(patient)
    with post.runtime.begin(by=TESTER) as session:
        wanted = {"status": PatientStatus.DISCHARGED, "reason": "The program is over", "version": patient.version}
        change_status(session, patient_id=patient.id, by=TESTER, now=post.clock(), **wanted)  # type: ignore[arg-type]
    post.send()
    assert (post.message(message_id).reason, post.received()) == ("care_ended", ())


@pytest.mark.parametrize(
    ("verdict", "state", "reason"),
    [(Drop("visit_moved"), "canceled", "visit_moved"), (Send(), "sent", None)],
)
def test_the_guard_decides_at_the_last_moment(post: Post, verdict, state: str, reason: str | None):
    asked = post.judge("invitation", verdict)
    message_id = post.plan(post.patient())
    post.send()
    message = post.message(message_id)
    assert (message.state, message.reason, len(asked)) == (state, reason, 1)


def test_a_guard_may_put_a_mail_off(post: Post, clock: TestClock):
    later = post.clock() + timedelta(minutes=5)
    post.judge("invitation", Later(later, "later"))
    message_id = post.plan(post.patient())
    post.send()
    assert (post.message(message_id).state, post.message(message_id).due_at) == ("pending", later)


def test_all_texts_stopped_holds_mail_for_patients_and_lets_news_for_staff_pass(post: Post):
    held = post.plan(post.patient())
    passing = post.page()
    with post.runtime.begin(by=TESTER) as session:
        actions.stop_sending(session, reason="Wrong words", by=TESTER, now=post.clock())
    post.send()
    assert [mail.to for mail in post.received()] == ["dana@example.org"]
    assert (post.message(held).state, post.message(passing).state) == ("pending", "sent")
    with post.runtime.begin(by=TESTER) as session:
        actions.start_sending(session, by=TESTER, now=post.clock())
    post.send()
    assert post.message(held).state == "sent"


def test_a_stop_after_the_claim_still_holds_the_mail(post: Post):
    message_id = post.plan(post.patient())
    (claimed,) = post.claim()
    with post.runtime.begin(by=TESTER) as session:
        actions.stop_sending(session, reason="Wrong words", by=TESTER, now=post.clock())
    assert post.intend(claimed) is None
    assert (post.message(message_id).state, post.message(message_id).reason) == ("pending", "lane_paused")


def test_a_wrong_password_stops_the_queue_of_mail_and_no_other_and_tells_an_administrator(post: Post):
    server = replace(post.runtime.mailing.gateway._server, password="wrong")  # noqa: SLF001 - the one of the fixture
    right = post.runtime.mailing.gateway
    post.desk.runtime = replace(post.runtime, mailing=replace(post.runtime.mailing, gateway=_with(right, server)))
    message_id = post.plan(post.patient())
    post.send()
    with post.runtime.begin(by=TESTER) as session:
        paused = [lane.number for lane in queries.waiting_by_lane(session, now=post.clock()) if lane.paused_at]
    assert (post.message(message_id).state, paused) == ("pending", [4])
    (task,) = post.desk.tasks("lane_paused")
    assert "mail server" in task.reason
    post.desk.runtime = replace(post.runtime, mailing=replace(post.runtime.mailing, gateway=right))
    post.send()
    assert post.received() == ()
    with post.runtime.begin(by=TESTER) as session:
        actions.resume_lane(session, number=4, by=TESTER, now=post.clock())
    post.send()
    assert post.message(message_id).state == "sent"


def _with(gateway, server):
    from clinic.gateways.email.smtp import SmtpGateway

    return SmtpGateway(server, sender=gateway._sender, sender_name="X", seconds=4.0)  # noqa: SLF001 - as it is


def test_an_unknown_mailbox_is_one_task_to_ask_for_another_address(post: Post):
    patient = post.patient("marisol+reject@example.org")
    ids = [post.plan(patient) for _ in range(3)]
    post.send()
    assert {post.message(one).state for one in ids} == {"failed"}
    (task,) = post.desk.tasks("delivery_failed")
    assert task.patient_id == patient.id
    assert "ask for another e-mail address" in task.reason


def test_a_busy_mail_server_gets_the_mail_later(post: Post, clock: TestClock):
    post.faults("tempfail")
    message_id = post.plan(post.patient())
    post.send()
    message = post.message(message_id)
    assert (message.state, message.reason, message.due_at > post.clock()) == ("pending", "mail_busy", True)
    clock.advance(minutes=5)
    post.send()
    assert (post.message(message_id).state, len(post.received())) == ("sent", 1)


def test_a_server_that_is_away_is_not_asked_for_every_mail(post: Post):
    post.faults("tempfail", "tempfail", "tempfail", "tempfail")
    ids = [post.plan(post.patient(f"p{number}@example.org")) for number in range(4)]
    post.send()
    assert sorted(len(post.desk.attempts(one)) for one in ids) == [0, 0, 1, 1]
    assert {post.message(one).state for one in ids} == {"pending"}


def test_one_mail_that_cannot_be_written_does_not_stop_the_others(post: Post):
    patient = post.patient()
    broken = post.plan(patient, "CARE_NEWS", subject=Subject(kind="invitation", id=None), variables={})
    with post.runtime.begin(by=TESTER) as session:
        session.get_one(type(post.message(broken)), broken).template_version = 77
    good = post.plan(patient)
    post.send()
    assert (post.message(broken).state, post.message(broken).reason) == ("failed", "unwritable")
    assert post.message(good).state == "sent"
    assert [task.kind for task in post.desk.tasks()] == ["delivery_failed"]


def test_without_a_mail_server_due_mail_is_called_back_and_nobody_is_bothered(post: Post, clock: TestClock):
    post.desk.runtime = replace(post.runtime, mailing=Mailing())
    message_id = post.plan(post.patient())
    later = post.plan(post.patient(), due_at=post.clock() + timedelta(hours=1))
    assert post.send() == 0
    assert (post.message(message_id).state, post.message(message_id).reason) == ("canceled", "no_mail_server")
    assert (post.message(later).state, post.desk.tasks()) == ("pending", [])


def test_mail_takes_nothing_from_the_pace_and_the_cap_of_texts(post: Post):
    patient = post.patient()
    for _ in range(5):
        post.plan(patient)
    post.send()
    text = post.desk.plan(patient)
    post.desk.send_all()
    assert post.desk.message(text).state == "accepted"


def test_texts_are_never_claimed_as_mail_nor_mail_as_texts(post: Post):
    patient = post.patient()
    mail_id, text_id = post.plan(patient), post.desk.plan(patient)
    assert [claimed.message_id for claimed in post.claim()] == [mail_id]
    assert [claimed.message_id for claimed in post.desk.claim()] == [text_id]


def test_the_lease_outlasts_several_calls(post: Post):
    slow = replace(post.runtime, mailing=replace(post.runtime.mailing, call_seconds=50.0))
    assert mailing.lease_seconds(slow) == 150.0
    assert mailing.lease_seconds(post.runtime) == 60.0


def test_nothing_that_sends_texts_waits_for_a_mail_server():
    source = (ROOT / "clinic/messaging/jobs/sending.py").read_text()
    names = {node.module for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in names if name and ("mail" in name)}
