"""What every worker does again and again: send what is due, react to facts, sweep, say that it lives."""

import logging
import os
import socket
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic.billing.jobs.cards import keep_cards
from clinic.billing.jobs.charging import charge_due
from clinic.billing.jobs.reconciling import reconcile_when_due
from clinic.billing.jobs.refunding import send_refunds
from clinic.billing.jobs.renewing import renew_when_due
from clinic.billing.jobs.telling import tell_members_when_due
from clinic.billing.jobs.watching import watch_when_due as watch_memberships_when_due
from clinic.handover.jobs import hand_over_when_due
from clinic.kernel.actor import Actor, system
from clinic.kernel.dispatch import run_outbox
from clinic.kernel.outbox import Outbox
from clinic.kernel.tables import Heartbeat
from clinic.medication.jobs.following import follow_parcels
from clinic.medication.jobs.telling import tell_pharmacies
from clinic.medication.jobs.watching import watch_supply_when_due
from clinic.messaging import jobs
from clinic.monitoring.jobs import work_on_check_ins
from clinic.oncall.jobs import step_pages
from clinic.people.jobs import work_on_imports
from clinic.reactions import ENCLOSURES, GUARDS, standing_orders
from clinic.replacement.jobs import work_on_replacements
from clinic.runtime import Runtime
from clinic.treatment.jobs import keep_calendars_when_due, watch_when_due
from clinic.vigilance.rounds import go_round
from clinic.waitlist.jobs import work_on_waitlist
from clinic.watching import keep_watch
from clinic.worklist import actions as worklist
from clinic.worklist.rules import WorkKind

WORKER = system("Worker")
ORDERLY = system("Standing orders")
WATCHER = system("Watch")
CALLER = system("On call")
SUPPLIER = system("Deliveries")
MEMBERSHIPS = system("Memberships")
CASHIER = system("Payments")
WAITLIST = system("Waiting list")

_PARTS_AT_ONCE = 4
"""So many parts of the round a look; all of it takes a few minutes and delays no text."""

_PARCELS_AT_ONCE = 3
"""So many parcels a look are asked about; a carrier service that does not answer holds up the rest for as long."""

_logger = logging.getLogger(__name__)


def tick(runtime: Runtime, *, seconds: float) -> None:
    """Look once for everything; whatever fails is left for the next look and does not stop the rest."""
    for name, look in (
        ("heartbeat", lambda: seen(runtime, "worker")),
        ("on call", lambda: call_people(runtime)),
        ("sweep", lambda: sweep(runtime)),
        ("outbox", lambda: react(runtime)),
        ("waiting list", lambda: offer_times(runtime)),
        ("check-ins", lambda: ask_patients(runtime, seconds=seconds / 2)),
        ("texts", lambda: send(runtime, seconds=seconds)),
        ("parcels", lambda: follow_supply(runtime)),
        ("renewals", lambda: renew_memberships(runtime)),
        ("memberships", lambda: tell_members(runtime)),
        ("rounds", lambda: look_at_patients(runtime)),
        ("re-placement", lambda: place_visits(runtime, seconds=seconds / 2)),
        ("hand-overs", lambda: hand_over(runtime)),
        ("imports", lambda: imports(runtime, seconds=seconds / 2)),
        ("nightly", lambda: jobs.compare_nights(runtime)),
    ):
        _safely(name, look)


def send(runtime: Runtime, *, seconds: float) -> int:
    """Send the texts that are due, for at most about so many seconds."""
    return jobs.send_all_due(runtime, GUARDS, seconds=seconds)


def mail(runtime: Runtime, *, seconds: float) -> int:
    """Send the e-mails that are due, for at most about so many seconds."""
    return jobs.send_all_mail(runtime, GUARDS, ENCLOSURES, seconds=seconds)


def imports(runtime: Runtime, *, seconds: float) -> int:
    """Check or take in files of patients that wait, for about so many seconds."""
    return work_on_imports(runtime.begin, clock=runtime.clock, seconds=seconds)


def place_visits(runtime: Runtime, *, seconds: float) -> int:
    """Move approved visits of physicians who are out, for about so many seconds."""
    return work_on_replacements(runtime.begin, clock=runtime.clock, ring=runtime.link_ring, seconds=seconds)


def hand_over(runtime: Runtime) -> int:
    """Carry out accepted hand-overs and planned moves whose day has come."""
    return hand_over_when_due(runtime.begin, clock=runtime.clock, ring=runtime.link_ring, by=WATCHER)


def sweep(runtime: Runtime) -> None:
    """Free what dead workers held, look up what stayed unclear, and open the tasks that are due."""
    jobs.sweep(runtime)
    with runtime.begin(by=WATCHER) as session:
        keep_watch(session, now=runtime.clock(), by=WATCHER)
    with runtime.begin(by=WATCHER) as session:
        watch_when_due(session, now=runtime.clock(), by=WATCHER)


