"""Findings and flags in the small town: somebody close to a patient is concerned, and what the rules made of it."""

from datetime import timedelta

from clinic.monitoring.actions.findings import record_finding
from clinic.monitoring.queries.flags import open_flags_of
from clinic.monitoring.rules.findings import FindingKind
from clinic.vigilance.looking import look_at
from tests.browser.town import Town

PATIENT = "marisol"


def add_flags(town: Town) -> None:
    """Record a finding of one patient that a physician has to look at, though nothing is on hold for it."""
    by, patient_id = town.actors["okafor"], town.patients[PATIENT].id
    with town.begin(by=by) as session:
        town.others["finding_id"] = record_finding(
            session,
            patient_id=patient_id,
            kind=FindingKind.CONCERN,
            details={"who": "family"},
            found_on=town.now.date() - timedelta(days=2),
            note="The sister finds her withdrawn.",
            by=by,
            now=town.now,
        )
        look_at(session, patient_id=patient_id, by=by, now=town.now)
        town.others["flag_id"] = open_flags_of(session, patient_id)[0].id
