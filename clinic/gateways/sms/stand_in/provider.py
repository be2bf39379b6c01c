"""The pretend provider's conduct: takes texts, moves them on, reports, and listens to phones."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from clinic.gateways.sms.stand_in.faults import parse_plan
from clinic.gateways.sms.stand_in.forms import inbound_form, status_form, validity_of
from clinic.gateways.sms.stand_in.keywords import REPLIES, keyword_in
from clinic.gateways.sms.stand_in.numbers import behavior_of
from clinic.gateways.sms.stand_in.postman import Postman
from clinic.gateways.sms.stand_in.setup import OptOut, Setup
from clinic.gateways.sms.stand_in.store import Store
from clinic.gateways.sms.stand_in.texts import FINAL, Text, new_sid
from clinic.gateways.sms.stand_in.timetable import Timetable
from clinic.kernel.clock import Clock

_SECONDS_BEFORE = {"queued": 0.05, "sending": 0.1, "sent": 0.15, "failed": 0.15}
_SECONDS_TO_RECEIPT = 0.7
_LONGEST_DETOUR = 3.0
_TOO_LATE = 30036


class Provider:
    """One account with one messaging service and one number."""

    def __init__(self, setup: Setup, now: Clock) -> None:
        self.setup = setup
        self.plan = parse_plan(setup.faults)
        self.store = Store(setup.journal)
        self.now = now
        self._timetable = Timetable()
        self._postman = Postman(setup, self._timetable)
        for text in self.store.all():
            self._go_on(text)

    def close(self) -> None:
        """Stop reporting and close the journal."""
        self._timetable.close()
        self._postman.close()
        self.store.close()

    def accept(self, form: Mapping[str, str], *, earlier: int) -> Text:
        """Take a text that passed all checks and send it on its way."""
        text = Text(
            sid=new_sid(),
            to=form["To"],
            from_=self.setup.number,
            body=form["Body"],
            direction="outbound-api",
            status="accepted",
            created_at=self.now(),
            callback=form.get("StatusCallback", ""),
            validity=validity_of(form),
            earlier=earlier,
        )
        self.store.add(text)
        if self.plan.happens(self.plan.early):
            self._step(text.sid, "queued")
        else:
            self._go_on(text)
        return text

    def blocks(self, phone: str) -> bool:
        """Say whether the phone told this provider to stop."""
        return self.setup.opt_out is not OptOut.OFF and self.store.is_opted_out(phone)

    def receive(self, phone: str, body: str) -> Text:
        """Take a text from a phone: keep it, obey the provider's own words, report it to the clinic."""
        keyword = self._obey(phone, body)
        text = self._finished(phone, self.setup.number, body, direction="inbound")
        advanced = self.setup.opt_out is OptOut.ADVANCED
        form = inbound_form(text, self.setup, keyword=keyword if advanced else None)
        if self.setup.inbound_url:
            self._timetable.after(0, partial(self._postman.post, self.setup.inbound_url, form))
        if keyword is not None:
            self._finished(self.setup.number, phone, REPLIES[keyword], direction="outbound-reply")
        return text

    def remember(self, text: Text) -> None:
        """Keep a text that came to its end before this process began, and what the phone told us with it.

        Nobody is told of it; a word that the provider listens for is obeyed and answered as it was then.
        """
        keyword = self._obey(text.from_, text.body) if text.direction == "inbound" else None
        self.store.add(text)
        if keyword is not None:
            self._finished(text.to, text.from_, REPLIES[keyword], direction="outbound-reply", at=text.created_at)

    def _obey(self, phone: str, body: str) -> str | None:
        if self.setup.opt_out is OptOut.OFF:
            return None
        keyword = keyword_in(body, opted_out=self.store.is_opted_out(phone))
        if keyword in {"STOP", "START"}:
            self.store.opt(phone, out=keyword == "STOP")
        return keyword

    def _finished(self, from_: str, to: str, body: str, *, direction: str, at: datetime | None = None) -> Text:
        """Keep a text that needs no more steps."""
        status = "received" if direction == "inbound" else "delivered"
        now = at or self.now()
        text = Text(new_sid(), to, from_, body, direction, status, now, changed_at=now, history=[status])
        self.store.add(text)
        return text

    def _go_on(self, text: Text) -> None:
        """Ask for the next step of a text on its way."""
        step = self._next_status(text)
        if step is None:
            return
        delay = _SECONDS_BEFORE.get(step, _SECONDS_TO_RECEIPT)
        if text.status == "sent":
            delay += behavior_of(text.to, text.earlier).slow_by
        self._timetable.after(delay / self.setup.speed, partial(self._step, text.sid, step))

    def _next_status(self, text: Text) -> str | None:
        end = behavior_of(text.to, text.earlier).status
        following = {"accepted": "queued", "queued": "sending", "sending": "sent", "sent": end}.get(text.status)
        if text.status == "sending" and end == "failed":
            return "failed"
        return None if text.status in FINAL or following == text.status else following

    def _step(self, sid: str, status: str) -> None:
        text = self.store.get(sid)
        if text is None:
            return
        code = behavior_of(text.to, text.earlier).error_code if status in FINAL else None
        if status == "sending" and self.now() - text.created_at > timedelta(seconds=text.validity):
            status, code = "failed", _TOO_LATE
        if self.store.change(sid, status=status, at=self.now(), error_code=code):
            self._report(text)
            self._go_on(text)

    def _report(self, text: Text) -> None:
        """Send the delivery report, or lose it, double it, or send it the long way round."""
        if not text.callback or self.plan.happens(self.plan.lost):
            return
        form = status_form(text, self.setup)
        for _ in range(2 if self.plan.happens(self.plan.doubled) else 1):
            detour = self.plan.between(0, _LONGEST_DETOUR) if self.plan.happens(self.plan.reordered) else 0.0
            self._timetable.after(detour / self.setup.speed, partial(self._postman.post, text.callback, form))
