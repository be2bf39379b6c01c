"""Forms of the town's patients: some signed with names and words that nobody else has, one withdrawn, one asked for."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.consents.actions.asking import ask_to_sign, forms_link
from clinic.consents.actions.documents import install_forms
from clinic.consents.actions.signing import sign
from clinic.consents.actions.withdrawing import withdraw
from clinic.consents.queries.documents import current_version
from clinic.consents.rules.kinds import ConsentKind
from clinic.consents.rules.signing import Signing
from clinic.kernel.actor import Actor, ActorKind
from clinic.people.models import Patient
from tests.domains.scheduling.calendar_makers import NOW
from tests.web.generated.town import Town


def add_forms(session: Session, town: Town, key: str) -> None:
    """Let a patient sign, take one signature back by telephone, and open the page behind the link."""
    install_forms(session, by=town.actors["admin"], now=NOW)
    patient, desk, ring = session.get_one(Patient, town.patients[key]), town.actors["colleague"], town.runtime.link_ring
    for kind in (ConsentKind.TELEHEALTH, ConsentKind.PRIVACY, ConsentKind.TREATMENT_AGREEMENT, ConsentKind.RELEASE):
        _sign(session, town, key, kind)
    taken_back = _sign(session, town, key, ConsentKind.OFF_LABEL)
    caller, note = replace(desk, ip=f"ipcanary of {key}"), f"withdrawncanary of {key}"
    withdraw(session, taken_back, patient_id=patient.id, note=note, by=caller, now=NOW)
    ask_to_sign(session, patient.id, of_pain=False, ring=ring, by=desk, now=NOW)
    link = forms_link(session, patient, ring=ring, by=desk, now=NOW)
    token, born = access.render_link(session, link_id=link.id, ring=ring), patient.birth_date
    known = {"birth_date": born, "now": NOW, "ip": "203.0.113.83", "birth_date_of": lambda *_: born}
    town.secrets[key, "forms session token"] = access.open_link(session, token=token, **known).session_token


def _sign(session: Session, town: Town, key: str, kind: ConsentKind) -> UUID:
    version = current_version(session, kind, now=NOW)
    given = Signing(
        version_id=version.id,
        language="en",
        typed_name=f"Namecanary {kind} of {key}",
        is_my_name=True,
        agrees_to_electronic=True,
        boxes=frozenset({1, 2}),
        released_to=f"Sharedcanary with {key}",
        address=f"addresscanary of {key}",
        agent=f"agentcanary of {key}",
    )
    by = Actor(kind=ActorKind.PATIENT, id=town.patients[key], name="Patient")
    row = sign(session, town.patients[key], kind, signing=given, of_pain=False, by=by, now=NOW)
    town.owner_of[row.id] = key
    return row.id
