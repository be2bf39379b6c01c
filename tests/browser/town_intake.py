"""An intake in the small town: the patient with a plan answered everything, and it waits for the physician."""

from clinic.access import actions as access
from clinic.intake.actions.page_link import page_link
from clinic.intake.actions.saving import save_section, send_intake
from clinic.intake.actions.starting import start_intake
from clinic.intake.rules.questions import sections
from clinic.intake.rules.states import Source
from tests.browser.town import Town
from tests.browser.town_billing import PATIENT, person
from tests.domains.intake.intake_makers import GOOD


def add_intake(town: Town) -> None:
    """Let a patient answer every part and send it."""
    patient, by = town.patients[PATIENT], person(town, PATIENT)
    with town.begin(by=town.dana) as session:
        known = {"patient_id": patient.id, "now": town.now}
        start_intake(session, source=Source.DESK, by=town.dana, ring=town.runtime.link_ring, **known)
        for each in sections():
            save_section(session, key=each.key, given=GOOD[each.key], by=by, **known)
        send_intake(session, by=by, **known)


def intake_session(town: Town) -> str:
    """Return the session token of a patient who opened the link to the own intake."""
    patient, now, ring = town.patients[PATIENT], town.runtime.clock(), town.runtime.link_ring
    with town.begin(by=town.dana) as session:
        link = page_link(session, patient, by=town.dana, now=now, ring=ring)
        token = access.render_link(session, link_id=link.id, ring=ring)
        known = {
            "birth_date": patient.birth_date,
            "now": now,
            "ip": None,
            "birth_date_of": lambda *_: patient.birth_date,
        }
        return access.open_link(session, token=token, **known).session_token
