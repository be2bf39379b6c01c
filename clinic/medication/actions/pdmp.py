"""Keeping what a physician saw in a state's prescription monitoring program."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel import journal
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.medication.actions.supply_locks import require_living, require_physician
from clinic.medication.errors import NotYourOrder
from clinic.medication.models import PdmpCheck
from clinic.medication.rules.pdmp import PdmpReport, checked_report
from clinic.people.queries import lock_patient, physician_of_staff


def record_check(session: Session, *, patient_id: UUID, report: PdmpReport, by: Actor, now: datetime) -> PdmpCheck:
    """Keep a look into the program of the patient's state; it is never changed, a second look is a second row.

    Raises PdmpRefused at a field and NotYourOrder unless a physician of the patient looked.
    """
    patient = lock_patient(session, patient_id)
    require_living(patient)
    require_physician(session, by=by, patient_id=patient.id, now=now)
    physician = physician_of_staff(session, by.id)
    if physician is None:
        raise NotYourOrder("Only a physician enters this. Ask an administrator to tie your account to one.")
    wanted = checked_report(report, patient_state=patient.state, now=now)
    row = PdmpCheck(id=new_id(), patient_id=patient.id, physician_id=physician.id, state=wanted.state, at=now)
    row.checked_at, row.result, row.reference = wanted.checked_at, wanted.result, wanted.reference
    row.prescribers, row.pharmacies = wanted.prescribers, wanted.pharmacies
    row.has_other_ketamine = wanted.has_other_ketamine
    row.outage, row.note = wanted.outage, wanted.note
    row.actor_id, row.actor_name = by.id, by.name
    session.add(row)
    session.flush()
    journal.note(
        session,
        "pdmp.checked",
        subject_kind="pdmp_check",
        subject_id=row.id,
        at=now,
        patient_ids=(patient.id,),
        state=row.state,
        is_outage=row.reference is None,
    )
    return row
