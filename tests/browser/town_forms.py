"""Forms in the small town: Marisol has signed one, the desk has asked for the rest, and a new version is drafted."""

from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.consents.actions.asking import ask_to_sign, forms_link
from clinic.consents.actions.documents import install_forms, save_draft, shipped_words
from clinic.consents.actions.signing import sign
from clinic.consents.queries.documents import current_version
from clinic.consents.rules.kinds import LANGUAGES, ConsentKind
from clinic.consents.rules.signing import Signing
from clinic.kernel.actor import Actor, ActorKind
from tests.browser.town import Town

PATIENT = "marisol"


def add_forms(town: Town) -> None:
    """Add the forms that come with the product, a signature, a request and a draft."""
    patient, admin = town.patients[PATIENT], town.actors["morgan"]
    me = Actor(kind=ActorKind.PATIENT, id=patient.id, name="Patient")
    with town.begin(by=admin) as session:
        install_forms(session, by=admin, now=town.now)
        words = {language: shipped_words(ConsentKind.OFF_LABEL, language) for language in LANGUAGES}
        save_draft(session, ConsentKind.OFF_LABEL, words=words, edits=0, by=admin, now=town.now)
    with town.begin(by=me) as session:
        version = current_version(session, ConsentKind.TELEHEALTH, now=town.now)
        given = Signing(
            version_id=version.id,
            language="es",
            typed_name="Marisol Benavides",
            is_my_name=False,
            agrees_to_electronic=True,
            boxes=frozenset(),
        )
        row = sign(session, patient.id, ConsentKind.TELEHEALTH, signing=given, of_pain=False, by=me, now=town.now)
        town.others |= {"signature_id": row.id, "consent_version_id": version.id}
    with town.begin(by=town.dana) as session:
        terms = {"of_pain": False, "ring": town.runtime.link_ring, "by": town.dana, "now": town.now}
        ask_to_sign(session, patient.id, **terms)


def forms_token(town: Town) -> str:
    """Return the token of the patient's link to the own forms."""
    with town.begin(by=town.dana) as session:
        return _token(town, session)


def forms_session(town: Town) -> str:
    """Return the session token of the patient who opened the link to the own forms."""
    born, now = town.patients[PATIENT].birth_date, town.runtime.clock()
    with town.begin(by=town.dana) as session:
        known = {"birth_date": born, "now": now, "ip": None, "birth_date_of": lambda *_: born}
        return access.open_link(session, token=_token(town, session), **known).session_token


def _token(town: Town, session: Session) -> str:
    ring, now = town.runtime.link_ring, town.runtime.clock()
    link = forms_link(session, town.patients[PATIENT], ring=ring, by=town.dana, now=now)
    return access.render_link(session, link_id=link.id, ring=ring)
