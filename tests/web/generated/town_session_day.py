"""Support persons of the town: somebody is with each patient at the next session, and opened the own link."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.people.models import Patient, Physician
from clinic.scheduling.models import VisitType
from clinic.session_day.actions.supporting import name_support_person
from clinic.session_day.rules.persons import Named, Relation
from tests.domains.scheduling.calendar_makers import NOW, Clinic, at
from tests.web.generated.town import Town

PHYSICIANS = {"amy": "physician", "bea": "other"}
NUMBERS = {"amy": "+17865550187", "bea": "+17865550188"}


def open_support(session: Session, town: Town, key: str) -> None:
    """Name somebody for the next session, and open that person's link with the patient's birth date."""
    clinic = Clinic(session, by=town.actors["colleague"])
    code = session.scalars(
        select(VisitType.code).where(VisitType.purpose == "session").order_by(VisitType.code)
    ).first()
    patient = session.get_one(Patient, town.patients[key])
    physician = session.get_one(Physician, town.physicians[PHYSICIANS[key]])
    code = code or clinic.visit_type("home_session", patient_minutes=120)
    visit = clinic.visit(patient, physician, at(30, 13), visit_type_code=code, ignore_notice=True)
    town.owner_of[visit.id] = key
    named = Named(name=f"supportcanary of {key}", e164=NUMBERS[key], relation=Relation.FRIEND, language="en")
    who = {"by": town.actors["colleague"], "now": NOW, "ring": town.runtime.link_ring}
    row = name_support_person(session, appointment_id=visit.id, named=named, has_agreed=True, **who)
    town.owner_of |= {row.id: key, row.phone_id: key}
    link = session.scalars(select(Link).where(Link.resource_id == row.id)).one()
    token = access.render_link(session, link_id=link.id, ring=town.runtime.link_ring)
    born = patient.birth_date
    opened = access.open_link(
        session, token=token, birth_date=born, now=NOW, ip="203.0.113.83", birth_date_of=lambda *_: born
    )
    town.secrets[key, "support session token"] = opened.session_token
