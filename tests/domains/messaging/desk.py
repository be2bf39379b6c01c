"""A clinic's texting for tests: patients with phones, planned texts, and the worker's steps one by one."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import count
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.gateways.sms import InboundText as ReceivedText
from clinic.gateways.sms import StatusUpdate
from clinic.kernel.actor import Actor, system
from clinic.kernel.ids import new_id
from clinic.messaging import actions, jobs
from clinic.messaging.jobs import sending, sweeping
from clinic.messaging.models import Message, MessageAttempt
from clinic.messaging.rules.kinds import Planned, Recipient, RecipientKind, Send, Subject, Verdict
from clinic.people import actions as people
from clinic.people.models import Patient
from clinic.people.queries.patients import patients_with_phone, phone_by_number, phone_of
from clinic.people.rules import ConsentGiven, ConsentSource, NewPatient, current_wording
from clinic.runtime import Runtime
from clinic.worklist.models import WorkItem
from tests.domains.messaging.provider import OURS, Provider, new_sid

TESTER = system("Test")


@dataclass
class Desk:
    """Everything a test of the protocol touches; `verdict` is what the visits' guard says."""

    runtime: Runtime
    provider: Provider
    clock: Callable[[], datetime]
    verdict: Verdict = field(default_factory=Send)
    judged: list[Planned] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=lambda: count(100))

    @property
    def guards(self) -> dict[str, Callable[[Session, Planned, datetime], Verdict]]:
        return {"appointment": self._judge}

    def _judge(self, _session: Session, planned: Planned, _now: datetime) -> Verdict:
        self.judged.append(planned)
        return self.verdict

    def patient(self, *, consents: bool = True, language: str = "en", phone: str | None = None) -> Patient:
        number = next(self.numbers)
        given = ConsentGiven(source=ConsentSource.PHONE_CALL, wording_version=current_wording(language).version)
        new = NewPatient(
            legal_first_name="Ana" + chr(97 + number % 26) + chr(97 + number // 26 % 26),
            legal_last_name="Reyes",
            birth_date=date(1984, 3, 12),
            phone=phone or f"+1{305 + number // 80}5550{100 + number % 80}",
            address_line="12 Palm Way",
            city="Miami",
            state="FL",
            postal_code="33101",
            county_fips="12086",
            language=language,
        )
        with self.runtime.begin(by=TESTER) as session:
            family = [each.id for each in self._users_of(session, new.phone)]
            return people.add_patient(
                session,
                new=new,
                consent=given if consents else None,
                confirmed_not_duplicate_of=family,
                by=TESTER,
                now=self.clock(),
            )

    def _users_of(self, session: Session, e164: str) -> list[Patient]:
        phone = phone_by_number(session, e164)
        return patients_with_phone(session, phone.id) if phone else []

    def plan(
        self,
        patient: Patient,
        key: str = "BOOK_CONFIRM",
        *,
        starts_in: timedelta = timedelta(days=2),
        due_in: timedelta = timedelta(),
        subject_id: UUID | None = None,
        version: int = 1,
    ) -> UUID | None:
        now, visit_id = self.clock(), subject_id or new_id()
        with self.runtime.begin(by=TESTER) as session:
            link = access.make_link(
                session,
                purpose="visit",
                resource_kind="appointment",
                resource_id=visit_id,
                patient_id=patient.id,
                expires_at=now + starts_in,
                now=now,
                by=TESTER,
                ring=self.runtime.link_ring,
            )
            return actions.plan(
                session,
                template_key=key,
                recipient=reader(patient),
                subject=Subject(kind="appointment", id=visit_id, version=version),
                variables={"starts_at": now + starts_in},
                link_id=link.id,
                due_at=now + due_in,
                now=now,
                by=TESTER,
            )

    def send(self, lane: int = 2) -> None:
        sending.send_due(self.runtime, self.guards, lane=lane)

    def send_all(self) -> int:
        return sending.send_all_due(self.runtime, self.guards, seconds=30, sleep=lambda _: None)

    def sweep(self) -> None:
        jobs.sweep(self.runtime)

    def claim(self, lane: int = 2) -> tuple[sending.Claimed, ...]:
        return sending.claim(self.runtime, lane=lane, limit=10).messages

    def intend(self, claimed: sending.Claimed) -> sending.Intent | None:
        return sending.commit_intent(self.runtime, self.guards, claimed)

    def write_down(self, intent: sending.Intent, outcome: sending.Outcome) -> None:
        sending.write_down(self.runtime, intent, outcome)

    def end_leases(self) -> None:
        """Let every lease run out, as if its worker had died long ago."""
        with self.runtime.begin(by=TESTER) as session:
            session.execute(
                update(Message)
                .where(Message.lease_until.is_not(None))
                .values(lease_until=datetime(2020, 1, 1, tzinfo=self.clock().tzinfo))
            )
        sweeping.free_leases(self.runtime)

    def report(self, attempt_id: UUID, sid: str, status: str, code: int | None = None) -> bool:
        told = StatusUpdate(sid, status, code)
        with self.runtime.begin(by=TESTER) as session:
            return actions.record_status(session, attempt_id=attempt_id, update=told, by=TESTER, now=self.clock())

    def receive(self, patient: Patient, body: str, **other: object) -> UUID | None:
        with self.runtime.begin(by=TESTER) as session:
            phone = people.keep_phone(session, e164="+13055550199", now=self.clock()) if patient is None else None
            e164 = phone.e164 if phone else self.number(session, patient)
            text = replace(ReceivedText(new_sid(), e164, OURS, body, None, 1), **other)  # type: ignore[arg-type]
            has_own = self.runtime.texting.has_own_opt_out_replies
            return actions.receive(session, text=text, has_own_replies=has_own, by=TESTER, now=self.clock())

    def number(self, session: Session, patient: Patient) -> str:
        return phone_of(session, patient.id).e164

    def message(self, message_id: UUID | None) -> Message:
        with self.runtime.begin(by=TESTER) as session:
            return session.scalars(
                select(Message).where(Message.id == message_id).execution_options(populate_existing=True)
            ).one()

    def messages(self, *states: str) -> list[Message]:
        with self.runtime.begin(by=TESTER) as session:
            wanted = select(Message).where(Message.state.in_(states)) if states else select(Message)
            return list(session.scalars(wanted.order_by(Message.created_at, Message.id)))

    def attempts(self, message_id: UUID | None) -> list[MessageAttempt]:
        with self.runtime.begin(by=TESTER) as session:
            rows = select(MessageAttempt).where(MessageAttempt.message_id == message_id)
            return list(session.scalars(rows.order_by(MessageAttempt.number)))

    def tasks(self, kind: str | None = None) -> list[WorkItem]:
        with self.runtime.begin(by=TESTER) as session:
            rows = select(WorkItem).where(WorkItem.state == "open")
            return list(session.scalars(rows.where(WorkItem.kind == kind) if kind else rows))


def reader(patient: Patient) -> Recipient:
    return Recipient(
        kind=RecipientKind.PATIENT,
        id=patient.id,
        phone_id=patient.phone_id,
        language=patient.language,
        zone=patient.zone,
    )


def by_whom() -> Actor:
    return TESTER
