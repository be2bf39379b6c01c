"""Who gets e-mail instead of a text, what staff are told by e-mail, and what history says of both."""

from datetime import timedelta

import pytest

from clinic.access import actions as access
from clinic.gateways.sms import Rejected as SmsRejected
from clinic.gateways.sms import Scope as SmsScope
from clinic.kernel.actor import Role
from clinic.messaging import actions, queries
from clinic.messaging.actions.emails import SYSTEM_PAGE
from clinic.messaging.rules.kinds import Subject
from clinic.messaging.rules.templates import Facts, current
from clinic.people import actions as people
from clinic.people.rules import ConsentSource
from tests.conftest import TestClock
from tests.domains.messaging.desk import TESTER
from tests.domains.messaging.mail import Post

FACTS = Facts(clinic="Demo Home Clinic", phone="+13055550100", site="https://clinic.example")


# Patients without texts.


def opt_out(post: Post, patient) -> None:
    with post.runtime.begin(by=TESTER) as session:
        people.opt_out(session, phone_id=patient.phone_id, source=ConsentSource.PHONE_CALL, by=TESTER, now=post.clock())


@pytest.mark.parametrize("consents", [True, False])
def test_news_goes_by_email_to_a_patient_without_texts_and_the_task_says_so(post: Post, consents: bool):
    patient = post.patient(consents=consents)
    if consents:
        opt_out(post, patient)
    post.desk.plan(patient, "VISIT_24H", due_in=timedelta(hours=1))
    (task,) = post.desk.tasks("opted_out_patient")
    assert task.reason.endswith("An e-mail goes to this patient too.")
    post.send()
    assert post.received() == ()


def test_the_email_leaves_when_the_text_would_have_and_is_judged_as_it(post: Post, clock: TestClock):
    patient = post.patient()
    opt_out(post, patient)
    text_id = post.desk.plan(patient, "VISIT_24H", due_in=timedelta(hours=1))
    clock.advance(hours=1)
    post.send()
    (mail,) = post.received()
    assert mail.subject.endswith("there is news for you")
    assert "/v/" in mail.body
    assert post.desk.judged[-1].template_key == "VISIT_24H"
    assert post.desk.judged[-1].subject_id == post.message(text_id).subject_id


def test_where_an_invitation_tells_it_no_second_email_goes(post: Post):
    patient = post.patient()
    opt_out(post, patient)
    post.desk.plan(patient, "BOOK_CONFIRM")
    (task,) = post.desk.tasks("opted_out_patient")
    assert "An e-mail goes" in task.reason
    assert [message.channel for message in post.desk.messages()] == ["sms"]


def test_without_an_address_the_task_promises_no_email(post: Post):
    patient = post.patient(None, consents=False)
    post.desk.plan(patient)
    (task,) = post.desk.tasks("opted_out_patient")
    assert "e-mail goes" not in task.reason


def test_a_stop_at_the_phone_turns_waiting_news_into_mail(post: Post):
    patient = post.patient(language="es")
    post.desk.plan(patient, "VISIT_24H", due_in=timedelta(minutes=30))
    post.desk.receive(patient, "STOP")
    (mail,) = [message for message in post.desk.messages() if message.channel == "email"]
    assert (mail.template_key, mail.language) == ("CARE_NEWS", "es")


def test_texts_told_by_invitation_are_texts():
    assert {current(key).about for key in actions.emails.TOLD_BY_INVITATION} == {"appointment"}


# Staff.


