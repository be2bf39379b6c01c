"""Standing orders: what follows when something happened elsewhere, and whether a waiting text is still true."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from types import MappingProxyType
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.billing.actions.allowing import follow_taper
from clinic.billing.actions.collecting import collect_issued
from clinic.billing.actions.following import follow_card
from clinic.billing.actions.giving_back import return_late_money
from clinic.billing.actions.telling import tell_of_membership, tell_of_payment, tell_of_receipt
from clinic.billing.sending import card_guard, invoice_guard, price_notice_guard, subscription_guard
from clinic.consents.actions.asking import ask_where_missing, want_again, want_signatures
from clinic.consents.queries.signatures import was_asked
from clinic.consents.sending import SIGNED, patient_asked, request_verdict
from clinic.conversations import actions as conversations
from clinic.conversations.sending import message_guard
from clinic.intake.sending import intake_guard
from clinic.kernel.actor import Actor
from clinic.kernel.crypto import KeyRing
from clinic.kernel.dispatch import StandingOrder
from clinic.medication.actions.announcing import tell_of_parcel
from clinic.medication.actions.holding_back import hold_supply_back
from clinic.medication.actions.session_units import take_unit_count
from clinic.medication.actions.telling import follow_leftovers, tell_of_recall, tell_of_request
from clinic.medication.sending import recall_guard, request_guard, shipment_guard, supply_guard
from clinic.messaging import actions as messaging
from clinic.messaging.actions.entering import answer_entry, entry_guard
from clinic.messaging.actions.greeting import greet
from clinic.messaging.guards import Enclosures, Guards
from clinic.messaging.rules.kinds import Drop, Planned, Send, Verdict
from clinic.monitoring.actions.calendars import clear_calendar, keep_calendar
from clinic.monitoring.sending import CHECKLIST_TEXTS, check_in_guard, checklist_verdict
from clinic.oncall import actions as oncall
from clinic.oncall.sending import page_guard
from clinic.people import queries as people
from clinic.people.rules import PatientStatus, is_texting_allowed
from clinic.replying import answer_reply
from clinic.scheduling import actions as scheduling
from clinic.scheduling.queries import appointment
from clinic.scheduling.queries.invitations import invitation_enclosure, invitation_guard
from clinic.scheduling.sending import text_guard
from clinic.session_day.actions.supporting import follow_called_off, follow_moved
from clinic.session_day.sending import (
    PAUSE_TEXT,
    WHO_COMES_TEXT,
    pause_verdict,
    support_person_guard,
    who_comes_verdict,
)
from clinic.treatment import actions as treatment
from clinic.treatment import queries as plans
from clinic.treatment.actions.texts import keep_true
from clinic.treatment.actions.watching import watch_course
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries.caring import patients_of_pain
from clinic.treatment.sending import plan_guard
from clinic.vigilance.alarming import answer_alarms
from clinic.vigilance.reacting import (
    look_after_check_in,
    look_after_claim,
    look_after_finding,
    look_after_order,
    look_after_request,
    look_after_units,
    look_after_visit,
)
from clinic.waitlist.actions.following import follow_visit as follow_waited_visit
from clinic.waitlist.actions.openings import go_on_to_next, open_freed_times, open_widened_hours
from clinic.waitlist.sending import offer_guard


def keep_up_with_patient(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Tell coming visits of a patient's new phone, zone or language, and plan their texts anew.

    Whatever else waits for an old number goes to the new one, and only if that one may be texted; what was held for
    want of consent leaves too, if there is one now.
    """
    phone_id = people.lock_patient(session, subject_id).phone_id
    messaging.move_to_number(session, patient_id=subject_id, phone_id=phone_id, now=now)
    consent = people.consent_of(session, phone_id)
    if is_texting_allowed(consent.consented_at, consent.opted_out_at):
        messaging.release_suppressed(session, phone_id=phone_id, now=now)
    scheduling.follow_patient(session, patient_id=subject_id, by=by, now=now)
    messaging.settle_old_numbers(session, patient_id=subject_id, phone_id=phone_id, by=by, now=now)
    conversations.follow_patient(session, patient_id=subject_id, by=by, now=now)
    keep_check_ins(session, patient_id=subject_id, by=by, now=now)


