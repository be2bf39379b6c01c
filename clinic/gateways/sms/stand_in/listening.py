"""What comes from phones: the provider's own words are obeyed and answered, and every text is reported."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from clinic.gateways.sms.stand_in.clock import VirtualClock
from clinic.gateways.sms.stand_in.forms import inbound_form
from clinic.gateways.sms.stand_in.keywords import REPLIES, keyword_in
from clinic.gateways.sms.stand_in.personas import Answer, answers_to
from clinic.gateways.sms.stand_in.postman import Postman
from clinic.gateways.sms.stand_in.setup import OptOut, Setup
from clinic.gateways.sms.stand_in.store import Store
from clinic.gateways.sms.stand_in.texts import Text, new_sid
from clinic.gateways.sms.stand_in.timetable import Timetable

_SECONDS_TO_REPLAY = 5.0


@dataclass(frozen=True, slots=True)
class Listener:
    """Takes texts from phones and lets their owners answer by themselves."""

    setup: Setup
    store: Store
    timetable: Timetable
    postman: Postman
    now: VirtualClock

    def receive(self, phone: str, body: str, *, is_replayed: bool = False) -> Text:
        """Take a text from a phone: keep it, obey the provider's own words, report it to the clinic."""
        service = self._service_of(phone)
        keyword = self._obey(phone, body, service)
        text = self._finished(phone, self.setup.number, body, direction="inbound", service=service)
        advanced = self.setup.opt_out is OptOut.ADVANCED
        self._tell_clinic(text, keyword=keyword if advanced else None, is_replayed=is_replayed)
        self._reply(text, keyword)
        return text

    def remember(self, text: Text) -> None:
        """Keep a text that came to its end before this process began, and what the phone told us with it.

        Nobody is told of it; a word that the provider listens for is obeyed and answered as it was then.
        """
        is_inbound = text.direction == "inbound"
        keyword = self._obey(text.from_, text.body, self._service_of(text.from_)) if is_inbound else None
        self.store.add(text)
        self._reply(text, keyword, at=text.created_at)

    def read(self, text: Text) -> None:
        """Let the phone's owner read a text that arrived, and answer as their persona does."""
        if self.store.conduct_of(text.phone).persona is None:
            return
        conduct = self.store.count_reading(text.phone)
        if conduct.persona is not None:
            for answer in answers_to(text.body, conduct.persona, number=conduct.read):
                self.timetable.after(answer.after, partial(self._answer, text.phone, answer))

    def _answer(self, phone: str, answer: Answer) -> None:
        self.receive(phone, answer.body, is_replayed=answer.is_replayed)

    def _service_of(self, phone: str) -> str:
        """Return the service that a phone answers, that of the latest text to it; blank stands for every one."""
        texts = (text for text in reversed(self.store.of_phone(phone)) if text.direction == "outbound-api")
        latest = next(texts, None)
        return (latest.service if latest else "") or self.setup.service_sid

    def _obey(self, phone: str, body: str, service: str) -> str | None:
        if self.setup.opt_out is OptOut.OFF:
            return None
        is_out = self.store.is_opted_out(phone, service)
        keyword = keyword_in(body, self.setup.sender, opted_out=is_out)
        if keyword in {"STOP", "START"}:
            self.store.opt(phone, out=keyword == "STOP", sender=service)
        return keyword

    def _tell_clinic(self, text: Text, *, keyword: str | None, is_replayed: bool) -> None:
        if not self.setup.inbound_url:
            return
        form = inbound_form(text, self.setup, keyword=keyword)
        for seconds in (0.0, _SECONDS_TO_REPLAY) if is_replayed else (0.0,):
            self.timetable.after(seconds, partial(self.postman.post, self.setup.inbound_url, form))

    def _reply(self, text: Text, keyword: str | None, *, at: datetime | None = None) -> None:
        """Answer one of the provider's own words."""
        if keyword is not None:
            body = REPLIES[self.setup.sender][keyword]
            self._finished(text.to, text.from_, body, direction="outbound-reply", service=text.service, at=at)

    def _finished(
        self, from_: str, to: str, body: str, *, direction: str, service: str, at: datetime | None = None
    ) -> Text:
        """Keep a text that needs no more steps."""
        status, now = "received" if direction == "inbound" else "delivered", at or self.now()
        text = Text(new_sid(), to, from_, body, direction, status, now, changed_at=now, service=service)
        text.history, text.moments = [status], [now.isoformat()]
        self.store.add(text)
        return text
