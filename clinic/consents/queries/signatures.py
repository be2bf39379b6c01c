"""Signatures with what was signed, what became of them, and the open request of a patient."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.consents.models import ConsentSignature, ConsentVersion, ConsentWithdrawal, SignatureRequest
from clinic.consents.queries.documents import FormVersion, FormWords, unknown_form, version
from clinic.consents.rules.kinds import ConsentKind

_OPEN_REQUEST = select(SignatureRequest).where(
    SignatureRequest.patient_id == bindparam("of_patient"), SignatureRequest.settled_at.is_(None)
)
_ANY_REQUEST = select(SignatureRequest.id).where(SignatureRequest.patient_id == bindparam("of_patient")).limit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRow:
    """One signature in a list; `other_name` is what was typed where the record has another name."""

    id: UUID
    kind: ConsentKind
    number: int
    language: str
    at: datetime
    other_name: str | None
    released_to: str | None
    withdrawn_at: datetime | None
    withdrawn_by: str | None
    withdrawal_note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedForm:
    """A signature with its version, in the language in which it was signed."""

    row: ConsentSignature
    version: FormVersion
    withdrawal: ConsentWithdrawal | None

    @property
    def words(self) -> FormWords:
        """Return what was shown and signed."""
        return self.version.words[self.row.language]


def signed_form(session: Session, signature_id: UUID, *, patient_id: UUID) -> SignedForm:
    """Return one of a patient's signatures; another patient's raises UnknownForm like one that does not exist."""
    row = session.get(ConsentSignature, signature_id)
    if row is None or row.patient_id != patient_id:
        raise unknown_form()
    withdrawal = session.scalar(select(ConsentWithdrawal).where(ConsentWithdrawal.signature_id == row.id))
    return SignedForm(row=row, version=version(session, row.version_id), withdrawal=withdrawal)


def signatures_of(session: Session, patient_id: UUID) -> list[SignatureRow]:
    """Return every signature of a patient, the newest first."""
    wanted = (
        select(ConsentSignature, ConsentVersion.kind, ConsentVersion.number, ConsentWithdrawal)
        .join(ConsentVersion, ConsentVersion.id == ConsentSignature.version_id)
        .outerjoin(ConsentWithdrawal, ConsentWithdrawal.signature_id == ConsentSignature.id)
        .where(ConsentSignature.patient_id == patient_id)
        .order_by(ConsentSignature.at.desc(), ConsentSignature.id.desc())
    )
    return [
        SignatureRow(
            id=row.id,
            kind=ConsentKind(kind),
            number=number,
            language=row.language,
            at=row.at,
            other_name=row.typed_name if row.is_other_name else None,
            released_to=row.released_to,
            withdrawn_at=withdrawal.at if withdrawal else None,
            withdrawn_by=withdrawal.actor_name if withdrawal else None,
            withdrawal_note=withdrawal.note if withdrawal else None,
        )
        for row, kind, number, withdrawal in session.execute(wanted)
    ]


def open_request(session: Session, patient_id: UUID) -> SignatureRequest | None:
    """Return the request that a patient has not fulfilled yet."""
    return session.scalar(_OPEN_REQUEST, {"of_patient": patient_id})


def was_asked(session: Session, patient_id: UUID) -> bool:
    """Tell whether a patient was ever asked to sign."""
    return session.scalar(_ANY_REQUEST, {"of_patient": patient_id}) is not None
