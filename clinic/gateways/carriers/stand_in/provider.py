"""The pretend carrier service's conduct: takes numbers, lets parcels travel, reports what happens to them."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from clinic.gateways.carriers.easypost_webhooks import SIGNATURE_HEADER, signature_of
from clinic.gateways.carriers.journeys import SIGNER, Scan, journey_of
from clinic.gateways.carriers.resources import Parcel, as_tracker
from clinic.gateways.carriers.stand_in.postman import Postman
from clinic.gateways.carriers.stand_in.setup import Setup
from clinic.gateways.carriers.stand_in.store import Store
from clinic.gateways.sms.stand_in.clock import VirtualClock
from clinic.gateways.sms.stand_in.faults import parse_plan
from clinic.gateways.sms.stand_in.timetable import Timetable
from clinic.kernel.clock import Clock

_LONGEST_DETOUR = 3.0


class Provider:
    """One account, which reports to one address."""

    def __init__(self, setup: Setup, now: Clock) -> None:
        self.setup = setup
        self.plan = parse_plan(setup.faults)
        self.store = Store(setup.journal)
        self.now = VirtualClock(now)
        self.timetable = Timetable(self.now)
        self.postman = Postman(setup.webhook_url, self.timetable, headers=self._signed)
        for parcel in self.store.all():
            self._plan_reports(parcel, since=self.now())

    def close(self) -> None:
        """Stop reporting and close the journal."""
        self.timetable.close()
        self.store.close()

    def follow(self, carrier: str, tracking_number: str) -> Parcel:
        """Follow a parcel from now on, or go on with the one that is followed already."""
        known = self.store.find(carrier, tracking_number)
        if known is not None:
            return known
        # Whole seconds, because the wire has no others and an instant must not come back before it was.
        began_at = self.now().replace(microsecond=0)
        parcel = Parcel(f"trk_{uuid.uuid4().hex}", carrier, tracking_number, began_at, self.setup.speed)
        self.store.keep(parcel)
        self._plan_reports(parcel, since=began_at)
        return parcel

    def tell(self, parcel: Parcel, asked: dict[str, Any]) -> Parcel:
        """Let something happen to a parcel now, whatever its journey; raises KeyError where no status is given."""
        scan = Scan(
            after_hours=parcel.age(self.now()),
            status=str(asked["status"]),
            detail=str(asked.get("detail", "unknown")),
            message=str(asked.get("message", "")),
        )
        changed = self.store.add_scan(parcel.tracker_id, scan, signer=asked.get("signed_by"))
        self._send(_event(changed, self.now(), number=f"told{len(changed.told)}"))
        return changed

    def _plan_reports(self, parcel: Parcel, *, since: datetime) -> None:
        """Ask for a report at each hour with news, but for those that are past."""
        instants = [parcel.instant(after_hours) for after_hours in journey_of(parcel.tracking_number).news_after_hours]
        for number, instant in enumerate(instants):
            if instant >= since:
                self.timetable.at(instant, partial(self._report, parcel.tracker_id, number))

    def _report(self, tracker_id: str, number: int) -> None:
        parcel = self.store.get(tracker_id)
        if parcel is None:
            return
        journey = journey_of(parcel.tracking_number)
        if journey.is_forged and number == 0:
            self.postman.post(_forged(parcel, self.now()), is_forged=True)
        for place in _order(number, is_doubled=journey.is_doubled):
            self._send(_event(parcel, parcel.instant(journey.news_after_hours[place]), number=str(place)))

    def _signed(self, body: bytes, is_forged: bool) -> dict[str, str]:  # noqa: FBT001 - as the postman asks
        secret = "not the secret" if is_forged else self.setup.webhook_secret
        return {"User-Agent": "EasyPost-Webhook-Client", SIGNATURE_HEADER: signature_of(body, secret)}

    def _send(self, event: dict[str, Any]) -> None:
        """Send a report, or lose it, double it, or send it the long way round."""
        if self.plan.happens(self.plan.lost):
            return
        for _ in range(2 if self.plan.happens(self.plan.doubled) else 1):
            detour = self.plan.between(0, _LONGEST_DETOUR) if self.plan.happens(self.plan.reordered) else 0.0
            self.timetable.after(self.plan.delay + detour / self.setup.speed, partial(self.postman.post, event))


def _order(number: int, *, is_doubled: bool) -> Iterator[int]:
    """Return which reports leave now: this one, and where all are doubled, the one before again, so late and twice."""
    yield number
    if is_doubled:
        yield number
        yield from range(max(number - 1, 0), number)


def _event(parcel: Parcel, instant: datetime, *, number: str) -> dict[str, Any]:
    """Return a report of the parcel as it was at an instant; its id is the same whenever it is sent."""
    tracker = as_tracker(parcel, instant)
    event_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{parcel.tracker_id}/{number}").hex
    return {
        "id": f"evt_{event_id}",
        "object": "Event",
        "description": "tracker.created" if number == "0" else "tracker.updated",
        "mode": "test",
        # The real service often names the present status here, so nobody may rely on it.
        "previous_attributes": {"status": tracker["status"]},
        "created_at": tracker["updated_at"],
        "updated_at": tracker["updated_at"],
        "pending_urls": [],
        "completed_urls": [],
        "user_id": "user_1",
        "status": "pending",
        "result": tracker,
    }


def _forged(parcel: Parcel, instant: datetime) -> dict[str, Any]:
    delivered = Scan(parcel.age(instant), "delivered", "arrived_at_destination", "Delivered")
    return _event(replace(parcel, told=(delivered,), signer=SIGNER), instant, number="forged")
