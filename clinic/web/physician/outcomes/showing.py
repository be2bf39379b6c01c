"""The page of outcomes."""

from flask import render_template, url_for

from clinic.dashboards.outcomes import outcomes
from clinic.dashboards.outcomes_rules import LEAST, Outcome
from clinic.kernel.actor import Role
from clinic.web.coordinator.reports.tabs import report_tabs
from clinic.web.frame import policy
from clinic.web.frame.forms import blank_form, read_query
from clinic.web.frame.requests import actor, now, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.outcomes.asked import OutcomeQuery, wanted_of
from clinic.web.physician.outcomes.tables import HEAD, tables


@blueprint.get("/outcomes", endpoint="outcomes")
@policy.staff(Role.PHYSICIAN, Role.ADMIN)
def outcomes_page() -> str:
    """Show how the clinic's patients fare month by month; it tells of nobody."""
    wanted = wanted_of(read_query(OutcomeQuery))
    with runtime().begin(by=actor()) as session:
        found = outcomes(session, wanted, now=now())
    return render_template(
        "physician/outcomes.html",
        wanted=wanted,
        tables=tables(found),
        head=HEAD,
        least=LEAST,
        tabs=report_tabs("physician.outcomes"),
        form=blank_form(first=wanted.first, last=wanted.last),
        files={
            outcome.value: url_for(
                "physician.outcomes_file", table=outcome.value, first=str(wanted.first), last=str(wanted.last)
            )
            for outcome in Outcome
        },
    )
