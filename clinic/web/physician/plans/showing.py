"""The page of one patient's plan: where it stands, its visits, what the physician decided, and who changed what."""

from uuid import UUID

from flask import render_template

from clinic.kernel.actor import Role
from clinic.treatment import queries
from clinic.web.frame import policy
from clinic.web.frame.requests import actor, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.plans.overview import plan_facts
from clinic.web.physician.plans.reading import seen_patient
from clinic.web.physician.plans.starting import start_page


@blueprint.get("/physician/patients/<uuid:patient_id>/plan")
@policy.staff(Role.PHYSICIAN, audit="patient.viewed")
def plan(patient_id: UUID) -> str:
    """Show the plan, or ask what is needed to start one."""
    with runtime().begin(by=actor()) as session:
        patient = seen_patient(session, patient_id)
        found = queries.plan_of_patient(session, patient_id)
        if found is None:
            return start_page(session, patient)
        facts = plan_facts(session, found)
        return render_template(
            "physician/plans/plan.html", patient=patient, plan=found, clinic_zone=runtime().clinic.zone, **facts
        )
