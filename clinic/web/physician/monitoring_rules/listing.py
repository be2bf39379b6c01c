"""The list of signal rules, and every version that there was."""

from flask import render_template

from clinic.kernel.actor import Role
from clinic.monitoring.queries.policies import PolicyKind, signal_policy, versions
from clinic.monitoring.rules.flags import EVIDENCE_WORDS
from clinic.web.frame import policy
from clinic.web.frame.requests import actor, runtime
from clinic.web.physician import blueprint
from clinic.web.physician.monitoring_rules.words import by_domain, history, title_of


@blueprint.get("/monitoring-rules")
@policy.staff(Role.PHYSICIAN)
def monitoring_rules() -> str:
    """List the rules by kind of sign, each with what it looks for now and where that comes from."""
    with runtime().begin(by=actor()) as session:
        known = signal_policy(session)
        newest = versions(session, PolicyKind.SIGNALS)[0]
    return render_template(
        "physician/monitoring_rules/index.html",
        domains=by_domain(known),
        newest=newest,
        clinic_zone=runtime().clinic.zone,
        evidence_words=EVIDENCE_WORDS,
    )


@blueprint.get("/monitoring-rules/history")
@policy.staff(Role.PHYSICIAN)
def monitoring_rules_history() -> str:
    """Show every version with who wrote it, why, and what it changed."""
    with runtime().begin(by=actor()) as session:
        written = history(session)
    return render_template(
        "physician/monitoring_rules/history.html",
        versions=written,
        title_of=title_of,
        clinic_zone=runtime().clinic.zone,
    )
