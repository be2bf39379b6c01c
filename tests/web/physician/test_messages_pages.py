"""Secure messages of a physician with a patient of the care team."""

from clinic.conversations import actions
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.ids import new_id
from tests.domains.scheduling.calendar_makers import at
from tests.web.html import Browser


def answer(session, patient, body: str, now) -> None:
    by = Actor(kind=ActorKind.PATIENT, name="Patient", id=patient.id)
    actions.answer_secure_message(session, patient_id=patient.id, body=body, key=new_id(), by=by, now=now)
    session.commit()


def test_a_physician_writes_reads_the_answer_and_it_counts_as_read(doctor: Browser, clinic, session):
    patient = clinic.patient()
    clinic.visit(patient, clinic.okafor, at(25, 10))
    session.commit()
    page = doctor.get(f"/my-patients/{patient.id}").click("Messages")
    assert "No messages yet" in page.text
    sent = page.form("message").submit(body="Your result is in.\nAll is well.")
    assert sent.toasts == ["✓ Sent. The patient is told that a message waits, with a link."]
    assert "not read yet" in sent.text
    answer(session, patient, "Thank you!", clinic.now)
    again = doctor.get(f"/my-patients/{patient.id}").click("Messages (1 new)")
    assert "Thank you!" in again.text
    again.form("message").submit(body="Gladly.")
    assert "Messages" in doctor.get(f"/my-patients/{patient.id}").links


def test_a_message_without_words_is_told_at_its_box(doctor: Browser, clinic, session):
    patient = clinic.patient()
    clinic.visit(patient, clinic.okafor, at(25, 10))
    session.commit()
    page = doctor.get(f"/my-patients/{patient.id}/messages").form("message").submit(body="")
    assert page.status == 422
    assert page.errors["body"] == "Write your message first."


def test_messages_of_somebody_elses_patient_do_not_exist(doctor: Browser, clinic, session):
    patient = clinic.patient()
    session.commit()
    assert doctor.get(f"/my-patients/{patient.id}/messages").status == 404
    assert doctor.get(f"/my-patients/{new_id()}/messages").status == 404
