"""Texts from phones: STOP at once, answers as facts, the rest to a person, and no endless talk with a machine."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic.gateways.sms import ProviderMessage, Rejected, Scope
from clinic.kernel.outbox import Outbox
from clinic.messaging import actions
from clinic.messaging.jobs import sweeping
from clinic.messaging.models import InboundText
from clinic.people.queries import consent_of
from clinic.policies.actions import set_policy
from clinic.policies.rules import PolicyKey
from tests.conftest import TestClock
from tests.domains.messaging.desk import TESTER, Desk
from tests.domains.messaging.provider import OURS, Provider, new_sid


def facts(desk: Desk, topic: str = "reply.received") -> list[Outbox]:
    with desk.runtime.begin(by=TESTER) as session:
        return list(session.scalars(select(Outbox).where(Outbox.topic == topic)))


def is_opted_out(desk: Desk, phone_id: object) -> bool:
    with desk.runtime.begin(by=TESTER) as session:
        return consent_of(session, phone_id).opted_out_at is not None  # type: ignore[arg-type]


def keys(desk: Desk) -> list[str]:
    return [message.template_key for message in desk.messages()]


def test_stop_opts_out_holds_what_waits_and_confirms_once(desk: Desk, provider: Provider) -> None:
    patient = desk.patient()
    waiting = desk.plan(patient, "VISIT_24H", due_in=timedelta(days=1))
    desk.receive(patient, "Stop, please")
    desk.receive(patient, "STOP")
    assert is_opted_out(desk, patient.phone_id)
    assert desk.message(waiting).state == "suppressed"
    desk.send_all()
    assert ["opted out" in text.body for text in provider.calls] == [True]
    (task,) = desk.tasks("opted_out_patient")
    assert task.patient_id == patient.id
    assert "Call or e-mail about the visit on Wed Nov 25, 10:00 AM ET." in str(task.reason)


def test_the_provider_answers_stop_where_it_does_that_itself(desk: Desk) -> None:
    patient = desk.patient()
    desk.receive(patient, "STOP", opt_out_type="STOP")
    assert is_opted_out(desk, patient.phone_id)
    assert desk.messages() == []


def test_we_stay_silent_when_the_setting_says_that_the_provider_answers(desk: Desk) -> None:
    desk.runtime = replace(desk.runtime, texting=replace(desk.runtime.texting, has_own_opt_out_replies=False))
    patient = desk.patient()
    for body in ("STOP", "START", "HELP"):
        desk.receive(patient, body)
    assert desk.messages() == []
    assert not is_opted_out(desk, patient.phone_id)


def test_what_the_provider_took_for_a_stop_is_one(desk: Desk) -> None:
    patient = desk.patient()
    desk.receive(patient, "arrêt", opt_out_type="STOP")
    assert is_opted_out(desk, patient.phone_id)


def test_start_lets_later_texts_leave_again(desk: Desk) -> None:
    patient = desk.patient()
    soon, later = desk.plan(patient), desk.plan(patient, "VISIT_24H", due_in=timedelta(days=1))
    desk.receive(patient, "STOP")
    desk.receive(patient, "START")
    assert not is_opted_out(desk, patient.phone_id)
    assert [desk.message(each).state for each in (soon, later)] == ["suppressed", "pending"]
    assert keys(desk).count("START_REPLY") == 1


def test_yes_alone_never_opts_in(desk: Desk) -> None:
    patient = desk.patient()
    desk.receive(patient, "STOP")
    desk.receive(patient, "YES", opt_out_type="START")
    assert is_opted_out(desk, patient.phone_id)
    assert len(facts(desk)) == 1


def test_a_replayed_webhook_has_no_effect(desk: Desk) -> None:
    patient, sid = desk.patient(), new_sid()
    assert desk.receive(patient, "1", provider_sid=sid) is not None
    assert desk.receive(patient, "1", provider_sid=sid) is None
    assert len(facts(desk)) == 1


def test_digits_become_facts_with_their_meaning(desk: Desk) -> None:
    patient = desk.patient()
    confirmed, moved = desk.receive(patient, "1"), desk.receive(patient, "2.")
    assert [fact.subject_id for fact in facts(desk)] == [confirmed, moved]
    with desk.runtime.begin(by=TESTER) as session:
        meanings = {row.id: row.meaning for row in session.scalars(select(InboundText))}
    assert meanings == {confirmed: "confirm", moved: "move"}


def test_an_answer_speaks_the_patients_language(desk: Desk, provider: Provider, clock: TestClock) -> None:
    patient = desk.patient(language="es")
    inbound_id = desk.receive(patient, "1")
    assert inbound_id is not None
    with desk.runtime.begin(by=TESTER) as session:
        starts_at = clock() + timedelta(days=2)
        answered = actions.answer(
            session,
            inbound_id=inbound_id,
            template_key="REPLY_THANKS",
            patient_id=patient.id,
            variables={"starts_at": starts_at},
            by=TESTER,
            now=clock(),
        )
    desk.send_all()
    assert answered is not None
    assert (
        provider.calls[0].body
        == "Demo Home Clinic: Gracias. Su consulta del mié 25 nov, 10:00 a.m. ET queda confirmada."
    )


def test_everything_else_is_read_by_a_person_and_acknowledged_once_a_day(desk: Desk, clock: TestClock) -> None:
    patient = desk.patient()
    desk.receive(patient, "Can my sister join too?")
    desk.receive(patient, "Hello?")
    assert [task.patient_id for task in desk.tasks("reply_unclear")] == [patient.id, patient.id]
    assert any("Can my sister join too?" in str(task.reason) for task in desk.tasks("reply_unclear"))
    assert keys(desk) == ["UNKNOWN_INBOUND"]
    clock.advance(hours=25)
    desk.receive(patient, "Anybody there?")
    assert keys(desk) == ["UNKNOWN_INBOUND", "UNKNOWN_INBOUND"]


def test_a_stranger_is_heard_too(desk: Desk, provider: Provider) -> None:
    desk.receive(None, "Is this the bakery?")
    (task,) = desk.tasks("reply_unclear")
    assert (task.patient_id, "number of no patient" in str(task.reason)) == (None, True)
    desk.send_all()
    assert [text.to for text in provider.calls] == ["+13055550199"]


def test_a_stranger_may_stop(desk: Desk) -> None:
    desk.receive(None, "STOP")
    desk.receive(None, "what is this")
    states = {message.template_key: message.state for message in desk.messages()}
    assert states == {"STOP_REPLY": "pending", "UNKNOWN_INBOUND": "suppressed"}


def test_two_machines_do_not_talk_forever(desk: Desk) -> None:
    patient = desk.patient()
    for _ in range(40):
        desk.receive(patient, "HELP")
    assert len(desk.messages()) == 5


def test_a_machine_that_writes_and_writes_fills_no_list(desk: Desk) -> None:
    patient = desk.patient()
    for number in range(40):
        desk.receive(patient, f"Your ticket {number} was received")
    assert len(desk.tasks("reply_unclear")) == 11


def test_an_empty_text_and_a_very_long_one_are_kept(desk: Desk) -> None:
    patient = desk.patient()
    desk.receive(patient, "")
    desk.receive(patient, "long " * 1000)
    assert len(desk.tasks("reply_unclear")) == 2


def test_texts_whose_webhook_was_lost_are_fetched(desk: Desk, provider: Provider, clock: TestClock) -> None:
    patient = desk.patient()
    desk.receive(patient, "1")
    with desk.runtime.begin(by=TESTER) as session:
        e164 = desk.number(session, patient)
    lost = ProviderMessage(new_sid(), OURS, e164, "STOP", "inbound", "received", None, clock(), 1)
    provider.inbound.append(lost)
    assert sweeping.fetch_missed(desk.runtime) == 1
    assert sweeping.fetch_missed(desk.runtime) == 0
    assert is_opted_out(desk, patient.phone_id)


@pytest.mark.parametrize(
    ("hours", "answer"),
    [
        (0, "UNKNOWN_INBOUND"),  # Monday 10:00 in New York
        (7.9, "UNKNOWN_INBOUND"),
        (8, "AFTER_HOURS"),  # 18:00
        (-2.5, "AFTER_HOURS"),  # 07:30
        (5 * 24, "AFTER_HOURS"),  # Saturday
    ],
)
def test_outside_the_hours_the_phone_is_told_whom_to_call(
    desk: Desk, clock: TestClock, hours: float, answer: str
) -> None:
    clock.advance(seconds=hours * 3600)
    desk.receive(desk.patient(), "Can my sister join too?")
    assert keys(desk) == [answer]
    assert len(desk.tasks("reply_unclear")) == 1


def test_the_clinic_says_when_texts_are_read(desk: Desk, clock: TestClock) -> None:
    with desk.runtime.begin(by=TESTER) as session:
        for key, value in ((PolicyKey.TEXTS_READ_UNTIL_HOUR, 10), (PolicyKey.TEXTS_READ_DAYS, 7)):
            set_policy(session, key=key, value=value, reason="Other hours", revision=0, by=TESTER, now=clock())
    desk.receive(desk.patient(), "Can my sister join too?")
    assert keys(desk) == ["AFTER_HOURS"]


def test_every_text_is_told_to_the_inbox(desk: Desk) -> None:
    patient = desk.patient()
    for body in ("STOP", "1", "hello?", "HELP", "wrong number", ""):
        desk.receive(patient, body)
    assert len(facts(desk, "text.received")) == 6


def test_a_wrong_number_stops_nothing_and_a_person_finds_out(desk: Desk) -> None:
    patient = desk.patient()
    waiting = desk.plan(patient, "VISIT_24H", due_in=timedelta(days=1))
    desk.receive(patient, "You have the wrong number")
    assert not is_opted_out(desk, patient.phone_id)
    assert desk.message(waiting).state == "pending"
    (task,) = desk.tasks()
    assert (task.kind, task.patient_id) == ("number_to_check", patient.id)
    assert "wrong number" in str(task.reason)


def test_a_wrong_number_that_says_stop_is_stopped_and_looked_into(desk: Desk) -> None:
    patient = desk.patient()
    desk.receive(patient, "WRONG NUMBER, STOP TEXTING ME")
    assert is_opted_out(desk, patient.phone_id)
    assert [task.kind for task in desk.tasks()] == ["number_to_check"]


def test_a_stranger_with_a_wrong_number_is_just_read(desk: Desk) -> None:
    desk.receive(None, "wrong number")
    assert [task.kind for task in desk.tasks()] == ["reply_unclear"]


def test_a_doubtful_stop_is_pointed_out_to_the_reader(desk: Desk) -> None:
    patient = desk.patient()
    desk.receive(patient, "I can't stop coughing")
    assert not is_opted_out(desk, patient.phone_id)
    assert "may ask for no more texts" in str(desk.tasks("reply_unclear")[0].reason)


def test_a_start_that_was_fetched_late_opts_nobody_in(desk: Desk, provider: Provider, clock: TestClock) -> None:
    patient = desk.patient()
    desk.receive(patient, "STOP", opt_out_type="STOP")
    with desk.runtime.begin(by=TESTER) as session:
        e164 = desk.number(session, patient)
    written = clock() - timedelta(hours=3)
    provider.inbound.append(ProviderMessage(new_sid(), OURS, e164, "START", "inbound", "received", None, written, 1))
    assert sweeping.fetch_missed(desk.runtime) == 1
    assert is_opted_out(desk, patient.phone_id)
    assert "reached us late" in str(desk.tasks("reply_unclear")[0].reason)


def test_a_no_to_nothing_is_read_by_a_person_and_counts_as_handled(desk: Desk) -> None:
    patient = desk.patient()
    desk.receive(patient, "hello?")
    desk.receive(patient, "no")
    assert len(desk.tasks("reply_unclear")) == 2
    with desk.runtime.begin(by=TESTER) as session:
        assert all(session.scalars(select(InboundText.handled_at)))


def test_a_stop_at_the_provider_keeps_back_new_kinds_of_texts_and_asks_a_person(desk: Desk, provider: Provider) -> None:
    patient = desk.patient()
    question = desk.plan(patient, "PREP_48H_SITTER", due_in=timedelta(hours=2))
    desk.plan(patient)
    provider.answers.append(Rejected(code=21610, http_status=400, scope=Scope.OPTED_OUT))
    desk.send_all()
    assert is_opted_out(desk, patient.phone_id)
    with desk.runtime.begin(by=TESTER) as session:
        assert consent_of(session, patient.phone_id).source == "provider"
    assert desk.message(question).state == "suppressed"
    assert [task.kind for task in desk.tasks()] == ["opted_out_patient"] * 2
