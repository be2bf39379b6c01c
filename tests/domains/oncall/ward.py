"""A clinic with people on call for tests: staff, a rota, texts that sound like danger, and the worker's steps."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from clinic.access import actions as access
from clinic.access.rules.hashing import hasher_of
from clinic.gateways.sms import InboundText as ReceivedText
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.ids import new_id
from clinic.messaging import actions as messaging
from clinic.messaging.models import InboundText, Lane
from clinic.oncall import actions, jobs, queries
from clinic.oncall.models import OnCallNotice
from clinic.oncall.rules import PageKind, Place
from clinic.people.models import Patient
from clinic.reactions import GUARDS
from tests.domains.messaging.desk import TESTER, Desk
from tests.domains.messaging.provider import OURS, new_sid
from workers import work

ZONE = "America/New_York"
HOURS = timedelta(hours=1)
PASSWORD = "copper lantern violet tide"


@dataclass
class Ward(Desk):
    """The texting desk, with people on call."""

    @property
    def guards(self):
        return GUARDS

    def staff(self, name: str, *roles: Role, phone: str | None = None) -> Actor:
        email = f"{name.lower().replace(' ', '.')}@example.org"
        now = self.clock()
        with self.runtime.begin(by=TESTER) as session:
            _, token = access.invite_staff(
                session, email=email, full_name=name, roles=roles or [Role.COORDINATOR], by=TESTER, now=now
            )
            hasher = hasher_of(self.runtime.signing_in)
            account = access.accept_invitation(session, token=token, password=PASSWORD, now=now, hasher=hasher)
            if phone:
                actions.save_phone(session, staff_id=account.id, typed=phone, by=TESTER, now=now)
        return Actor(kind=ActorKind.STAFF, id=account.id, name=name, roles=frozenset(roles or {Role.COORDINATOR}))

    def switch_off(self, who: Actor) -> None:
        with self.runtime.begin(by=TESTER) as session:
            access.disable_staff(session, account_id=who.id, version=self.version_of(who), by=TESTER, now=self.clock())

    def version_of(self, who: Actor) -> int:
        from clinic.access import queries as accounts

        with self.runtime.begin(by=TESTER) as session:
            return accounts.account(session, who.id).version

    def shift(
        self, who: Actor, place: Place = Place.FIRST, *, begins: timedelta = -HOURS, lasts: timedelta = 12 * HOURS
    ) -> queries.ShiftRow:
        """Put somebody on the rota, by default from an hour ago, which counts from now."""
        starts_at = self.clock() + begins
        with self.runtime.begin(by=TESTER) as session:
            return actions.add_shift(
                session,
                staff_id=who.id,
                place=place,
                starts_at=starts_at,
                ends_at=starts_at + lasts,
                zone=ZONE,
                by=TESTER,
                now=self.clock(),
            )

    def danger(self, patient: Patient | None, words: str = "I want to die") -> UUID:
        """Let a phone write such words and a person be called; return the page's id."""
        return self.call_about(self.words_of(patient, words))

    def words_of(self, patient: Patient | None, words: str = "I want to die") -> UUID:
        """Let a phone write; return the text's id."""
        with self.runtime.begin(by=TESTER) as session:
            e164 = self.number(session, patient) if patient else "+13055550199"
            text = ReceivedText(new_sid(), e164, OURS, words, None, 1)
            inbound_id = messaging.receive(session, text=text, has_own_replies=True, by=TESTER, now=self.clock())
        assert inbound_id is not None
        return inbound_id

    def call_about(self, inbound_id: UUID) -> UUID:
        """Have a person called about a text; return the page's id."""
        with self.runtime.begin(by=TESTER) as session:
            return actions.page_for_danger(session, inbound_id=inbound_id, by=TESTER, now=self.clock())

    def page(self, *, kind: PageKind = PageKind.DANGER_WORDS, key: str | None = None) -> UUID:
        with self.runtime.begin(by=TESTER) as session:
            return actions.open_page(session, kind=kind, dedupe_key=key or str(new_id()), by=TESTER, now=self.clock())

    def take(self, page_id: UUID, who: Actor) -> actions.Holder:
        with self.runtime.begin(by=who) as session:
            return actions.acknowledge(session, page_id=page_id, by=who, now=self.clock())

    def step(self) -> int:
        return jobs.step_pages(self.runtime.begin, clock=self.clock, by=work.CALLER)

    def row(self, page_id: UUID) -> queries.PageRow:
        with self.runtime.begin(by=TESTER) as session:
            return queries.page(session, page_id)

    def notices(self, page_id: UUID) -> list[tuple[int, str, str]]:
        """Return step, name and channel of everybody who was told, in order."""
        with self.runtime.begin(by=TESTER) as session:
            return [(one.step, one.name, one.channel.value) for one in queries.notices_of(session, page_id)]

    def words(self, page_id: UUID) -> list[str]:
        with self.runtime.begin(by=TESTER) as session:
            return [one.words for one in queries.notices_of(session, page_id)]

    def stored_notices(self, page_id: UUID) -> list[OnCallNotice]:
        with self.runtime.begin(by=TESTER) as session:
            return list(session.scalars(select(OnCallNotice).where(OnCallNotice.page_id == page_id)))

    def received(self) -> list[InboundText]:
        with self.runtime.begin(by=TESTER) as session:
            return list(session.scalars(select(InboundText).order_by(InboundText.received_at)))

    def pause(self, number: int = 2) -> None:
        from clinic.messaging.actions import lanes

        with self.runtime.begin(by=TESTER) as session:
            lanes.pause(session, number=number, code=20003, by=TESTER, now=self.clock())

    def resume(self, number: int = 2) -> None:
        with self.runtime.begin(by=TESTER) as session:
            messaging.resume_lane(session, number=number, by=TESTER, now=self.clock())

    def paused(self) -> list[int]:
        with self.runtime.begin(by=TESTER) as session:
            return list(session.scalars(select(Lane.number).where(Lane.paused_at.is_not(None))))

    def watch(self) -> None:
        with self.runtime.begin(by=TESTER) as session:
            actions.watch_rota(session, by=TESTER, now=self.clock())

    def at(self, instant: datetime) -> None:
        self.clock.instant = instant  # type: ignore[attr-defined]
