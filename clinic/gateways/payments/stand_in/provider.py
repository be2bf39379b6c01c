"""The pretend Stripe's conduct: a bank by its own clock, and webhooks that are late, lost, doubled or out of order."""

from datetime import datetime
from functools import partial

from clinic.gateways.carriers.stand_in.postman import Postman
from clinic.gateways.payments.bank import Bank
from clinic.gateways.payments.bank.vault import Thing
from clinic.gateways.payments.stand_in.setup import Setup
from clinic.gateways.payments.stripe_webhooks import SIGNATURE_HEADER, signature_of
from clinic.gateways.sms.stand_in.clock import VirtualClock
from clinic.gateways.sms.stand_in.faults import parse_plan
from clinic.gateways.sms.stand_in.timetable import Timetable
from clinic.kernel.clock import Clock

_LONGEST_DETOUR = 3.0


class Provider:
    """One account, whose webhooks go to one address; `open` tells it its own."""

    def __init__(self, setup: Setup, clock: Clock) -> None:
        self.setup = setup
        self.plan = parse_plan(setup.faults)
        self.now = VirtualClock(clock)
        self.timetable = Timetable(self.now)
        self.bank = Bank(self.now, journal=setup.journal)
        vault = self.bank.vault
        self.postman = Postman(setup.webhook_url, self.timetable, headers=self._signed, on_heard=vault.heard)
        # A webhook is signed at the instant of whoever reads it, however far the clock of this stand-in was moved.
        self._clock = clock
        vault.on_event = self._send
        vault.on_due = self._settle_at
        for event in vault.unheard() if setup.webhook_url else ():
            self._send(event)

    def open(self, address: str) -> None:
        """Serve the bank's pages at an address, and take up what was planned before this process."""
        self.bank.cards.pages_url = address
        self.bank.settle()

    def close(self) -> None:
        """Stop reporting and close the journal."""
        self.timetable.close()
        self.bank.vault.close()

    def _settle_at(self, instant: datetime) -> None:
        self.timetable.at(instant, self.bank.settle)

    def _signed(self, body: bytes, is_forged: bool) -> dict[str, str]:  # noqa: FBT001 - as the postman asks
        secret = "not the secret" if is_forged else self.setup.webhook_secret
        return {"User-Agent": "Stripe/1.0", SIGNATURE_HEADER: signature_of(body, secret, at=self._clock())}

    def _send(self, event: Thing) -> None:
        """Send a webhook, or lose it, double it, or send it the long way round."""
        if self.plan.happens(self.plan.lost):
            return
        for _ in range(2 if self.plan.happens(self.plan.doubled) else 1):
            detour = self.plan.between(0, _LONGEST_DETOUR) if self.plan.happens(self.plan.reordered) else 0.0
            self.timetable.after(self.plan.delay + detour, partial(self.postman.post, event))
