"""Who uses a phone, and whether it may be texted."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.conversations.errors import NoSuchConversation, ReaderChanged
from clinic.conversations.rules.standing import Refusal, refusal_of
from clinic.gateways.sms.outcomes import RetryClass, class_of_error
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import MessageState
from clinic.people import queries as people
from clinic.people.models import Patient, Phone
from clinic.people.rules import PatientStatus

ZONE_OF_STRANGERS = "America/New_York"
_ENDED = (MessageState.DELIVERED, MessageState.FAILED, MessageState.UNDELIVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A phone with its people, those under our care first; `refusal` says why it gets no text, if it gets none."""

    phone: Phone
    patients: tuple[Patient, ...]
    refusal: Refusal | None

    @property
    def zone(self) -> str:
        """Return the zone in which times of this phone are told."""
        return self.patients[0].zone if self.patients else ZONE_OF_STRANGERS

    @property
    def language(self) -> str:
        """Return the language of the person who reads."""
        return self.patients[0].language if self.patients else "en"

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names that no text to this phone may say."""
        return tuple(name for each in self.patients for name in (each.legal_first_name, each.legal_last_name))


def reader_of(standing: Standing, patient_id: UUID | None) -> Patient:
    """Return who of those with a phone is written to, the first without a choice; raises ReaderChanged."""
    if patient_id is None:
        return standing.patients[0]
    found = next((each for each in standing.patients if each.id == patient_id), None)
    if found is None:
        raise ReaderChanged("Another person has this number now. See who it is, then send it again.", field="body")
    return found


def standing_of(session: Session, phone_id: UUID) -> Standing:
    """Return a phone's people and whether it may be texted, or raise NoSuchConversation."""
    phone = people.phones_by_id(session, [phone_id]).get(phone_id)
    if phone is None:
        raise NoSuchConversation("There is no such conversation. Open the inbox again.")
    found = people.patients_with_phone(session, phone_id)
    patients = tuple(sorted(found, key=lambda each: each.status != PatientStatus.ACTIVE))
    consent = people.consent_of(session, phone_id)
    refusal = refusal_of(
        consented_at=consent.consented_at,
        opted_out_at=consent.opted_out_at,
        is_landline=_is_landline(session, phone_id),
        has_patient=any(each.status == PatientStatus.ACTIVE for each in patients),
    )
    return Standing(phone=phone, patients=patients, refusal=refusal)


def _is_landline(session: Session, phone_id: UUID) -> bool:
    """Tell whether the last text that came to an end failed because the number takes none at all."""
    ended = select(Message.state, Message.error_code).where(Message.address_id == phone_id, Message.state.in_(_ENDED))
    last = session.execute(ended.order_by(Message.updated_at.desc()).limit(1)).one_or_none()
    if last is None or last.state == MessageState.DELIVERED:
        return False
    return class_of_error(last.error_code) is RetryClass.PERMANENT_NUMBER
