"""The town's talks: a question that waits, one that was answered, a shared phone, a stranger, and secure messages."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.conversations import actions
from clinic.conversations.actions import Seen
from clinic.gateways.sms import InboundText as ReceivedText
from clinic.kernel.actor import Actor, ActorKind, system
from clinic.kernel.ids import new_id
from clinic.messaging import actions as messaging
from clinic.messaging.rules.templates import Facts
from clinic.people.queries import birth_date_of, patient, phone_by_number, phone_of
from tests.browser.town import Town

PROVIDER = system("Provider")


def add_talks(town: Town) -> None:
    """Let people write, and Dana and Dr. Okafor answer."""
    hour = timedelta(hours=1)
    stranger = comes(town, None, "Hi, my friend told me about you. How do I get a visit?", now=town.now - 26 * hour)
    comes(town, "gilbert", "Thanks, see you then!", now=town.now - 3 * hour)
    answers(town, "gilbert", "See you then, Mr. R.", now=town.now - 2 * hour)
    comes(town, "soledad", "¿Puedo ir con mi hermana?", now=town.now - hour)
    comes(town, "nadia", "Can we do Thursday instead, around 4? My boss moved a meeting.", now=town.now - hour / 3)
    writes_secure(town, "nadia", "Your lab result is in and looks fine.", by="raman", now=town.now - 4 * hour)
    answers_secure(town, "nadia", "Thank you! Do I need to repeat it?", now=town.now - hour / 2)
    writes_secure(town, "marisol", "Please bring the list of what you take.", now=town.now - hour)
    town.others["stranger"] = stranger


def comes(town: Town, who: str | None, words: str, *, now: datetime | None = None) -> UUID:
    """Let a text arrive from a patient, or from a number of nobody, and be taken in; return its phone."""
    at = now or town.runtime.clock()
    with town.begin(by=PROVIDER) as session:
        e164 = phone_of(session, town.patients[who].id).e164 if who else "+19735550147"
        text = ReceivedText(f"SM{new_id().hex}", e164, "+15005550006", words, None, 1)
        inbound_id = messaging.receive(session, text=text, has_own_replies=True, by=PROVIDER, now=at)
        assert inbound_id is not None
        actions.take_in(session, inbound_id=inbound_id, by=PROVIDER, now=at)
        phone = phone_by_number(session, e164)
        assert phone is not None
        return phone.id


def answers(town: Town, who: str, words: str, *, by: str = "dana", now: datetime | None = None) -> UUID:
    """Let a coordinator answer by text."""
    clinic = town.runtime.clinic
    at = now or town.runtime.clock()
    with town.begin(by=town.actors[by]) as session:
        return actions.reply(
            session,
            phone_id=patient(session, town.patients[who].id).phone_id,
            words=words,
            seen=Seen(ours=None, theirs_at=at),
            key=new_id(),
            facts=Facts(clinic=clinic.name, phone=clinic.phone, site=clinic.public_base_url),
            by=town.actors[by],
            now=at,
        )


def writes_secure(town: Town, who: str, body: str, *, by: str = "okafor", now: datetime | None = None) -> UUID:
    """Let somebody of the clinic write a secure message."""
    with town.begin(by=town.actors[by]) as session:
        return actions.send_secure_message(
            session,
            patient_id=town.patients[who].id,
            body=body,
            key=new_id(),
            by=town.actors[by],
            now=now or town.runtime.clock(),
            ring=town.runtime.link_ring,
        )


def answers_secure(town: Town, who: str, body: str, *, now: datetime) -> None:
    """Let a patient open the messages and answer."""
    by = Actor(kind=ActorKind.PATIENT, name="Patient", id=town.patients[who].id)
    with town.begin(by=by) as session:
        actions.open_messages(session, patient_id=by.id, now=now)  # type: ignore[arg-type]
        actions.answer_secure_message(session, patient_id=by.id, body=body, key=new_id(), by=by, now=now)  # type: ignore[arg-type]


def messages_link(town: Town, who: str) -> str:
    """Return the token of the link to a patient's messages, as the text carries it."""
    with town.begin(by=PROVIDER) as session:
        wanted = select(Link).where(Link.patient_id == town.patients[who].id, Link.purpose == "messages")
        link = session.scalars(wanted).one()
        return access.render_link(session, link_id=link.id, ring=town.runtime.link_ring)


def born(town: Town, who: str) -> tuple[str, str, str]:
    """Return month, day and year of a patient's birth."""
    with town.begin(by=PROVIDER) as session:
        day = birth_date_of(session, town.patients[who].id)
    return str(day.month), str(day.day), str(day.year)
