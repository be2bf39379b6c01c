"""A clinic's e-mail for tests: the texting desk with a mail server on loopback that really speaks SMTP."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.gateways.email import CalendarPart, Method
from clinic.gateways.email.mailbox import Mailbox, ReceivedEmail
from clinic.gateways.email.smtp import MailServer, SmtpGateway
from clinic.gateways.email.stand_in.running import Setup, running
from clinic.kernel.ids import new_id
from clinic.messaging import actions
from clinic.messaging.guards import Addressed, Enclosure, Guard
from clinic.messaging.jobs import mailing
from clinic.messaging.jobs.claiming import Claimed
from clinic.messaging.jobs.mail_gating import MailIntent
from clinic.messaging.jobs.mail_recording import MailOutcome
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Planned, RecipientKind, Subject, Verdict
from clinic.people.models import Patient
from clinic.runtime import Mailing
from tests.domains.messaging.desk import TESTER, Desk

FILE = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"


def enclose(_session: Session, email: Addressed, _now: datetime) -> Enclosure:
    """Put the reader's address into a file, so that a test sees for whom it was made."""
    return Enclosure(calendar=CalendarPart(Method.REQUEST, FILE.replace(b"2.0", email.to.encode())), link_id=None)


@dataclass
class Post:
    """Everything a test of e-mail touches; `guards` judge by subject kind."""

    desk: Desk
    mailbox: Mailbox
    guards: dict[str, Guard] = field(default_factory=dict)

    @property
    def runtime(self):
        return self.desk.runtime

    def clock(self) -> datetime:
        return self.desk.clock()

    def patient(self, email: str | None = "marisol@example.org", **other: object) -> Patient:
        patient = self.desk.patient(**other)  # type: ignore[arg-type]
        self.move_to(patient, email)
        return patient

    def move_to(self, patient: Patient, email: str | None) -> None:
        with self.runtime.begin(by=TESTER) as session:
            session.get_one(Patient, patient.id).email = email

    def plan(self, patient: Patient, key: str = "VISIT_INVITATION", **other: object) -> UUID | None:
        now = self.clock()
        wanted: dict[str, object] = {
            "template_key": key,
            "to": patient.email or "gone@example.org",
            "recipient_kind": RecipientKind.PATIENT,
            "recipient_id": patient.id,
            "subject": Subject(kind="invitation", id=new_id(), version=1),
            "variables": {"starts_at": now + timedelta(days=2)},
            "language": patient.language,
            "zone": patient.zone,
            "due_at": now,
        }
        with self.runtime.begin(by=TESTER) as session:
            return actions.plan_email(session, now=now, by=TESTER, **wanted | other)  # type: ignore[arg-type]

    def page(self, to: str = "dana@example.org", **other: object) -> UUID | None:
        """Plan an e-mail for staff."""
        wanted: dict[str, object] = {
            "template_key": "STAFF_PAGE",
            "to": to,
            "recipient_kind": RecipientKind.STAFF,
            "recipient_id": new_id(),
            "subject": Subject(kind="on_call_page", id=new_id()),
            "variables": {"page": "/on-call/now"},
            "language": "en",
            "zone": "America/New_York",
            "due_at": self.clock(),
        }
        with self.runtime.begin(by=TESTER) as session:
            return actions.plan_email(session, now=self.clock(), by=TESTER, **wanted | other)  # type: ignore[arg-type]

    @property
    def all_guards(self) -> dict[str, Guard]:
        return self.desk.guards | self.guards

    def judge(self, kind: str, verdict: Verdict) -> list[Planned]:
        """Let a subject's guard say this from now on; return what it is asked about."""
        asked: list[Planned] = []

        def guard(_session: Session, planned: Planned, _now: datetime) -> Verdict:
            asked.append(planned)
            return verdict

        self.guards[kind] = guard
        return asked

    def send(self) -> int:
        return mailing.send_all_mail(self.runtime, self.all_guards, {"invitation": enclose}, seconds=30)

    def claim(self) -> tuple[Claimed, ...]:
        return mailing.claim_mail(self.runtime)

    def intend(self, claimed: Claimed) -> MailIntent | None:
        return mailing.commit_mail(self.runtime, self.all_guards, {"invitation": enclose}, claimed=claimed)

    def hand_over(self, intent: MailIntent) -> MailOutcome:
        assert self.runtime.mailing.gateway is not None
        return mailing.hand_over(self.runtime.mailing.gateway, intent)

    def write_down(self, intent: MailIntent, outcome: MailOutcome) -> None:
        mailing.write_down_mail(self.runtime, intent, outcome)

    def message(self, message_id: UUID | None) -> Message:
        return self.desk.message(message_id)

    def received(self) -> tuple[ReceivedEmail, ...]:
        return self.mailbox.received()

    def faults(self, *kinds: str) -> None:
        self.mailbox.faults(*kinds)


@contextmanager
def post_office(desk: Desk) -> Iterator[Post]:
    """Run a mail server and let the desk's clinic send through it."""
    with running(Setup("clinic", "pw")) as found:
        server = MailServer("smtp", "127.0.0.1", found.port, "clinic", "pw")
        gateway = SmtpGateway(server, sender="care@example.org", sender_name="Demo Home Clinic", seconds=4.0)
        desk.runtime = replace(desk.runtime, mailing=Mailing(gateway=gateway, call_seconds=4.0))
        yield Post(desk, Mailbox(found.backstage_url, "clinic", "pw"))


PostOffice = Callable[[], Post]
