"""The pretend provider's conduct: takes texts, moves them on, reports, and listens to phones."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from clinic.gateways.sms.segments import segments_of, smart_encoded
from clinic.gateways.sms.stand_in.clock import VirtualClock
from clinic.gateways.sms.stand_in.faults import parse_plan
from clinic.gateways.sms.stand_in.forms import send_at_of, status_form, validity_of
from clinic.gateways.sms.stand_in.journey import Step, next_step
from clinic.gateways.sms.stand_in.listening import Listener
from clinic.gateways.sms.stand_in.numbers import behavior_of
from clinic.gateways.sms.stand_in.postman import Postman
from clinic.gateways.sms.stand_in.queue import LONGEST, Queue
from clinic.gateways.sms.stand_in.setup import OptOut, Setup
from clinic.gateways.sms.stand_in.store import Store
from clinic.gateways.sms.stand_in.texts import WAITING, Text, new_sid
from clinic.gateways.sms.stand_in.timetable import Timetable
from clinic.kernel.clock import Clock

_LONGEST_DETOUR = 3.0


class Provider:
    """One account with one number, behind one messaging service or any."""

    def __init__(self, setup: Setup, now: Clock) -> None:
        self.setup = setup
        self.plan = parse_plan(setup.faults)
        self.store = Store(setup.journal)
        self.now = VirtualClock(now, setup.clock_off_by)
        self.timetable = Timetable(self.now)
        self.queue = Queue(setup.segments_per_second)
        self._postman = Postman(setup, self.timetable)
        self.listener = Listener(
            setup=setup, store=self.store, timetable=self.timetable, postman=self._postman, now=self.now
        )
        for text in self.store.all():
            self._go_on(text)

    def close(self) -> None:
        """Stop reporting and close the journal."""
        self.timetable.close()
        self.store.close()

    def accept(self, form: Mapping[str, str], *, earlier: int) -> Text:
        """Take a text that passed all checks and send it on its way."""
        text = self._taken(form, earlier=earlier)
        self.store.add(text)
        if text.status == "accepted" and self.plan.happens(self.plan.early):
            self._step(text.sid, text.status, Step("queued", self.now()))
        else:
            self._go_on(text)
        return text

    def cancel(self, sid: str) -> Text | None:
        """Call back a text that still waits; None for any other."""
        for status in WAITING:
            if text := self.store.change(sid, status="canceled", at=self.now(), was=status):
                self._report(text)
                return text
        return None

    def refuses(self, form: Mapping[str, str]) -> int | None:
        """Return why no text can be taken for now: the phone said STOP, or too many wait for our number."""
        sender = form.get("MessagingServiceSid") or self.setup.service_sid
        if self.setup.opt_out is not OptOut.OFF and self.store.is_opted_out(form["To"], sender):
            return 21610
        is_full = self.queue.wait(self.now()) > LONGEST
        return 21611 if is_full and not form.get("MessagingServiceSid") else None

    def tell(self, phone: str, asked: Mapping[str, Any]) -> None:
        """Change a phone's conduct; what waits for it follows the new one."""
        self.store.tell(phone, self.store.conduct_of(phone).changed(dict(asked)))
        for text in self.store.of_phone(phone):
            if text.status == "queued":
                self._go_on(text)

    def _taken(self, form: Mapping[str, str], *, earlier: int) -> Text:
        now, send_at = self.now(), send_at_of(form)
        service = form.get("MessagingServiceSid", "")
        status = "scheduled" if send_at else "accepted" if service else "queued"
        return Text(
            sid=new_sid(),
            to=form["To"],
            from_=self.setup.number,
            body=form["Body"],
            direction="outbound-api",
            status=status,
            created_at=now,
            callback=form.get("StatusCallback", ""),
            validity=validity_of(form),
            earlier=earlier,
            service=service,
            send_at=send_at,
            leaves_at=None if send_at else self.queue.place(_segments(form["Body"]), now),
        )

    def _go_on(self, text: Text) -> None:
        """Ask for the next step of a text on its way."""
        behavior, conduct = behavior_of(text.to, text.earlier), self.store.conduct_of(text.phone)
        step = next_step(text, behavior, conduct, speed=self.setup.speed, now=self.now())
        if step is not None:
            self.timetable.at(step.at, partial(self._step, text.sid, text.status, step))

    def _step(self, sid: str, was: str, step: Step) -> None:
        text = self.store.change(sid, status=step.status, at=self.now(), error_code=step.error_code, was=was)
        if text is None:
            return
        self._report(text)
        self._go_on(text)
        if text.status == "delivered":
            self.listener.read(text)

    def _report(self, text: Text) -> None:
        """Send the delivery report, or lose it, double it, or send it the long way round."""
        if not text.callback or self.plan.happens(self.plan.lost):
            return
        form = status_form(text, self.setup)
        for _ in range(2 if self.plan.happens(self.plan.doubled) else 1):
            detour = self.plan.between(0, _LONGEST_DETOUR) if self.plan.happens(self.plan.reordered) else 0.0
            wait = self.plan.delay + detour / self.setup.speed
            self.timetable.after(wait, partial(self._postman.post, text.callback, form))


def _segments(body: str) -> int:
    return segments_of(smart_encoded(body))
