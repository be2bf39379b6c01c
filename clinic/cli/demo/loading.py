"""Plays the demo clinic's story into an empty database, in one transaction: all of it is there, or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from clinic.access.rules.hashing import hasher_of
from clinic.cli.demo import staff
from clinic.cli.demo.desk import Desk
from clinic.cli.demo.provider import PastProvider
from clinic.cli.demo.stage import PastClock, Stage, in_the_past
from clinic.cli.demo.story import DAYS_BACK, PATIENTS, Story
from clinic.gateways.payments.bank import Bank
from clinic.gateways.payments.bank.vault import Thing
from clinic.gateways.sms.simulator import PastText
from clinic.kernel.actor import system
from clinic.kernel.localtime import edge_instant, in_zone
from clinic.kernel.transaction import Beginner
from clinic.runtime import Runtime

OWNER = system("Demo clinic")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the story left behind: how many people there are, the texts for the phones of the simulator, the mails.

    `money` is what the bank remembers.
    """

    staff: int
    patients: int
    texts: tuple[PastText, ...]
    mails: tuple[bytes, ...] = ()
    money: tuple[Thing, ...] = ()


def load(runtime: Runtime, *, seed: int, patients: int = PATIENTS) -> Loaded:
    """Play the weeks up to the runtime's present into its database; the caller has made sure that it is empty."""
    now = runtime.clock()
    clock = PastClock(now - timedelta(days=DAYS_BACK + 1))
    chance = Random(seed)  # noqa: S311 - a repeatable story, nothing secret
    provider, bank = PastProvider(clock, chance), Bank(clock)
    with one_transaction(runtime) as sessions:
        past = in_the_past(runtime, sessions, clock=clock, provider=provider, bank=bank)
        stage = Stage(past, clock, provider, until=now)
        desk = open_clinic(stage, now=now, chance=chance)
        story = Story(desk, in_zone(now, desk.zone).date(), seed, bank, patients)
        story.plan()
        stage.play()
    people = len(desk.team.coordinators) + len(desk.team.physicians) + 1
    texts, mails, money = tuple(provider.history), tuple(provider.mails), tuple(bank.vault.entries())
    return Loaded(people, len(story.journeys), texts, mails, money)


def open_clinic(stage: Stage, *, now: datetime, chance: Random) -> Desk:
    """Hire everybody and open the calendars, on the first morning of the story."""
    runtime = stage.runtime
    today = in_zone(now, runtime.clinic.zone).date()
    stage.clock.instant = first = edge_instant(
        today - timedelta(days=DAYS_BACK + 1), staff.OPENING, runtime.clinic.zone
    )
    hasher = hasher_of(runtime.signing_in)
    with runtime.begin(by=OWNER) as session:
        accounts = staff.hire(session, hasher=hasher, by=OWNER, now=first)
    admin = accounts[staff.ADMIN.email]
    with runtime.begin(by=admin) as session:
        team = staff.open_doors(session, accounts=accounts, today=today, now=first)
        physician_id = next(iter(team.physicians))
        staff.open_on(session, physician_id=physician_id, doctor=staff.DOCTORS[0], day=today, by=admin, now=first)
    return Desk(stage, team, runtime.clinic.zone, chance)


@contextmanager
def one_transaction(runtime: Runtime) -> Iterator[sessionmaker[Session]]:
    """Give sessions whose commits all become real together when the block ends well.

    A seed that is killed half-way leaves an empty database behind, and writing is several times quicker.
    """
    begin = runtime.begin
    assert isinstance(begin, Beginner)
    engine = begin.sessions.kw["bind"]
    assert isinstance(engine, Engine)
    with engine.begin() as connection:
        yield sessionmaker(bind=connection, expire_on_commit=False, join_transaction_mode="rollback_only")
