"""Talks with patients in the demo: a question that was answered, a shared phone, a text for later, secure messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clinic.cli.demo.desk import Desk
from clinic.cli.demo.phones import Owner
from clinic.conversations import actions, queries
from clinic.conversations.actions import Seen
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.messaging.rules.templates import Facts
from clinic.people import queries as people
from clinic.people.rules import is_texting_allowed

_QUESTION = "Do I need to install anything for the video visit?"
_ANSWER = "Nothing to install. Open the link in our text on your phone or computer, and let it use the camera."
_LATER = "Good morning! Please have your photo ID ready for your visit."
_FROM_FAMILY = "Which of us two has the visit this week?"
_SECURE = "Please write down what you take each day, with the times, and answer here before your next visit."
_SECURE_ANSWER = "I take one in the morning and one at night. The list is on my fridge, I will send the rest tomorrow."
_SECURE_UNREAD = "We looked at your question. Nothing changes for now; please call us if you feel worse."


@dataclass(frozen=True)
class Talks:
    """What some patients and the staff write to each other before the story's end."""

    desk: Desk
    owners: Sequence[Owner]

    def plan(self, now: datetime) -> None:
        """Plan all of it; the owners are, in order: answered, for later, a couple, secure answered, secure unread."""
        answered, for_later, husband, wife, secure, unread = self.owners
        for act, hours in (
            (lambda: self._write_secure(secure, _SECURE), 30),
            (lambda: answered.write(_QUESTION), 26),
            (lambda: self._reply(answered, _ANSWER), 25.6),
            (lambda: self._share_phone(husband, wife), 22),
            (lambda: self._write_secure(unread, _SECURE_UNREAD), 2),
            (lambda: wife.write(_FROM_FAMILY), 1.6),
            (lambda: self._answer_secure(secure), 1),
            (lambda: self._reply(for_later, _LATER, due_at=self._tomorrow(now)), 0.7),
        ):
            self.desk.stage.at(self.desk.in_hours(now - timedelta(hours=hours)), act)

    def _tomorrow(self, now: datetime) -> datetime:
        return self.desk.in_hours(now + timedelta(hours=24))

    def _reply(self, owner: Owner, words: str, *, due_at: datetime | None = None) -> None:
        by, clinic, now = self.desk.team.coordinators[0], self.desk.stage.runtime.clinic, self.desk.now
        with self.desk.stage.runtime.begin(by=by) as session:
            if owner.patient_id is None:
                return
            patient = people.patient(session, owner.patient_id)
            consent = people.consent_of(session, patient.phone_id)
            if not is_texting_allowed(consent.consented_at, consent.opted_out_at):
                return
            heard = queries.conversation_of(session, patient.phone_id)
            actions.reply(
                session,
                phone_id=patient.phone_id,
                words=words,
                seen=Seen(ours=None, theirs_at=heard.last_inbound_at if heard else None),
                key=new_id(),
                facts=Facts(clinic=clinic.name, phone=clinic.phone, site=clinic.public_base_url),
                due_at=due_at,
                by=by,
                now=now,
            )

    def _share_phone(self, owner: Owner, other: Owner) -> None:
        """Let a patient use another's phone from now on."""
        if owner.patient_id is None or other.patient_id is None:
            return
        by = self.desk.team.coordinators[0]
        with self.desk.stage.runtime.begin(by=by) as session:
            phone = people.phone_of(session, other.patient_id)
            version = people.patient(session, owner.patient_id).version
            actions.give_number(
                session, phone_id=phone.id, patient_id=owner.patient_id, version=version, by=by, now=self.desk.now
            )

    def _write_secure(self, owner: Owner, body: str) -> None:
        if owner.patient_id is None:
            return
        by = next(iter(self.desk.team.physicians.values()))
        with self.desk.stage.runtime.begin(by=by) as session:
            actions.send_secure_message(
                session,
                patient_id=owner.patient_id,
                body=body,
                key=new_id(),
                by=by,
                now=self.desk.now,
                ring=self.desk.stage.runtime.link_ring,
            )

    def _answer_secure(self, owner: Owner) -> None:
        if owner.patient_id is not None and owner.open_page():
            self._open_and_answer(owner.actor, owner.patient_id)

    def _open_and_answer(self, by: Actor, patient_id: UUID) -> None:
        with self.desk.stage.runtime.begin(by=by) as session:
            actions.open_messages(session, patient_id=patient_id, now=self.desk.now)
            actions.answer_secure_message(
                session, patient_id=patient_id, body=_SECURE_ANSWER, key=new_id(), by=by, now=self.desk.now
            )