def greet_phone(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Send the first text after consent: who writes, how often, how to stop; what was held till then follows."""
    patient = people.patient(session, subject_id)
    if messaging.holds_texts(session, phone_id=patient.phone_id, now=now):
        for sharing in sorted(each.id for each in people.patients_with_phone(session, patient.phone_id)):
            keep_up_with_patient(session, subject_id=sharing, by=by, now=now)
    greet(session, patient_id=patient.id, by=by, now=now)


def keep_course(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Give a visit of a course its record, wherever it was booked, and keep texts and tasks about the course true.

    A question about a visit that moved or was called off waits for no answer any more.
    """
    plan = treatment.follow_visit(session, appointment_id=subject_id, by=by, now=now)
    if plan is not None:
        keep_true(session, plan, by=by, now=now)
        watch_course(session, plan=plan, by=by, now=now)
        _want_signatures_first(session, plan, now=now)
    # After the patient and the plan, as everybody else locks them.
    scheduling.close_stale_questions(session, appointment_id=subject_id, now=now)
    keep_check_ins_of_visit(session, subject_id=subject_id, by=by, now=now)
    follow_waited_visit(session, subject_id=subject_id, by=by, now=now)
    look_after_visit(session, subject_id=subject_id, by=by, now=now)


def follow_visit(session: Session, *, subject_id: UUID, ring: KeyRing, now: datetime, by: Actor) -> None:
    """Keep a course true to its visits, and let a support person follow a visit that moved or is called off."""
    # Held to the end, so that whatever asks for the visit by its id finds it in the session instead of the database.
    _visit = appointment(session, subject_id)
    keep_course(session, subject_id=subject_id, now=now, by=by)
    follow_moved(session, appointment_id=subject_id, ring=ring, by=by, now=now)
    follow_called_off(session, appointment_id=subject_id, by=by, now=now)


def _want_signatures_first(session: Session, plan: TreatmentPlan, *, now: datetime) -> None:
    """Let the patient be asked for signatures when the first session here is booked, wherever earlier ones were."""
    if not was_asked(session, plan.patient_id) and plans.progress(session, plan, now=now).planned:
        want_signatures(session, plan.patient_id, now=now)


def ask_for_signatures(session: Session, *, subject_id: UUID, ring: KeyRing, now: datetime, by: Actor) -> None:
    """Ask a patient for the signatures that are missing."""
    of_pain = bool(patients_of_pain(session, [subject_id]))
    ask_where_missing(session, subject_id, of_pain=of_pain, ring=ring, by=by, now=now)


def ask_to_sign_again(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:  # noqa: ARG001 - a fact's shape
    """Ask everybody whose signature a new version made outdated."""
    want_again(session, subject_id, now=now)


def keep_check_ins_of_visit(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Let the questions about a visit follow it: planned with it, moved with it, gone when it does not take place."""
    keep_check_ins(session, patient_id=appointment(session, subject_id).patient_id, by=by, now=now)


def keep_check_ins_of_plan(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Ask what the new phase of a plan asks."""
    keep_check_ins(session, patient_id=plans.plan(session, subject_id).patient_id, by=by, now=now)


def follow_phase(session: Session, *, subject_id: UUID, ring: KeyRing, now: datetime, by: Actor) -> None:
    """Ask what the new phase of a plan asks; where nothing is taken any more, what is left at home is put away.

    Whoever tapers gets what the taper needs, whatever is paid.
    """
    follow_taper(session, subject_id=subject_id, now=now, by=by)
    keep_check_ins_of_plan(session, subject_id=subject_id, by=by, now=now)
    follow_leftovers(session, patient_id=plans.plan(session, subject_id).patient_id, ring=ring, by=by, now=now)


def follow_membership(session: Session, *, subject_id: UUID, ring: KeyRing, now: datetime, by: Actor) -> None:
    """Send nothing more for a membership that is on hold or over, and tell the patient what she can do."""
    hold_supply_back(session, subject_id=subject_id, now=now, by=by)
    tell_of_membership(session, subject_id=subject_id, ring=ring, by=by, now=now)


def follow_units(session: Session, *, subject_id: UUID, ring: KeyRing, now: datetime, by: Actor) -> None:
    """Let the rules look at the patient whose units changed, and see whether the supply of a plan is closed by it."""
    look_after_units(session, subject_id=subject_id, by=by, now=now)
    follow_leftovers(session, patient_id=subject_id, ring=ring, by=by, now=now)


def follow_request(session: Session, *, subject_id: UUID, ring: KeyRing, now: datetime, by: Actor) -> None:
    """Let the rules look at the patient for whom the next shipment was asked, and ask for a count where one is due."""
    look_after_request(session, subject_id=subject_id, by=by, now=now)
    tell_of_request(session, subject_id=subject_id, ring=ring, by=by, now=now)


def keep_check_ins(session: Session, *, patient_id: UUID, now: datetime, by: Actor) -> None:
    """Bring the planned check-ins of a patient in line with the calendar; without a plan there are none."""
    facts = plans.monitoring_facts(session, [patient_id], now=now).get(patient_id)
    if facts is None:
        clear_calendar(session, patient_id=patient_id, reason="no_plan", by=by, now=now)
    else:
        keep_calendar(session, facts, by=by, now=now)


def take_check_in(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Bring what was answered about units into the ledger, and let the rules look at the patient who answered."""
    take_unit_count(session, check_in_id=subject_id, by=by, now=now)
    look_after_check_in(session, subject_id=subject_id, by=by, now=now)


def page_about_danger(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Call for a person at any hour because of what a patient wrote."""
    oncall.page_for_danger(session, inbound_id=subject_id, by=by, now=now)


def page_about_lanes(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:  # noqa: ARG001 - a fact's shape
    """Call for a person because texts do not leave."""
    oncall.page_for_paused_lanes(session, by=by, now=now)


def heed_answer(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Let the rules look at once after an alarming answer, and call for a person."""
    answer_alarms(session, assessment_id=subject_id, by=by, now=now)


def patient_guard(session: Session, planned: Planned, _now: datetime) -> Verdict:
    """Greet only somebody who is under the clinic's care and may still be texted."""
    if planned.subject_id is None:
        return Drop("no_subject")
    patient = people.patient(session, planned.subject_id)
    consent = people.consent_of(session, patient.phone_id)
    if patient.status != PatientStatus.ACTIVE or not is_texting_allowed(consent.consented_at, consent.opted_out_at):
        return Drop("not_wanted")
    return Send()


def signature_guard(session: Session, planned: Planned, now: datetime) -> Verdict:
    """Judge a text that asks for a signature; whom the agreements about pain are for is known to treatment alone."""
    patient_id = patient_asked(session, planned)
    if patient_id is None:
        return Drop(SIGNED)
    of_pain = bool(patients_of_pain(session, [patient_id]))
    return request_verdict(session, planned, patient_id=patient_id, of_pain=of_pain, now=now)


def visit_guard(session: Session, planned: Planned, now: datetime) -> Verdict:
    """Judge a text about a visit; what is known of its day stands in monitoring and with the day itself."""
    verdict = text_guard(session, planned, now)
    if not isinstance(verdict, Send):
        return verdict
    if planned.template_key in CHECKLIST_TEXTS:
        return checklist_verdict(session, planned)
    if planned.template_key == PAUSE_TEXT:
        return pause_verdict(session, planned, now)
    return who_comes_verdict(session, planned, now) if planned.template_key == WHO_COMES_TEXT else verdict


def take_in_text(session: Session, *, subject_id: UUID, now: datetime, by: Actor) -> None:
    """Put a received text into the conversation with its phone."""
    conversations.take_in(session, inbound_id=subject_id, by=by, now=now)


STANDING_ORDERS: Mapping[str, StandingOrder] = MappingProxyType(
    {
        "text.received": take_in_text,
        "patient.contact_changed": keep_up_with_patient,
        "consent.recorded": greet_phone,
        "session.judged": keep_check_ins_of_plan,
        "danger.suspected": page_about_danger,
        "lane.paused": page_about_lanes,
        "check_in.answered": take_check_in,
        "answer.alarming": heed_answer,
        "check_in.missed": look_after_check_in,
        "finding.recorded": look_after_finding,
        "claim.made": look_after_claim,
        "order.changed": look_after_order,
        "invoice.issued": collect_issued,
        "invoice.paid_late": return_late_money,
        "card.changed": follow_card,
        "time.freed": open_freed_times,
        "hours.widened": open_widened_hours,
        "slot_offer.ended": go_on_to_next,
        "form_version.published": ask_to_sign_again,
    }
)
"""What happens for each outbox topic, in the transaction that settles its row."""

LINKING_ORDERS: Mapping[str, Callable[..., None]] = MappingProxyType(
    {
        "appointment.changed": follow_visit,
        "reply.received": answer_reply,
        "entry.asked": answer_entry,
        "shipment.changed": tell_of_parcel,
        "plan.phase_changed": follow_phase,
        "units.changed": follow_units,
        "refill.requested": follow_request,
        "refill.declined": tell_of_request,
        "recall.noticed": tell_of_recall,
        "payment.failed": tell_of_payment,
        "invoice.paid": tell_of_receipt,
        "subscription.changed": follow_membership,
        "signature.wanted": ask_for_signatures,
    }
)
"""The same for topics whose texts carry a link to a page, which the keys of links make."""


def standing_orders(ring: KeyRing) -> Mapping[str, StandingOrder]:
    """Return what happens for every outbox topic; `ring` makes the links in texts."""
    return {**STANDING_ORDERS, **{topic: partial(order, ring=ring) for topic, order in LINKING_ORDERS.items()}}


GUARDS: Guards = MappingProxyType(
    {
        "appointment": visit_guard,
        "check_in": check_in_guard,
        "entry_request": entry_guard,
        "intake": intake_guard,
        "patient": patient_guard,
        "secure_message": message_guard,
        "plan": plan_guard,
        "on_call_page": page_guard,
        "invitation": invitation_guard,
        "shipment": shipment_guard,
        "recall_notice": recall_guard,
        "refill_request": request_guard,
        "supply": supply_guard,
        "invoice": invoice_guard,
        "subscription": subscription_guard,
        "price_notice": price_notice_guard,
        "card": card_guard,
        "slot_offer": offer_guard,
        "signature_request": signature_guard,
        "support_person": support_person_guard,
    }
)
"""Send-time judgement by what a text or an e-mail is about."""

ENCLOSURES: Enclosures = MappingProxyType({"invitation": invitation_enclosure})
"""What goes along with an e-mail, by what it is about."""
