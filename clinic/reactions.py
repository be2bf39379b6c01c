"""Standing orders: what follows when something happened elsewhere, and whether a waiting text is still true."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.dispatch import StandingOrder
from clinic.messaging import actions as messaging
from clinic.messaging.guards import Guards
from clinic.messaging.models import InboundText
from clinic.messaging.queries.inbound import inbound
from clinic.messaging.rules.kinds import Drop, Planned, Recipient, RecipientKind, Send, Subject, Verdict
from clinic.people import queries as people
from clinic.people.rules import PatientStatus, is_texting_allowed
from clinic.scheduling import actions as scheduling
from clinic.scheduling.actions import Reply, ReplyOutcome
from clinic.scheduling.sending import text_guard
from clinic.treatment import actions as treatment
from clinic.treatment.actions.texts import keep_true
from clinic.treatment.actions.watching import watch_course
from clinic.treatment.sending import plan_guard


def answer_reply(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Let a texted `1` confirm and a texted `2` ask for another time, and answer the phone."""
    text = inbound(session, subject_id)
    verb = scheduling.confirm_from_reply if text.meaning == "confirm" else scheduling.move_from_reply
    outcome = verb(session, phone_id=text.phone_id, by=by, now=now)
    _thank(session, text, outcome, by=by, now=now)


def _thank(session: Session, text: InboundText, outcome: ReplyOutcome, *, by: Actor, now: datetime) -> None:
    visit = outcome.visit
    if outcome.reply in {Reply.CONFIRMED, Reply.ALREADY_CONFIRMED} and visit is not None:
        messaging.answer(
            session,
            inbound_id=text.id,
            template_key="REPLY_THANKS",
            patient_id=visit.patient_id,
            variables={"starts_at": visit.starts_at},
            by=by,
            now=now,
        )
    elif outcome.reply is Reply.MOVE_REQUESTED and visit is not None:
        messaging.answer(
            session,
            inbound_id=text.id,
            template_key="MOVE_REQUESTED",
            patient_id=visit.patient_id,
            link_id=outcome.link_id,
            by=by,
            now=now,
        )
    elif outcome.reply is Reply.NOTHING_WAITING:
        messaging.answer(session, inbound_id=text.id, template_key="NOTHING_WAITING", by=by, now=now)


def keep_up_with_patient(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Tell coming visits of a patient's new phone, zone or language, and plan their texts anew.

    Whatever else waits for an old number goes to the new one, and only if that one may be texted.
    """
    scheduling.follow_patient(session, patient_id=subject_id, by=by, now=now)
    phone_id = people.patient(session, subject_id).phone_id
    messaging.move_to_number(session, patient_id=subject_id, phone_id=phone_id, now=now)


def greet_phone(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Send the first text after consent: who writes, how often, how to stop."""
    patient = people.patient(session, subject_id)
    messaging.plan(
        session,
        template_key="OPTIN_CONFIRM",
        recipient=Recipient(
            kind=RecipientKind.PATIENT,
            id=patient.id,
            phone_id=patient.phone_id,
            language=patient.language,
            zone=patient.zone,
        ),
        subject=Subject(kind="patient", id=patient.id, version=people.consent_of(session, patient.phone_id).revision),
        variables={},
        link_id=None,
        due_at=now,
        by=by,
        now=now,
    )


def keep_course(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Give a visit of a course its record, wherever it was booked, and keep texts and tasks about the course true."""
    plan = treatment.follow_visit(session, appointment_id=subject_id, by=by, now=now)
    if plan is not None:
        keep_true(session, plan, by=by, now=now)
        watch_course(session, plan=plan, by=by, now=now)


def patient_guard(session: Session, planned: Planned, _now: datetime) -> Verdict:
    """Greet only somebody who is under the clinic's care and may still be texted."""
    if planned.subject_id is None:
        return Drop("no_subject")
    patient = people.patient(session, planned.subject_id)
    consent = people.consent_of(session, patient.phone_id)
    if patient.status != PatientStatus.ACTIVE or not is_texting_allowed(consent.consented_at, consent.opted_out_at):
        return Drop("not_wanted")
    return Send()


STANDING_ORDERS: Mapping[str, StandingOrder] = MappingProxyType(
    {
        "reply.received": answer_reply,
        "patient.contact_changed": keep_up_with_patient,
        "consent.recorded": greet_phone,
        "appointment.changed": keep_course,
    }
)
"""What happens for each outbox topic, in the transaction that settles its row."""

GUARDS: Guards = MappingProxyType({"appointment": text_guard, "patient": patient_guard, "plan": plan_guard})
"""Send-time judgement by what a text is about."""
