"""The town's rota, and a call of some days ago that somebody had at once and wrote down."""

from datetime import datetime, timedelta
from uuid import UUID

from clinic.gateways.sms import InboundText as ReceivedText
from clinic.kernel.actor import system
from clinic.kernel.ids import new_id
from clinic.messaging import actions as messaging
from clinic.oncall import actions
from clinic.oncall.rules import Place
from clinic.people.queries import phone_of
from clinic.people.rules.contact_log import CallOutcome
from tests.browser.town import Town

ZONE = "America/New_York"
PROVIDER = system("Provider")
PHONES = {"sam": "+12015550180", "okafor": "+12015550181"}


def add_on_call(town: Town) -> None:
    """Put Sam and Dr. Okafor on call, and let Sam have had a call."""
    earlier = town.now - timedelta(days=3)
    _fill_rota(town)
    page_id = call_for(town, "theodore", "I took too much and feel strange", now=earlier)
    sam = town.actors["sam"]
    with town.begin(by=sam) as session:
        actions.acknowledge(session, page_id=page_id, by=sam, now=earlier + timedelta(minutes=3))
        actions.write_down(
            session,
            page_id=page_id,
            outcome=CallOutcome.REACHED,
            note="Is well, his wife is with him. Dr. Okafor called back.",
            patient_id=town.patients["theodore"].id,
            by=sam,
            now=earlier + timedelta(minutes=12),
        )
    town.others["page_id"] = page_id


def call_for(town: Town, patient: str, words: str, *, now: datetime | None = None) -> UUID:
    """Let a patient write words that sound like danger and a person be called; return the page's id."""
    at = now or town.now
    with town.begin(by=PROVIDER) as session:
        e164 = phone_of(session, town.patients[patient].id).e164
        text = ReceivedText(f"SM{new_id().hex}", e164, "+15005550006", words, None, 1)
        inbound_id = messaging.receive(session, text=text, has_own_replies=True, by=PROVIDER, now=at)
        assert inbound_id is not None
        return actions.page_for_danger(session, inbound_id=inbound_id, by=PROVIDER, now=at)


def _fill_rota(town: Town) -> None:
    """Let one shift run, one come, and leave gaps."""
    morgan, hour = town.actors["morgan"], timedelta(hours=1)
    with town.begin(by=morgan) as session:
        for who, number in PHONES.items():
            actions.save_phone(session, staff_id=town.staff[who], typed=number, by=morgan, now=town.now)
        for who, place, begins, lasts in (
            ("sam", Place.FIRST, 0, 22),
            ("okafor", Place.BACKUP, 0, 46),
            ("dana", Place.FIRST, 31, 15),
        ):
            starts_at = town.now + begins * hour
            shift = actions.add_shift(
                session,
                staff_id=town.staff[who],
                place=place,
                starts_at=starts_at,
                ends_at=starts_at + lasts * hour,
                zone=ZONE,
                by=morgan,
                now=town.now,
            )
            town.others["shift_id"] = shift.id
