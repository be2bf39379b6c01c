"""Consent to texts of a number, now and through time."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.people.models import Patient, Phone, SmsConsent, SmsConsentEvent
from clinic.people.rules import LIFTED_BY_TEXT_ONLY, ConsentSource, is_texting_allowed

# Built once: every text that leaves reads the consent of its number.
_OF_PHONE = select(SmsConsent).where(SmsConsent.phone_id == bindparam("of_phone"))
_FOR_SHARE = _OF_PHONE.with_for_update(read=True)
_FOR_CHANGE = _OF_PHONE.with_for_update()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How a patient is reached now; `source` says how the last change of consent came."""

    e164: str
    email: str | None
    consented_at: datetime | None
    opted_out_at: datetime | None
    source: ConsentSource

    @property
    def is_texting_allowed(self) -> bool:
        """Tell whether the number may be texted."""
        return is_texting_allowed(self.consented_at, self.opted_out_at)

    @property
    def is_blocked_by_carrier(self) -> bool:
        """Tell whether only a text from the number itself can allow texts again."""
        return self.opted_out_at is not None and self.source in LIFTED_BY_TEXT_ONLY


def consent_of(session: Session, phone_id: UUID) -> SmsConsent:
    """Return the consent of a number for showing; every phone has one row."""
    return session.scalars(_OF_PHONE, {"of_phone": phone_id}).one()


def contact_of(session: Session, patient: Patient) -> Contact:
    """Return how the patient is reached, for showing."""
    rows = select(Phone.e164, SmsConsent).join(SmsConsent).where(Phone.id == patient.phone_id)
    e164, consent = session.execute(rows).one()
    return Contact(
        e164=e164,
        email=patient.email,
        consented_at=consent.consented_at,
        opted_out_at=consent.opted_out_at,
        source=ConsentSource(consent.source),
    )


def consent_for_share(session: Session, phone_id: UUID) -> SmsConsent:
    """Return the consent as it is now, locked FOR SHARE: no STOP can be written before the transaction ends."""
    return _locked(session, phone_id, read=True)


def consent_for_change(session: Session, phone_id: UUID) -> SmsConsent:
    """Return the consent as it is now, locked FOR UPDATE: waits for sends under way, keeps new ones waiting."""
    return _locked(session, phone_id, read=False)


def consent_events(session: Session, phone_id: UUID) -> list[SmsConsentEvent]:
    """Return the history of a number's consent, newest first."""
    events = select(SmsConsentEvent).where(SmsConsentEvent.phone_id == phone_id)
    return list(session.scalars(events.order_by(SmsConsentEvent.at.desc(), SmsConsentEvent.id.desc())))


def _locked(session: Session, phone_id: UUID, *, read: bool) -> SmsConsent:
    rows = _FOR_SHARE if read else _FOR_CHANGE
    return session.scalars(rows, {"of_phone": phone_id}, execution_options={"populate_existing": True}).one()
