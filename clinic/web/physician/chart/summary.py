"""The summary of one patient: a page to print, and the same on two pages as PDF."""

from uuid import UUID

from flask import Response, render_template

from clinic.kernel.actor import Role
from clinic.web.frame import policy
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.chart.opening import noted, opened
from clinic.web.physician.chart.pdf import pdf_of
from clinic.web.physician.chart.summarizing import SCORE_HEAD, summarized
from clinic.web.physician.chart.words import level_word


@blueprint.get("/my-patients/<uuid:patient_id>/summary")
@policy.staff(Role.PHYSICIAN, audit="summary.viewed")
def chart_summary(patient_id: UUID) -> str:
    """Show the summary as a page that prints well."""
    with runtime().begin(by=actor()) as session:
        found = opened(session, patient_id)
        summary = summarized(session, found)
        noted(session, "summary.viewed", patient_id)
        return render_template(
            "physician/chart/summary.html",
            patient=found.patient,
            alerts=found.alerts,
            summary=summary,
            score_head=SCORE_HEAD,
            zone=found.me.zone,
            level_word=level_word,
        )


@blueprint.get("/my-patients/<uuid:patient_id>/summary.pdf")
@policy.staff(Role.PHYSICIAN, fresh_mfa=True, audit="summary.exported")
def chart_pdf(patient_id: UUID) -> Response:
    """Return the summary as a file of two pages, with who made it and when on each."""
    with runtime().begin(by=actor()) as session:
        found = opened(session, patient_id)
        content = pdf_of(summarized(session, found), by=actor().name, at=now(), clinic=runtime().clinic.name)
        noted(session, "summary.exported", patient_id)
        name = f"summary-{found.patient.record_number}-{found.timeline.today}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype="application/pdf", headers=headers)
