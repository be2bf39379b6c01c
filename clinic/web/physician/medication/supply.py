"""What is at a patient's home and how it came to be, as it stands beside an order and a decision."""

from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.medication.queries import ledger, parcels, pdmp
from clinic.medication.queries.leftovers import disposals_of, leftovers_of
from clinic.medication.queries.session_log import session_log
from clinic.people.models import Patient
from clinic.web.frame.requests import now


def supply_of(session: Session, patient: Patient) -> dict[str, object]:
    """Return balance, entries, counts, reports and program checks of a patient for the templates, the newest first."""
    return {
        "today": in_zone(now(), patient.zone).date(),
        "balance": ledger.balance_of(session, patient.id),
        "entries": ledger.entries_of(session, patient.id),
        "counts": ledger.counts_of(session, patient.id),
        "claims": parcels.claims_of(session, patient.id),
        "left": leftovers_of(session, patient.id),
        "disposals": disposals_of(session, patient.id),
        "sessions": session_log(session, patient.id, now=now()),
        "checks": pdmp.checks_of(session, patient.id),
    }
