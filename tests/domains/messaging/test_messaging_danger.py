"""Which texts sound like danger, and what follows in the webhook's own transaction."""

import pytest
from sqlalchemy import select

from clinic.kernel.actor import Role
from clinic.kernel.outbox import Outbox
from clinic.messaging.models import InboundText
from clinic.messaging.rules.danger import phrases, suspects_danger, version
from clinic.people.queries import consent_of
from clinic.worklist.queries import open_items
from tests.conftest import TestClock
from tests.domains.messaging.desk import TESTER, Desk
from tests.domains.messaging.provider import Provider

CRISIS = "I want to kill myself"


@pytest.mark.parametrize(
    "body",
    [
        *("I want to kill myself", "kms", "K.M.S.", "suicidal", "suiside", "i'm sucidal", "SUICIDIO", "unalive myself"),
        *("I do not want to die", "I don\u2019t want to die", "i dont want 2 die but i want to die", "wanna dieeee"),
        *(
            "better off dead",
            "Better off without me",
            "hurt myself",
            "hurting myself again",
            "I cut myself",
            "self-harm",
        ),
        *(
            "I can't breathe",
            "cant breath",
            "CAN\u2019T really breathe",
            "chest pain",
            "my chest hurts",
            "I took too much",
        ),
        *(
            "took to many pills",
            "OVERDOSE",
            "over dosed",
            "she is not responding, wont wake up",
            "he passed out",
            "call 911",
        ),
        *("chest tightness", "My chest feels tight", "pressure in my chest", "my heart won't stop racing"),
        *("I took all my meds", "took the entire bottle", "I took a bunch of pills", "I OD'd", "took 30 pills"),
        *("I want to end it", "I feel like dying", "there is no point in living", "I don't wanna be here anymore"),
        *("no quiero estar aqu\u00ed", "no le veo sentido a la vida", "tom\u00e9 muchas pastillas", "I have a gun"),
        *("stop texting me i want to die", "no I am not suicidal", "i want to end it all", "ending my life"),
        *(
            "me quiero morir",
            "Quiero quitarme la vida",
            "ya no quiero vivir",
            "tom\u00e9 demasiadas pastillas",
            "sobredosis",
        ),
        *(
            "no puedo respirar",
            "me duele mucho el pecho",
            "dolor en el pecho",
            "voy a hacerme da\u00f1o",
            "est\u00e1 inconsciente",
        ),
        *("no me quiero matar", "auxilio", "me va a matar"),
    ],
)
def test_words_of_danger_are_heard_in_every_spelling_and_in_a_denial(body: str) -> None:
    assert suspects_danger(body)


@pytest.mark.parametrize(
    "body",
    [
        *("", "1", "yes please", "STOP", "HELP", "Can I come at 3?", "I will be late", "thanks, see you tomorrow"),
        *(
            "I can't see the link",
            "I can't speak right now, call later",
            "no puedo mover la cita",
            "no puedo hablar ahora",
        ),
        *(
            "my emergency contact is my sister",
            "I cannot go on Friday",
            "jump off the call",
            "gracias por todo",
            "hola",
        ),
        *("dead battery, sorry", "kill some time before", "\u00bfa qu\u00e9 hora es?", "x" * 1600),
    ],
)
def test_ordinary_texts_call_nobody(body: str) -> None:
    assert not suspects_danger(body)


@pytest.mark.parametrize("phrase", phrases())
def test_every_phrase_of_the_list_is_heard(phrase: str) -> None:
    assert suspects_danger(phrase.replace(" ...", "").replace("*", ""))
    assert suspects_danger(f"Hi, {phrase.replace('...', 'really').replace('*', 'x').upper()}!")


def test_the_list_has_a_version_and_no_phrase_that_only_a_keyboard_would_write() -> None:
    assert version() >= 1
    assert [phrase for phrase in phrases() if phrase != phrase.lower() or not phrase.isascii()] == []


def urgent(desk: Desk) -> list[bool]:
    with desk.runtime.begin(by=TESTER) as session:
        return list(session.scalars(select(InboundText.is_urgent).order_by(InboundText.received_at)))


def alarms(desk: Desk) -> int:
    with desk.runtime.begin(by=TESTER) as session:
        return len(session.scalars(select(Outbox).where(Outbox.topic == "danger.suspected")).all())


