"""Consent to texts: every change locks the number's row and leaves a line of history."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal, outbox
from clinic.kernel.actor import Actor
from clinic.kernel.localtime import first_instant_of
from clinic.people.errors import StaysOptedOut
from clinic.people.models import SmsConsent, SmsConsentEvent
from clinic.people.queries.consent import consent_for_change
from clinic.people.queries.patients import patient, patients_with_phone
from clinic.people.rules import LIFTED_BY_TEXT_ONLY, ConsentChange, ConsentGiven, ConsentSource, require_consent

CONSENT_RECORDED = "consent.recorded"


def record_consent(
    session: Session, *, patient_id: UUID, consent: ConsentGiven, by: Actor, now: datetime
) -> SmsConsent:
    """Allow texts to the patient's phone, with the way and the wording (TCPA, 47 CFR 64.1200(f)(9)).

    Publishes `consent.recorded` about the patient, unless the number already had consent or gave it on an earlier
    day: such a patient is not greeted, the first text says how to stop. Raises StaysOptedOut when the number replied
    STOP: carriers block it until it texts START.
    """
    require_consent(consent)
    holder = patient(session, patient_id)
    row = consent_for_change(session, holder.phone_id)
    if row.opted_out_at and row.source in LIFTED_BY_TEXT_ONLY:
        raise StaysOptedOut("This number replied STOP. To get texts again, the patient texts START from it.")
    was_allowed = row.consented_at is not None and row.opted_out_at is None
    row.consented_at, row.opted_out_at = _since(consent, holder.zone, now), None
    row.wording_version = consent.wording_version
    _change(session, row, change=ConsentChange.CONSENTED, source=consent.source, by=by, now=now)
    if not was_allowed and consent.given_on is None:
        outbox.publish(session, CONSENT_RECORDED, subject_id=patient_id, now=now)
    return row


def record_named_consent(session: Session, *, phone_id: UUID, patient_id: UUID, by: Actor, now: datetime) -> bool:
    """Allow texts to a number whose owner agreed through the patient who named it; return whether anything changed.

    A STOP stays a STOP. Of a number that a patient uses, only that patient says whether it may be texted.
    """
    row = consent_for_change(session, phone_id)
    if row.opted_out_at is not None or row.consented_at is not None or patients_with_phone(session, phone_id):
        return False
    row.consented_at = now
    _change(session, row, change=ConsentChange.CONSENTED, source=ConsentSource.NAMED, by=by, now=now)
    journal.note(
        session,
        "consent.named",
        subject_kind="phone",
        subject_id=phone_id,
        at=now,
        patient_ids=(patient_id,),
    )
    return True


def _since(consent: ConsentGiven, zone: str, now: datetime) -> datetime:
    return now if consent.given_on is None else min(now, first_instant_of(consent.given_on, zone))


def opt_out(session: Session, *, phone_id: UUID, source: str, by: Actor, now: datetime) -> bool:
    """Forbid texts to the number at once; return whether anything changed.

    A STOP from the number itself is noted even after a colleague's opt-out, because it also blocks at the carriers.
    """
    row = consent_for_change(session, phone_id)
    is_firmer = source in LIFTED_BY_TEXT_ONLY and row.source not in LIFTED_BY_TEXT_ONLY
    if row.opted_out_at is not None and not is_firmer:
        return False
    row.opted_out_at = row.opted_out_at or now
    _change(session, row, change=ConsentChange.OPTED_OUT, source=ConsentSource(source), by=by, now=now)
    return True


def opt_in(session: Session, *, phone_id: UUID, source: str, by: Actor, now: datetime) -> bool:
    """Allow texts again, as START from the number does; return whether anything changed."""
    row = consent_for_change(session, phone_id)
    if row.opted_out_at is None and row.consented_at is not None:
        return False
    row.consented_at, row.opted_out_at = row.consented_at or now, None
    _change(session, row, change=ConsentChange.OPTED_IN, source=ConsentSource(source), by=by, now=now)
    return True


def _change(
    session: Session, row: SmsConsent, *, change: ConsentChange, source: ConsentSource, by: Actor, now: datetime
) -> None:
    row.source = source
    row.revision += 1
    event = SmsConsentEvent(
        phone_id=row.phone_id,
        change=change,
        source=source,
        wording_version=row.wording_version if change is ConsentChange.CONSENTED else None,
        actor_name=by.name,
        at=now,
    )
    session.add(event)
    session.flush()
    concerned = tuple(each.id for each in patients_with_phone(session, row.phone_id))
    journal.note(
        session,
        f"consent.{change}",
        subject_kind="phone",
        subject_id=row.phone_id,
        at=now,
        patient_ids=concerned,
        source=source.value,
        wording=event.wording_version,
    )
