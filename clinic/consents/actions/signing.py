"""Signing a form electronically: exactly what stood on the page, once."""

from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from clinic.consents.actions.asking import settle_if_complete
from clinic.consents.errors import FormReplaced, SigningIncomplete
from clinic.consents.models import ConsentSignature, ConsentWithdrawal
from clinic.consents.queries.documents import FormVersion, current_version, unknown_form
from clinic.consents.rules.kinds import ConsentKind, all_kinds
from clinic.consents.rules.signing import STATEMENTS, RecordName, Signing, faults, is_like
from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.people.models import Patient
from clinic.people.queries import lock_patient
from clinic.people.queries.pauses import is_from_before

SIGNATURE = "form_signature"


def sign(
    session: Session, patient_id: UUID, kind: ConsentKind, *, signing: Signing, of_pain: bool, by: Actor, now: datetime
) -> ConsentSignature:
    """Keep a patient's signature on the version that is in force; the same version again gives the same signature.

    The words are those of the version, never those of a form. Raises UnknownForm, FormReplaced where another version
    took its place meanwhile, and SigningIncomplete with all that is missing.
    """
    patient = lock_patient(session, patient_id)
    version = current_version(session, kind, now=now)
    if not all_kinds()[kind].is_offered(state=patient.state, of_pain=of_pain) or signing.language not in version.words:
        raise unknown_form()
    if signing.version_id != version.id:
        raise FormReplaced("There is a newer version of this form. Read it, then sign.")
    standing = _signed_already(session, patient.id, version)
    if standing is not None and is_from_before(session, patient.id, standing.at):
        standing = None
    if standing is not None:
        return standing
    name = record_name(patient)
    _require_whole(signing, name, version)
    row = _kept(
        session, patient, version, signing=signing, is_other_name=not is_like(signing.typed_name, name), now=now
    )
    settle_if_complete(session, patient, of_pain=of_pain, by=by, now=now)
    journal.note(
        session,
        "form.signed",
        subject_kind=SIGNATURE,
        subject_id=row.id,
        at=now,
        patient_ids=(patient.id,),
        kind=kind.value,
        number=version.number,
        language=row.language,
        sha256=row.sha256,
    )
    return row


def record_name(patient: Patient) -> RecordName:
    """Return the name that a typed one is compared with."""
    return RecordName(first=patient.legal_first_name, last=patient.legal_last_name, preferred=patient.preferred_name)


def _signed_already(session: Session, patient_id: UUID, version: FormVersion) -> ConsentSignature | None:
    return session.scalar(_signed(), {"of_patient": patient_id, "of_version": version.id})


@cache
def _signed() -> Select[ConsentSignature]:
    withdrawn = select(ConsentWithdrawal.signature_id)
    return (
        select(ConsentSignature)
        .where(
            ConsentSignature.patient_id == bindparam("of_patient"),
            ConsentSignature.version_id == bindparam("of_version"),
            ConsentSignature.id.not_in(withdrawn),
        )
        .order_by(ConsentSignature.at.desc())
        .limit(1)
    )


def _require_whole(signing: Signing, name: RecordName, version: FormVersion) -> None:
    boxes = len(version.words[signing.language].text.boxes)
    names_recipient = all_kinds()[version.kind].names_recipient
    if found := faults(signing, name, boxes=boxes, names_recipient=names_recipient):
        raise SigningIncomplete(found)


def _kept(
    session: Session, patient: Patient, version: FormVersion, *, signing: Signing, is_other_name: bool, now: datetime
) -> ConsentSignature:
    words = version.words[signing.language]
    row = ConsentSignature(
        id=new_id(),
        patient_id=patient.id,
        version_id=version.id,
        language=signing.language,
        sha256=words.sha256,
        is_other_name=is_other_name,
        boxes=list(words.text.boxes),
        statement=STATEMENTS[signing.language],
        at=now,
        link_id=signing.link_id,
    )
    row.typed_name = signing.typed_name
    row.released_to = signing.released_to or None if all_kinds()[version.kind].names_recipient else None
    row.address, row.agent = signing.address, signing.agent
    session.add(row)
    session.flush()
    return row