def test_danger_is_answered_at_any_hour_and_put_on_top_of_the_list(
    desk: Desk, provider: Provider, clock: TestClock
) -> None:
    patient = desk.patient()
    desk.receive(patient, "Can my sister join?")
    clock.advance(hours=13)  # 03:00 in New York, and the other task is long overdue
    desk.receive(patient, CRISIS)
    desk.send_all()
    assert "911" in provider.calls[-1].body
    assert "988" in provider.calls[-1].body
    assert (urgent(desk), alarms(desk)) == ([False, True], 1)
    with desk.runtime.begin(by=TESTER) as session:
        first = open_items(session, roles={Role.COORDINATOR})[0]
    assert (first.kind, first.patient_id, first.due_at) == ("danger_suspected", patient.id, clock())
    assert CRISIS in first.reason
    assert [task.kind for task in desk.tasks("reply_unclear")] == ["reply_unclear"]  # for the text before, not for this


def test_a_stranger_in_danger_is_answered_too(desk: Desk, provider: Provider) -> None:
    desk.receive(None, "no puedo respirar")
    desk.send_all()
    assert ["911" in text.body for text in provider.calls] == [True]
    (task,) = desk.tasks("danger_suspected")
    assert (task.patient_id, "number of no patient" in str(task.reason)) == (None, True)


def test_a_number_that_two_patients_share_is_answered_and_named_as_such(desk: Desk) -> None:
    first = desk.patient(phone="+13055550177")
    desk.patient(phone="+13055550177")
    desk.receive(first, CRISIS)
    (task,) = desk.tasks("danger_suspected")
    assert (task.patient_id, "2 patients share" in str(task.reason)) == (None, True)
    assert [message.template_key for message in desk.messages("pending")] == ["CRISIS_REPLY"]


def test_a_number_that_had_opted_out_gets_no_text_and_the_task_says_telephone(desk: Desk, provider: Provider) -> None:
    patient = desk.patient()
    desk.receive(patient, "STOP", opt_out_type="STOP")
    desk.receive(patient, CRISIS)
    desk.send_all()
    assert provider.calls == []
    assert "gets no texts from us" in str(desk.tasks("danger_suspected")[0].reason)
    assert alarms(desk) == 1


def test_who_asks_for_no_texts_and_speaks_of_danger_gets_both(desk: Desk, provider: Provider) -> None:
    patient = desk.patient()
    desk.receive(patient, "stop texting me, I want to die")
    with desk.runtime.begin(by=TESTER) as session:
        assert consent_of(session, patient.phone_id).opted_out_at is not None
    desk.send_all()
    assert sorted("988" in text.body for text in provider.calls) == [False, True]
    assert (len(desk.tasks("danger_suspected")), alarms(desk)) == (1, 1)


def test_a_stop_right_after_does_not_take_the_answer_back(desk: Desk, provider: Provider) -> None:
    patient = desk.patient()
    desk.receive(patient, CRISIS)
    desk.receive(patient, "STOP")
    desk.send_all()
    assert sum("988" in text.body for text in provider.calls) == 1


def test_a_frightened_help_alone_is_answered_with_911_and_988(desk: Desk, provider: Provider) -> None:
    patient = desk.patient()
    desk.receive(patient, "HELP")
    assert desk.tasks() == []
    desk.receive(patient, "help me please")
    desk.send_all()
    assert [("911" in text.body, "988" in text.body) for text in provider.calls] == [(True, True)] * 2
    assert [task.kind for task in desk.tasks()] == ["reply_unclear"]


def test_who_writes_of_danger_again_and_again_is_not_flooded_but_heard_each_time(desk: Desk) -> None:
    patient = desk.patient()
    for number in range(8):
        desk.receive(patient, f"I want to die {number}")
    assert [message.template_key for message in desk.messages()] == ["CRISIS_REPLY"] * 3
    assert (len(desk.tasks("danger_suspected")), alarms(desk)) == (8, 8)


def test_a_machine_at_the_other_end_does_not_keep_danger_from_being_answered(desk: Desk) -> None:
    patient = desk.patient()
    for _ in range(9):
        desk.receive(patient, "HELP")
    desk.receive(patient, CRISIS)
    assert [message.template_key for message in desk.messages()].count("CRISIS_REPLY") == 1


def test_a_one_among_words_of_danger_confirms_nothing(desk: Desk) -> None:
    patient = desk.patient()
    desk.receive(patient, "1 I want to die")
    with desk.runtime.begin(by=TESTER) as session:
        assert session.scalars(select(Outbox.topic).order_by(Outbox.topic)).all() == [
            "consent.recorded",
            "danger.suspected",
            "text.received",
        ]