def test_every_administrator_is_alerted_once(post: Post):
    with post.runtime.begin(by=TESTER) as session:
        for number, roles in enumerate([[Role.ADMIN], [Role.ADMIN, Role.COORDINATOR], [Role.COORDINATOR]]):
            account, _ = access.invite_staff(
                session,
                email=f"s{number}@example.org",
                full_name="Wendell Pike",
                roles=roles,
                by=TESTER,
                now=post.clock(),
            )
            account.state = "active"
    for _ in range(2):
        with post.runtime.begin(by=TESTER) as session:
            actions.alert_administrators(
                session, what="Texts are on hold", page="/system", key="lane:2", by=TESTER, now=post.clock()
            )
    post.send()
    assert sorted(mail.to for mail in post.received()) == ["s0@example.org", "s1@example.org"]
    assert {mail.subject for mail in post.received()} == {"Demo Home Clinic: Texts are on hold"}
    assert "http://localhost/system" in post.received()[0].body


@pytest.fixture
def admin(post: Post) -> str:
    with post.runtime.begin(by=TESTER) as session:
        account, _ = access.invite_staff(
            session,
            email="wendell@example.org",
            full_name="Wendell Pike",
            roles=[Role.ADMIN],
            by=TESTER,
            now=post.clock(),
        )
        account.state = "active"
        return account.email


def test_administrators_hear_at_once_that_texts_are_on_hold(post: Post, admin: str):
    post.desk.provider.answers.append(SmsRejected(code=20003, http_status=401, scope=SmsScope.ACCOUNT))
    post.desk.plan(post.patient())
    post.desk.send_all()
    post.send()
    assert [(mail.to, mail.subject) for mail in post.received()] == [(admin, "Demo Home Clinic: Texts are on hold")]


def test_administrators_hear_each_time_that_all_texts_are_stopped(post: Post, admin: str, clock: TestClock):
    for _ in range(2):
        with post.runtime.begin(by=TESTER) as session:
            actions.stop_sending(session, reason="Wrong words", by=TESTER, now=post.clock())
        post.send()
        with post.runtime.begin(by=TESTER) as session:
            actions.start_sending(session, by=TESTER, now=post.clock())
        clock.advance(minutes=1)
    assert [mail.subject for mail in post.received()] == ["Demo Home Clinic: All texts are stopped"] * 2
    assert admin in post.received()[0].to


def test_the_page_that_alerts_lead_to_is_there(app):
    assert SYSTEM_PAGE in {rule.rule for rule in app.url_map.iter_rules()}


def test_a_page_for_staff_goes_at_any_hour(post: Post, clock: TestClock):
    clock.advance(hours=13)
    post.page()
    post.send()
    assert "http://localhost/on-call/now" in post.received()[0].body


# History.


def test_the_history_shows_emails_in_plain_words(post: Post, clock: TestClock):
    patient = post.patient()
    visit_id = post.message(post.plan(patient)).subject_id
    post.send()
    clock.advance(minutes=1)
    post.plan(patient, subject=Subject(kind="invitation", id=visit_id, version=2), key="VISIT_INVITATION_CANCELED")
    with post.runtime.begin(by=TESTER) as session:
        rows = queries.history_of_patient(session, patient_id=patient.id, phone_id=patient.phone_id, facts=FACTS)
        about = queries.texts_about(session, subject_kind="appointment", subject_id=visit_id, facts=FACTS)
    assert {row.channel for row in rows} == {"email"}
    assert [row.name for row in about] == ["E-mail: visit booked", "E-mail: visit canceled"]
    assert about[0].note == "Sent; e-mail brings no receipt"
    assert about[0].body.startswith("Demo Home Clinic: your visit on Wed Nov 25\n\n")
    assert "(link)" in about[0].body
    assert about[1].note == "Waiting"


@pytest.mark.parametrize("fault", ["reject", "drop-after"])
def test_the_history_says_what_went_wrong_with_an_email(post: Post, fault: str):
    patient = post.patient()
    post.faults(fault)
    post.plan(patient)
    post.send()
    with post.runtime.begin(by=TESTER) as session:
        (row,) = queries.history_of_patient(session, patient_id=patient.id, phone_id=patient.phone_id, facts=FACTS)
    assert row.note in {
        "Not delivered. There is no such mailbox. Call the patient and ask for another e-mail address.",
        "No answer from the mail server yet",
    }
