"""Taking a signature back: it stays on file, counts no more, and people are told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.consents.errors import NotWithdrawable
from clinic.consents.models import ConsentWithdrawal
from clinic.consents.queries.signatures import signed_form
from clinic.consents.queries.standing import standing_of
from clinic.consents.rules.kinds import ConsentKind, KindFacts, all_kinds
from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.ids import new_id
from clinic.people.queries import lock_living
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind

_DESK = "{name}: withdrawn {how}. Call the patient, say what it means, and ask what comes next."
_PHYSICIAN = "{name}: withdrawn {how}. Decide with the patient how the treatment goes on. Nothing is stopped by itself."
_HOW = {"patient": "by the patient", "telephone": "by telephone"}


def withdraw(
    session: Session, signature_id: UUID, *, patient_id: UUID, note: str | None, by: Actor, now: datetime
) -> ConsentWithdrawal:
    """Write down that a patient takes a signature back, and tell the desk, and the physician where care depends on it.

    Whoever is of the staff took it by telephone. Raises PatientNotFound, UnknownForm, and NotWithdrawable for what was
    withdrawn or signed anew meanwhile, or cannot be withdrawn.
    """
    patient = lock_living(session, patient_id)
    found = signed_form(session, signature_id, patient_id=patient.id)
    facts = all_kinds()[found.version.kind]
    if not facts.can_be_withdrawn:
        raise NotWithdrawable("This form says what the patient received, so there is nothing to withdraw.")
    form = standing_of(session, [patient.id], now)[patient.id].of(found.version.kind)
    if found.withdrawal is not None or form is None or form.signed is None or form.signed.signature_id != signature_id:
        raise NotWithdrawable("This signature is withdrawn or replaced already. Look at the list again.")
    row = ConsentWithdrawal(
        id=new_id(),
        signature_id=signature_id,
        told_by="patient" if by.kind is ActorKind.PATIENT else "telephone",
        at=now,
        actor_id=by.id,
        actor_name=by.name,
    )
    row.note, row.address = note, by.ip
    session.add(row)
    session.flush()
    _tell_staff(session, row, facts, patient_id=patient.id, by=by, now=now)
    journal.note(
        session,
        "form.withdrawn",
        subject_kind="form_signature",
        subject_id=signature_id,
        at=now,
        patient_ids=(patient.id,),
        kind=facts.kind.value,
        told_by=row.told_by,
    )
    return row


def meaning_of(kind: ConsentKind, language: str) -> str:
    """Return in a patient's words what taking this form back means."""
    return all_kinds()[kind].withdrawal[language]


def _tell_staff(
    session: Session, row: ConsentWithdrawal, facts: KindFacts, *, patient_id: UUID, by: Actor, now: datetime
) -> None:
    told = [(WorkKind.FORM_WITHDRAWN, _DESK.format(name=facts.desk, how=_HOW[row.told_by]))]
    if facts.tells_physician:
        told.append((WorkKind.CONSENT_WITHDRAWN, _PHYSICIAN.format(name=facts.physician, how=_HOW[row.told_by])))
    for kind, reason in told:
        worklist.open_item(
            session,
            kind=kind,
            dedupe_key=f"{kind}:{row.signature_id}",
            reason=reason,
            subject_kind="patient",
            subject_id=patient_id,
            patient_id=patient_id,
            now=now,
            by=by,
        )