def call_people(runtime: Runtime) -> int:
    """Go on calling for people where nobody has answered yet."""
    return step_pages(runtime.begin, clock=runtime.clock, by=CALLER)


def offer_times(runtime: Runtime) -> int:
    """Offer times that came free to who waits for them, and end what is over on the waiting list."""
    return work_on_waitlist(runtime.begin, clock=runtime.clock, ring=runtime.link_ring, by=WAITLIST)


def ask_patients(runtime: Runtime, *, seconds: float) -> int:
    """Plan, open and close check-ins, for about so many seconds."""
    keep_calendars_when_due(runtime.begin, clock=runtime.clock, by=WATCHER)
    ring = runtime.link_ring
    return work_on_check_ins(runtime.begin, clock=runtime.clock, ring=ring, by=WATCHER, seconds=seconds)


def look_at_patients(runtime: Runtime) -> int:
    """Go on with the day's round: the rules look at every patient once a day, a part at a time."""
    return go_round(runtime.begin, clock=runtime.clock, by=WATCHER, most=_PARTS_AT_ONCE)


def follow_supply(runtime: Runtime) -> int:
    """Hand fills to pharmacies, ask after parcels, and put what waits too long on the list."""
    supply = runtime.supplying
    moved = tell_pharmacies(runtime.begin, supply.pharmacies, clock=runtime.clock, by=SUPPLIER)
    moved += follow_parcels(runtime.begin, supply.carriers, clock=runtime.clock, by=SUPPLIER, most=_PARCELS_AT_ONCE)
    return moved + watch_supply_when_due(runtime.begin, clock=runtime.clock, by=WATCHER)


def renew_memberships(runtime: Runtime) -> int:
    """Renew memberships whose period is over, and look after those that wait, are held, paused or not paid."""
    renewed = renew_when_due(runtime.begin, clock=runtime.clock, by=MEMBERSHIPS)
    return renewed + watch_memberships_when_due(runtime.begin, clock=runtime.clock, by=MEMBERSHIPS)


def tell_members(runtime: Runtime) -> int:
    """Tell members of a new price, of a pause or a card that ends, and put reviews of hardship rates on the list."""
    return tell_members_when_due(runtime.begin, ring=runtime.link_ring, clock=runtime.clock, by=MEMBERSHIPS)


def react(runtime: Runtime) -> int:
    """Run the standing orders of facts that are due."""
    orders = standing_orders(runtime.link_ring)
    return run_outbox(runtime.begin, orders, clock=runtime.clock, by=ORDERLY, on_parked=report_parked)


def move_money(runtime: Runtime, *, seconds: float) -> None:
    """Collect what is due, send refunds and look after cards, each for about so many seconds; compare once a day."""
    begin, clock, gateways = runtime.begin, runtime.clock, runtime.charging.gateways
    for name, look in (
        ("payments", lambda: charge_due(begin, gateways, clock=clock, by=CASHIER, seconds=seconds / 2)),
        ("refunds", lambda: send_refunds(begin, gateways, clock=clock, by=CASHIER, seconds=seconds / 4)),
        ("cards", lambda: keep_cards(begin, gateways, clock=clock, by=CASHIER, seconds=seconds / 4)),
        ("comparing", lambda: reconcile_when_due(begin, gateways, clock=clock, by=CASHIER)),
    ):
        _safely(name, look)


def seen(runtime: Runtime, name: str) -> None:
    """Write down that a worker or the beat is alive."""
    now, detail = runtime.clock(), f"{socket.gethostname()}:{os.getpid()}"
    alive = insert(Heartbeat).values(name=name, seen_at=now, detail=detail)
    with runtime.begin(by=WORKER) as session:
        session.execute(alive.on_conflict_do_update(index_elements=["name"], set_={"seen_at": now, "detail": detail}))


def report_parked(session: Session, row: Outbox, now: datetime, by: Actor) -> None:  # noqa: PLR0917 - OnParked's shape
    """Tell the administrator about a fact to which nobody could react."""
    worklist.open_item(
        session,
        kind=WorkKind.OUTBOX_PARKED,
        dedupe_key=f"{WorkKind.OUTBOX_PARKED}:{row.id}",
        reason=f"\u201c{row.topic}\u201d failed {row.attempt_count} times, the last time with {row.last_error_code}.",
        subject_kind="outbox",
        subject_id=row.id,
        patient_id=None,
        now=now,
        by=by,
    )


def tick_mail(runtime: Runtime, *, seconds: float) -> None:
    """Look once for e-mails, apart from everything else: a slow mail server delays no text."""
    _safely("mail", lambda: mail(runtime, seconds=seconds))


def _safely(name: str, look: Callable[[], object]) -> None:
    try:
        look()
    except Exception as trouble:  # noqa: BLE001 - the database may be away for a while; the next look comes
        _logger.error("%s: %s", name, type(trouble).__name__)  # noqa: TRY400 - a message could carry a parameter
