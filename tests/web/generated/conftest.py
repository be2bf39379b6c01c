"""One town in a database of its own, seeded and walked once a process; what a test does there is undone."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Connection, event, func, select
from sqlalchemy.orm import Session, sessionmaker

from clinic.app import create_app
from clinic.audit.models import AuditEvent
from clinic.embedded import postgres
from clinic.kernel.ids import new_id
from clinic.kernel.sealed import use_ring
from clinic.settings import Settings
from tests.conftest import MONDAY_MORNING, TestClock
from tests.domains.messaging.provider import Provider
from tests.savepoints import engine_on
from tests.web.generated.canaries import Flock, all_canaries
from tests.web.generated.contents import fingerprint
from tests.web.generated.crawl import Answer, Atlas, Visitor, walk
from tests.web.generated.logbook import Logbook, written_down
from tests.web.generated.planting import plant
from tests.web.generated.town import Town, build, sign_in
from tests.web.generated.town_medication import NEIGHBORS
from workers import work

_ONLY_READS = re.compile(r"\s*(select|with|savepoint|release|rollback|set)\b", re.IGNORECASE)
_WRITES_TO = re.compile(r'\b(?:insert into|(?<!for )(?<!key )update|delete from) (?:only )?"?(\w+)', re.IGNORECASE)


@dataclass
class World:
    """The application over the town, everybody in it, and a way to undo."""

    app: Flask
    connection: Connection
    sessions: sessionmaker[Session]
    town: Town
    canaries: Flock
    atlas: Atlas
    visitors: dict[str, Visitor]
    clock: TestClock
    provider: Provider
    logbook: Logbook = field(default_factory=Logbook)
    baseline: dict[str, str] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    """The tables that statements wrote to since the last beginning of `undone`, also where that was rolled back."""
    written_by_reading: frozenset[str] = frozenset()
    changed_by_reading: frozenset[str] = frozenset()
    """The tables whose rows the walk over all pages left otherwise than it found them, by their contents."""
    read: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(member of staff, audit action) -> rows that the walk over all pages left."""

    def __post_init__(self) -> None:
        event.listen(self.connection, "before_cursor_execute", self._watch)

    def _watch(self, _connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        tables = set(_WRITES_TO.findall(statement))
        if tables or not _ONLY_READS.match(statement):
            self.written |= tables or {statement}

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Take back whatever happens inside."""
        self.written.clear()
        nested = self.connection.begin_nested()
        try:
            yield
        finally:
            nested.rollback()

    def browser(self, visitor: Visitor, app: Flask | None = None) -> FlaskClient:
        """Return a copy of a visitor's browser, so that signing out in it ends nothing here."""
        client = (app or self.app).test_client()
        for cookie in visitor.client._cookies.values():  # noqa: SLF001 - the jar has no other way to be read
            client.set_cookie(cookie.key, cookie.value, secure=True, path="/")
        return client

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.sessions() as session:
            yield session


@pytest.fixture(scope="session")
def world(
    server: postgres.Postgres, settings: Settings, compiled_templates: FileSystemBytecodeCache
) -> Iterator[World]:
    name = f"town_{new_id().hex[:12]}"
    server.create_database(name, template="clinic_template")
    engine = engine_on(server.url(postgres.APP, name))
    with engine.connect() as connection:
        outer = connection.begin()
        yield _settle(connection, settings, compiled_templates)
        outer.rollback()
    engine.dispose()


def _settle(connection: Connection, settings: Settings, templates: FileSystemBytecodeCache) -> World:
    use_ring(settings.encryption_ring)
    sessions = sessionmaker(bind=connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
    clock = TestClock(MONDAY_MORNING)
    # Without the stand-in's address there are no demo phones, which show everybody everything on purpose.
    own = settings.model_copy(update={"twilio_base_url": None})
    provider = Provider(clock)
    app = create_app(own, sessions=sessions, clock=clock, gateway=provider, wake=clock.wakes.extend)
    app.jinja_env.bytecode_cache = templates
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with sessions() as session:
        town = build(session, app.extensions["clinic"])
        session.commit()
    work.tick(app.extensions["clinic"], seconds=5)
    with sessions() as session:
        plant(session, town)
        visitors = _visitors(app, session, town)
        canaries = all_canaries(session, town)
        atlas = Atlas(app, session, first=town.patients["amy"])
        session.commit()
    return World(app, connection, sessions, town, canaries, atlas, visitors, clock, provider)


def _visitors(app: Flask, session: Session, town: Town) -> dict[str, Visitor]:
    def come(
        name: str, *owns: str, cookie: str | None = None, kind: str = "sid", holds: tuple[str, ...] = ()
    ) -> Visitor:
        client = app.test_client()
        if cookie:
            client.set_cookie(f"__Host-{kind}", cookie, secure=True, path="/")
        return Visitor(name, client, frozenset(owns), tuple(town.secrets[owns[0], one] for one in holds))

    amy = town.secrets["amy", "link session token"]
    letters = town.secrets["amy", "messages session token"]
    asked = town.secrets["amy", "check-in session token"]
    sent = town.secrets["amy", "deliveries session token"]
    joined = town.secrets["amy", "plan session token"]
    signing = town.secrets["amy", "forms session token"]
    begun = town.secrets["amy", "intake session token"]
    beside = town.secrets["amy", "support session token"]
    entered = town.secrets["amy", "area session token"]
    hired = sign_in(session, town, "newly hired", has_second_factor=False)
    found = [
        come("anonymous"),
        come("holder of a link", "amy", holds=("link token",)),
        come("patient", "amy", cookie=amy, kind="link", holds=("link token",)),
        come("patient with messages", "amy", cookie=letters, kind="link"),
        come("patient with a check-in", "amy", cookie=asked, kind="link"),
        come("patient with deliveries", "amy", cookie=sent, kind="link"),
        come("patient with a plan", "amy", cookie=joined, kind="link"),
        come("patient with forms", "amy", cookie=signing, kind="link"),
        come("patient with an intake", "amy", cookie=begun, kind="link"),
        come("support person", "amy", cookie=beside, kind="link"),
        come("patient signed in", "amy", cookie=entered, kind="me"),
        come("invited", "invited", holds=("invitation token",)),
        come("newly hired", "newly hired", cookie=hired, holds=("reset token",)),
    ]
    signed_in = {
        "coordinator": (),
        "physician": ("dr physician", "amy", *NEIGHBORS),
        "newcomer": ("dr newcomer",),
        "admin": (),
    }
    for key, own in signed_in.items():
        found.append(come(key, key, *own, cookie=sign_in(session, town, key)))
    return {one.name: one for one in found}


@pytest.fixture(scope="session")
def walked(world: World) -> list[Answer]:
    """Return every page as everybody gets it, with what was logged meanwhile in the world's logbook."""
    answers, before, contents = [], _rows_of_readers(world), fingerprint(world.connection)
    with world.undone(), written_down(world.logbook):
        for visitor in world.visitors.values():
            answers += walk(world.app, world.atlas, visitor)
        world.written_by_reading = frozenset(world.written)
        now = fingerprint(world.connection)
        world.changed_by_reading = frozenset(one for one in now if now[one] != contents[one])
        world.read = _rows_of_readers(world) - before
    return answers


def _rows_of_readers(world: World) -> Counter[tuple[str, str]]:
    """Return how many rows of each audit action each member of staff has by now."""
    wanted = select(AuditEvent.actor_id, AuditEvent.action, func.count()).group_by("actor_id", "action")
    names = {staff_id: name for name, staff_id in world.town.staff.items()}
    with world.session() as session:
        rows = session.execute(wanted.where(AuditEvent.actor_id.in_(names)))
        return Counter({(names[who], action): count for who, action, count in rows})
