"""Two patients who write, one of them on a shared phone, and what tests do with their texts."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.conversations import actions
from clinic.conversations.actions import Seen
from clinic.gateways.sms import InboundText as ReceivedText
from clinic.kernel.actor import Actor, ActorKind, Role, system
from clinic.kernel.ids import new_id
from clinic.messaging import actions as messaging
from clinic.messaging.models import Message
from clinic.messaging.rules.templates import Facts
from clinic.people.models import Patient
from clinic.people.queries import phone_by_number, phone_of
from tests.conftest import TestClock
from tests.domains.messaging.provider import OURS, new_sid
from tests.domains.scheduling.calendar_makers import RING, Clinic

WORKER = system("Test")
FACTS = Facts(clinic="Demo Home Clinic", phone="+13055550100", site="http://localhost")
SAM = Actor(kind=ActorKind.STAFF, id=new_id(), name="Sam Whitfield", roles=frozenset({Role.COORDINATOR}))
"""A colleague who works at the same time."""


@dataclass
class Mail:
    """Who writes to the clinic here."""

    session: Session
    clock: TestClock
    maker: Clinic
    ana: Patient
    ben: Patient = field(repr=False)

    def comes(self, body: str, *, patient: Patient | None = None, e164: str | None = None) -> UUID:
        """Let a text arrive and be taken in; return its phone."""
        number = e164 or phone_of(self.session, (patient or self.ana).id).e164
        received = ReceivedText(new_sid(), number, OURS, body, None, 1)
        now = self.clock()
        inbound_id = messaging.receive(self.session, text=received, has_own_replies=True, by=WORKER, now=now)
        assert inbound_id is not None
        actions.take_in(self.session, inbound_id=inbound_id, by=WORKER, now=now)
        self.session.commit()
        phone = phone_by_number(self.session, number)
        assert phone is not None
        return phone.id

    def colleague_answers(self, words: str, patient: Patient | None = None) -> None:
        phone_id = (patient or self.ana).phone_id
        seen = Seen(ours=None, theirs_at=None)
        actions.reply(
            self.session, phone_id=phone_id, words=words, seen=seen, key=new_id(), facts=FACTS, by=SAM, now=self.clock()
        )
        self.session.commit()

    def secure(self, body: str, patient: Patient | None = None) -> UUID:
        found = actions.send_secure_message(
            self.session,
            patient_id=(patient or self.ana).id,
            body=body,
            key=new_id(),
            by=SAM,
            now=self.clock(),
            ring=RING,
        )
        self.session.commit()
        return found

    def texts(self, patient: Patient | None = None) -> list[Message]:
        wanted = select(Message).where(Message.address_id == (patient or self.ana).phone_id)
        found = self.session.scalars(
            wanted.where(Message.template_key == "STAFF_TEXT").order_by(Message.created_at),
            execution_options={"populate_existing": True},
        )
        return list(found)


@pytest.fixture
def mail(session: Session, clock: TestClock) -> Mail:
    maker = Clinic(session)
    ana = maker.patient(legal_first_name="Ana", legal_last_name="Iriarte")
    ben = maker.patient(legal_first_name="Ben", legal_last_name="Whitcombe")
    session.commit()
    return Mail(session, clock, maker, ana, ben)


@pytest.fixture
def noon() -> datetime:
    return datetime.fromisoformat("2026-11-23T17:00:00+00:00")
