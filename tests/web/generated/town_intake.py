"""Intakes of the town: both patients answered with words of their own, and a physician decided twice about each."""

from datetime import timedelta

from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.intake.actions.deciding import Decided, decide
from clinic.intake.actions.page_link import page_link
from clinic.intake.actions.saving import save_section, send_intake
from clinic.intake.actions.starting import start_intake
from clinic.intake.queries.intakes import evidence_now, living_intake, saved_sections
from clinic.intake.rules.questions import sections
from clinic.intake.rules.states import AskedOf, Decision, Source
from clinic.kernel.actor import Actor, ActorKind
from clinic.people.models import Patient
from tests.domains.intake.intake_makers import GOOD
from tests.domains.scheduling.calendar_makers import NOW
from tests.web.generated.town import Town

BEGUN = NOW - timedelta(days=3)


def add_intakes(session: Session, town: Town, doctors: dict[str, Actor]) -> None:
    """Let each patient answer; the physician needs more of one, and the other one waits again after a decision."""
    for key in ("amy", "bea"):
        patient = session.get_one(Patient, town.patients[key])
        me = Actor(kind=ActorKind.PATIENT, id=patient.id, name="Patient")
        ring = town.runtime.link_ring
        by = town.actors["colleague"]
        start_intake(session, patient_id=patient.id, source=Source.DESK, by=by, now=BEGUN, ring=ring)
        own = {"medicines": {"list": f"medicinecanary of {key}"}, "tried": {"tried_what": f"triedcanary of {key}"}}
        for each in sections():
            given = GOOD[each.key] | own.get(each.key, {})
            save_section(session, patient_id=patient.id, key=each.key, given=given, by=me, now=BEGUN)
        send_intake(session, patient_id=patient.id, by=me, now=BEGUN)
        wanted = Decided(
            decision=Decision.NEEDS_MORE,
            reason=f"intakecanary of {key}",
            asked_of=AskedOf.PATIENT,
            sections=("readings",),
        )
        shown = evidence_now(session, living_intake(session, patient.id), patient, now=NOW).hash
        known = {"patient_id": patient.id, "decided": wanted, "shown": shown, "ring": ring}
        row = decide(session, by=doctors[key], now=NOW, **known)
        town.owner_of[row.id] = key
        found = living_intake(session, patient.id)
        town.owner_of |= {each.id: key for each in saved_sections(session, found.id).values()}
        if key == "amy":
            send_intake(session, patient_id=patient.id, by=me, now=NOW)


def open_intake(session: Session, town: Town, key: str) -> None:
    """Open the link to the own intake with the birth date."""
    patient = session.get_one(Patient, town.patients[key])
    link = page_link(session, patient, by=town.actors["colleague"], now=NOW, ring=town.runtime.link_ring)
    token = access.render_link(session, link_id=link.id, ring=town.runtime.link_ring)
    opened = access.open_link(
        session, token=token, birth_date=patient.birth_date, now=NOW, ip="203.0.113.82",
        birth_date_of=lambda *_: patient.birth_date,
    )  # fmt: skip
    town.secrets[key, "intake session token"] = opened.session_token
