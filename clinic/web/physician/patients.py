"""My patients: those in whose care team the physician is, and those whom he or she looks after for a colleague."""

from uuid import UUID

from flask import render_template

from clinic.conversations import queries as conversations
from clinic.kernel import journal
from clinic.kernel.actor import Role
from clinic.people import queries as people
from clinic.readiness.queries.sessions import sessions_named
from clinic.scheduling import queries as scheduling
from clinic.treatment import queries as treatment
from clinic.web.frame import policy
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.own import own_record

_MOST_PATIENTS = 200


@blueprint.get("/my-patients")
@policy.staff(Role.PHYSICIAN, audit="patients.listed")
def patients() -> str:
    """List the patients whose care team the physician is on, and those of colleagues whom he or she covers for."""
    with runtime().begin(by=actor()) as session:
        me = own_record(session)
        found = people.patients_of_physician(session, physician_id=me.id, now=now(), limit=_MOST_PATIENTS)
        covered = people.covered_patients(session, physician_id=me.id, now=now())
        covers = people.covers_of(session, me.id, now())
        seen = tuple(row.id for row in found)
        plans = treatment.headers(session, seen, now=now())
        journal.note(session, "patients.listed", subject_kind="patient", subject_id=None, at=now(), patient_ids=seen)
    return render_template("physician/patients.html", me=me, found=found, covered=covered, covers=covers, plans=plans)


@blueprint.get("/my-patients/<uuid:patient_id>")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def patient(patient_id: UUID) -> str:
    """Show one patient of the physician's own or of a covered colleague's; anybody else's does not exist here."""
    with runtime().begin(by=actor()) as session:
        me = own_record(session)
        found = people.patient_for(session, actor=actor(), patient_id=patient_id, now=now())
        row = people.rows_of(session, [patient_id])[patient_id]
        upcoming = scheduling.upcoming_for_patient(session, patient_id=patient_id, now=now())
        past = scheduling.past_for_patient(session, patient_id=patient_id, now=now())
        covered = people.covered_patients(session, physician_id=me.id, now=now()).get(patient_id, [])
        journal.note(
            session,
            "patient.viewed",
            subject_kind="patient",
            subject_id=patient_id,
            at=now(),
            patient_ids=(patient_id,),
            **({"covering": [str(one.id) for one in covered]} if covered else {}),
        )
        return render_template(
            "physician/patient.html",
            patient=found,
            row=row,
            upcoming=upcoming,
            gated={each.appointment_id for each in sessions_named(session, [one.id for one in upcoming])},
            past=past,
            covered=covered,
            unread=conversations.count_unread_by_staff(session, patient_id),
        )
