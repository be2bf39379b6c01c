"""Texts to patients on the stage, half of them at least once and half at most once, and what became of them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from clinic.kernel.actor import system
from clinic.kernel.clock import utc_now
from clinic.kernel.crypto import KeyRing
from clinic.kernel.sealed import use_ring
from clinic.messaging import actions as messaging
from clinic.messaging.rules.kinds import Recipient, RecipientKind, Subject
from clinic.people.models import Patient
from tests.domains.scheduling.calendar_makers import Clinic
from tests.faults.stage import ENCRYPTION_KEY, Stage, ring, zone_where_it_is_noon

BY = system("Fault run")


@dataclass
class Crowd:
    """Patients with phones on a stage, and the waves of texts to them."""

    stage: Stage
    patients: list[Recipient]
    waves: "count[int]"

    def wave(self, name: str, *, size: int) -> "Wave":
        """Plan `size` texts, each to a phone of its own, that are due when the wave is let go."""
        label = f"{name}.{next(self.waves)}"
        with _session(self.stage) as session:
            for number in range(size):
                messaging.plan(
                    session,
                    template_key="STAFF_TEXT",
                    recipient=self.patients[number],
                    subject=Subject(kind="conversation", id=None),
                    variables={"words": f"Wave {label}, number {number}."},
                    link_id=None,
                    due_at=utc_now(),
                    now=utc_now(),
                    by=BY,
                    dedupe_key=f"wave:{label}:{number}:{number % 2}",
                )
        wave = Wave(self.stage, f"wave:{label}:%")
        self.stage.rows(
            "update message set subject_kind = 'patient', subject_id = recipient_id, zone = %(zone)s, "
            "due_at = timestamptz '2100-01-01', expires_at = timestamptz '2100-01-02', "
            "policy = case when dedupe_key like '%%:1' then 'AMO' else 'ALO' end where dedupe_key like %(wave)s",
            zone=zone_where_it_is_noon(),
            wave=wave.key,
        )
        return wave


@dataclass(frozen=True)
class Wave:
    """Texts of one wave; `key` is a pattern for their keys."""

    stage: Stage
    key: str

    def let_go(self, *, seconds: float) -> None:
        """Let the texts be due one after the other within so many seconds."""
        self.stage.rows(
            "update message set due_at = %(now)s + random() * %(span)s * interval '1 second', "
            "expires_at = %(now)s + interval '7 hours' where dedupe_key like %(wave)s",
            now=utc_now(),
            span=seconds,
            wave=self.key,
        )

    def is_settled(self) -> bool:
        """Tell whether each text has come to an end, as far as the clinic is concerned; start again what has died."""
        self.stage.tend()
        still_open = (
            "select count(*) from message where dedupe_key like %(w)s "
            "and state in ('pending', 'claimed', 'sending', 'ambiguous')"
        )
        return self.stage.rows(still_open, w=self.key) == [(0,)]

    def messages(self) -> dict[str, tuple[str, str]]:
        """Return policy and state of each message."""
        rows = self.stage.rows("select id::text, policy, state from message where dedupe_key like %(w)s", w=self.key)
        return {str(row[0]): (str(row[1]), str(row[2])) for row in rows}

    def sent(self) -> Counter[str]:
        """Return how many texts the provider took for each message, by the provider's own record."""
        rows = self.stage.rows(
            "select a.id::text, m.id::text from message_attempt a join message m on m.id = a.message_id "
            "where m.dedupe_key like %(w)s",
            w=self.key,
        )
        message_of = {str(attempt): str(message) for attempt, message in rows}
        return Counter(message_of[text.attempt_id] for text in self.stage.sent() if text.attempt_id in message_of)

    def latest(self) -> float:
        """Return by how many seconds the latest text was late, from when it was due to when the provider took it."""
        rows = self.stage.rows(
            "select coalesce(max(extract(epoch from sent_at - due_at)), 0) from message where dedupe_key like %(w)s",
            w=self.key,
        )
        return float(str(rows[0][0]))

    def tasks(self) -> int:
        """Return how many texts a person was told about because nobody knows whether they arrived."""
        rows = self.stage.rows(
            "select count(*) from work_item w join message m on w.dedupe_key = 'message_unknown:' || m.id "
            "where m.dedupe_key like %(w)s and w.state = 'open'",
            w=self.key,
        )
        return int(str(rows[0][0]))


def crowd(stage: Stage, *, size: int) -> Crowd:
    """Add patients through the product's own actions; their first texts are called back."""
    use_ring(KeyRing.parse(ring(ENCRYPTION_KEY)))
    with _session(stage) as session:
        clinic = Clinic(session, now=utc_now(), by=BY)
        patients = [clinic.patient(phone=f"+1{201 + n // 80}5550{100 + n % 80}") for n in range(size)]
        session.flush()
        recipients = [_recipient(patient) for patient in patients]
    stage.rows("delete from outbox")
    stage.rows("update message set state = 'canceled' where state = 'pending'")
    return Crowd(stage, recipients, count())


def _recipient(patient: Patient) -> Recipient:
    return Recipient(
        kind=RecipientKind.PATIENT,
        id=patient.id,
        phone_id=patient.phone_id,
        language=patient.language,
        zone=patient.zone,
    )


@contextmanager
def _session(stage: Stage) -> Iterator[Session]:
    engine = create_engine(stage.database.app_url)
    with Session(engine, expire_on_commit=False) as session, session.begin():
        yield session
    engine.dispose()
