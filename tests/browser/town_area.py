"""Patients who are signed in to their own area."""

from clinic.access.actions.area_sessions import start_area_session
from tests.browser.town import OPERATOR, Town


def area_session(town: Town, name: str = "marisol") -> str:
    """Return the session token of a patient who typed a code just now."""
    patient, now = town.patients[name], town.runtime.clock()
    with town.begin(by=OPERATOR) as session:
        return start_area_session(session, patient_id=patient.id, phone_id=patient.phone_id, now=now, by=OPERATOR)
