"""What patients do with their phones: read a text, answer it, open its link and do something there."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from random import Random
from uuid import UUID

from clinic.access import actions as access
from clinic.access.queries import live_link
from clinic.access.rules.links import BIRTH_DATE_TRIES, LinkOpened, LinkPurpose
from clinic.cli.demo.desk import Desk
from clinic.cli.demo.stage import Act
from clinic.gateways.sms.simulator import PastText
from clinic.kernel.actor import ANONYMOUS, Actor, ActorKind
from clinic.people import queries as people
from clinic.people.rules import NewPatient
from clinic.scheduling.rules.states import AppointmentState

TOKEN = re.compile(r"/v/([\w-]+)")
ASKS = re.compile(r"\b(Reply|Responda) 1\b")
_YES = {"en": ("1", "1", "1", "Yes", "1 thank you"), "es": ("1", "1", "Sí", "1 gracias")}


class Habit(StrEnum):
    """How a patient reacts to the reminder."""

    TEXTS = "texts"
    OPENS_PAGE = "opens_page"
    TELLS_DESK = "tells_desk"
    ASKS_TO_MOVE = "asks_to_move"
    SILENT = "silent"


_OWN_TIME = frozenset({LinkPurpose.CHECK_IN, LinkPurpose.MEDICATION, LinkPurpose.BILLING, LinkPurpose.CONSENT})


@dataclass
class Owner:
    """A patient with a phone; `visit_id` is the visit that the texts of these days are about."""

    desk: Desk
    new: NewPatient
    chance: Random
    patient_id: UUID | None = None
    visit_id: UUID | None = None
    habit: Habit = Habit.SILENT
    is_eager: bool = False
    token: str = field(default="", repr=False)

    @property
    def actor(self) -> Actor:
        """Return the patient as pages know them behind a link."""
        return Actor(kind=ActorKind.PATIENT, id=self.patient_id, name="Patient")

    def read(self, text: PastText) -> None:
        """Keep the link, and react to a question."""
        found = TOKEN.search(text.body)
        if found and self._leads_to_questions(found[1]):
            return
        self.token = found[1] if found else self.token
        if ASKS.search(text.body):
            self._after(self._react, minutes=(4, 100))
        elif found and self.is_eager:
            self._after(self.confirm_on_page, minutes=(3, 180))

    def _leads_to_questions(self, token: str) -> bool:
        """Tell whether a link is one of a check-in, deliveries, a plan or forms, which have their own time."""
        with self.desk.stage.read() as session:
            link = live_link(session, token=token, now=self.desk.now)
        return link is not None and link.purpose in _OWN_TIME

    def write(self, body: str, *, opt_out_type: str | None = None) -> None:
        """Text the clinic."""
        self.desk.stage.receive(self.new.phone, body, opt_out_type=opt_out_type)

    def confirm_on_page(self) -> None:
        """Open the link of the last text and confirm there."""
        if self._is_unconfirmed() and self.open_page() and self.visit_id:
            self.desk.confirm(self.visit_id, by=self.actor)

    def open_page(self) -> bool:
        """Open the link with the right birth date; False without a link that works."""
        return self._try(self.new.birth_date)

    def lock_page(self) -> None:
        """Give a wrong birth date until the link is locked."""
        for days in range(1, BIRTH_DATE_TRIES + 1):
            self._try(self.new.birth_date + timedelta(days=days))

    def _try(self, born: date) -> bool:
        runtime = self.desk.stage.runtime
        with runtime.begin(by=ANONYMOUS) as session:
            result = access.open_link(
                session,
                token=self.token,
                birth_date=born,
                now=self.desk.now,
                ip=None,
                birth_date_of=people.birth_date_of,
            )
        return isinstance(result, LinkOpened)

    def _react(self) -> None:
        if self.habit is Habit.ASKS_TO_MOVE:
            self.write("2")
        elif not self._is_unconfirmed():
            return
        elif self.habit is Habit.TEXTS:
            self.write(self.chance.choice(_YES[self.new.language]))
        elif self.habit is Habit.OPENS_PAGE:
            self.confirm_on_page()
        elif self.habit is Habit.TELLS_DESK and self.visit_id:
            self.desk.confirm(self.visit_id)

    def _is_unconfirmed(self) -> bool:
        if self.visit_id is None:
            return False
        visit = self.desk.look_up(self.visit_id)
        return visit.state == AppointmentState.BOOKED and visit.starts_at > self.desk.now

    def _after(self, act: Act, *, minutes: tuple[int, int]) -> None:
        self.desk.stage.at(self._later(minutes), act)

    def _later(self, minutes: tuple[int, int]) -> datetime:
        return self.desk.now + timedelta(minutes=self.chance.randint(*minutes))
