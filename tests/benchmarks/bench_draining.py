"""Prints how a crowd of texts that are due at once drains at the sender's pace, and what memory it takes."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import ground

from clinic.gateways.sms import Accepted, OutgoingText, ProviderMessage, Rejected
from clinic.kernel.actor import system
from clinic.kernel.clock import utc_now
from clinic.kernel.crypto import KeyRing
from clinic.messaging import actions, jobs
from clinic.messaging.rules.kinds import Recipient, RecipientKind, Subject
from clinic.people import queries as people
from clinic.reactions import GUARDS
from clinic.runtime import ClinicFacts, Runtime, SigningIn, Texting

BY = system("Benchmark")
TEXTS, TEXTS_SHORT = 10_000, 1_000
PACE = 100.0
_AT_ONCE = 500
_ROUND = 3.0
_PATIENCE = 10.0


@dataclass
class Taker:
    """A provider that takes every text at once and keeps none; `first_at` and `last_at` are monotonic seconds."""

    taken: int = 0
    first_at: float = 0.0
    last_at: float = field(default_factory=time.monotonic)

    def send(self, text: OutgoingText) -> Accepted:
        """Take a text."""
        assert text.body
        self.last_at = time.monotonic()
        self.first_at = self.first_at or self.last_at
        self.taken += 1
        return Accepted(f"SM{uuid4().hex}", "accepted", 1)

    def fetch(self, provider_sid: str) -> ProviderMessage:
        """Know nothing."""
        raise Rejected(http_status=404, reason=provider_sid)

    def sent_to(self, _e164: str, *, limit: int = 50) -> Sequence[ProviderMessage]:
        """List nothing."""
        return ()[:limit]

    def received(self, _our_e164: str, *, since: datetime) -> Sequence[ProviderMessage]:
        """List nothing."""
        assert since
        return ()

    def listed(self, *, since: datetime, until: datetime) -> Iterator[Sequence[ProviderMessage]]:
        """List nothing."""
        assert since < until
        return iter(())


def runtime_of(clinic: ground.Ground, taker: Taker) -> Runtime:
    """Return what a worker has, with a pace of its own."""
    return Runtime(
        begin=clinic.begin,
        clock=utc_now,
        clinic=ClinicFacts(
            name="Demo Home Clinic",
            phone="+13055550100",
            email="desk@example.org",
            zone="America/New_York",
            public_base_url="https://clinic.example",
        ),
        link_ring=KeyRing.parse(ground.ENCRYPTION),
        signing_in=SigningIn(memory_kib=8, time_cost=1, may_skip_second_factor=False),
        texting=Texting(
            gateway=taker, webhook_tokens=(), has_own_opt_out_replies=True, segments_per_second=PACE, lease_seconds=60.0
        ),
        simulator=None,
        is_demo=False,
        is_production=False,
    )


def plan(clinic: ground.Ground, *, count: int) -> None:
    """Plan so many answers to one phone, all of them due now."""
    now = utc_now()
    for begin in range(0, count, _AT_ONCE):
        with clinic.begin(by=BY) as session:
            phone_id = people.patient(session, clinic.patients[0]).phone_id
            for number in range(begin, min(begin + _AT_ONCE, count)):
                plan_one(session, phone_id, number, now)


def plan_one(session: object, phone_id: UUID, number: int, now: datetime) -> None:
    """Plan one answer."""
    actions.plan(
        session,  # type: ignore[arg-type]
        template_key="NOTHING_WAITING",
        recipient=Recipient(
            kind=RecipientKind.STRANGER, id=None, phone_id=phone_id, language="en", zone="America/New_York"
        ),
        subject=Subject(kind="inbound_text", id=None),
        variables={},
        link_id=None,
        due_at=now,
        now=now,
        by=BY,
        dedupe_key=f"benchmark:{number}",
    )


def resident_kib() -> int:
    """Return what this process holds in memory now."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def drain(runtime: Runtime, taker: Taker, *, count: int) -> list[int]:
    """Send everything; return the memory held after each tenth, or after some seconds."""
    held = []
    while taker.taken < count:
        before, looked_at = taker.taken, time.monotonic()
        while taker.taken == before:  # Right after a burst there may be no place in the pace for a moment.
            assert time.monotonic() - looked_at < _PATIENCE, "nothing leaves"
            jobs.send_all_due(runtime, GUARDS, seconds=max(_ROUND, count / PACE / 10))
        held.append(resident_kib())
    return held


def main() -> None:
    """Plan, drain and print; `--short` takes a tenth."""
    count = TEXTS_SHORT if "--short" in sys.argv else TEXTS
    with ground.ground(physicians=1, patients=1) as clinic:
        taker = Taker()
        runtime = runtime_of(clinic, taker)
        plan(clinic, count=count)
        held = drain(runtime, taker, count=count)
        reached = (count - PACE) / (taker.last_at - taker.first_at)  # The first second's worth leaves at once.
        ground.say(f"{count} texts due at once, pace {PACE:.0f} segments/s, one worker thread; {ground.load()}")
        ground.say("| reached | to the pace | memory at first | at the end | grown by |")
        ground.say("|---|---|---|---|---|")
        ground.say(
            f"| {reached:.1f}/s | **{reached / PACE:.2f}** | {held[0] / 1024:.0f} MiB | {held[-1] / 1024:.0f} MiB "
            f"| **{held[-1] / held[0] - 1:+.1%}** |"
        )


if __name__ == "__main__":
    sys.exit(main())
