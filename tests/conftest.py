"""Fixtures of every test: one embedded PostgreSQL a process, one rolled-back transaction or one fresh copy a test."""

import base64
import gc
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from alembic import command
from alembic.config import Config
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

import clinic.access.models
import clinic.audit.models
import clinic.kernel.outbox
import clinic.kernel.tables
import clinic.medication.models
import clinic.messaging.models
import clinic.people.models
import clinic.scheduling.models
import clinic.treatment.models
import clinic.worklist.models  # noqa: F401 - every table is known before a test asks for them
from clinic.app import create_app
from clinic.audit import actions as audit
from clinic.billing.actions.plans import install_plans
from clinic.embedded import postgres
from clinic.kernel.actor import Actor, ActorKind, Role, system
from clinic.kernel.ids import new_id
from clinic.kernel.sealed import use_ring
from clinic.kernel.transaction import Beginner
from clinic.runtime import Runtime
from clinic.settings import Settings
from clinic.treatment.actions import provide_defaults
from tests.savepoints import engine_on

ROOT = Path(__file__).resolve().parents[1]
MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 * 1024**3  # noqa: S108 - every name in it is made by `tempfile`
PATIENCE = "-c timezone=UTC -c lock_timeout=8000 -c statement_timeout=10000"
MONDAY_MORNING = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 10:00 in New York, 9:00 in Chicago


def migrate(url: str, app_role: str | None = postgres.APP) -> None:
    """Bring a database to head as its owner, with what a new clinic starts with; the audit trail stays empty.

    Without the forms that patients sign, which tests of forms install: else each first session would ask for them.
    """
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("sqlalchemy.url", url)
    if app_role:
        config.set_main_option("app_role", app_role)
    command.upgrade(config, "head")
    engine = create_engine(url)
    with Session(engine) as session, session.begin():
        by, now = system("Test"), datetime(2026, 1, 1, tzinfo=UTC)
        provide_defaults(session, by=by, now=now)
        install_plans(session, by=by, now=now)
    engine.dispose()


@dataclass
class TestClock:
    """A clock that tests set and move; call it to read it."""

    __test__ = False

    instant: datetime
    wakes: list[str] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.instant

    def advance(self, **span: float) -> datetime:
        self.instant += timedelta(**span)
        return self.instant


GROUPS = {
    "tests/web/generated/": "generated",
    "tests/cli/test_seed.py": "seed",
    "tests/cli/test_simulation.py": "simulation",
    "tests/gateways/test_payment_contract.py": "banks",
    "tests/embedded/test_postgres.py": "servers",
}
"""Tests that share something dear to make, by where they are: each group is run by one process."""


class ByGroup(LoadScopeScheduling):
    """Gives every test to the next free process, and a group of them as one, the largest groups first.

    What xdist's own `loadgroup` does with marks, which it writes where pytest 9.2 does not look any more.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((group for place, group in GROUPS.items() if nodeid.startswith(place)), nodeid)

    def mark_test_complete(self, node: WorkerController, item_index: int, duration: float = 0) -> None:  # noqa: ARG002 - xdist's signature
        """Forget what is done; xdist keeps it and counts all of it anew after each of thirteen thousand tests."""
        nodeid = self.registered_collections[node][item_index]
        scope, work = self._split_scope(nodeid), self.assigned_work[node]
        work[scope][nodeid] = True
        if all(work[scope].values()):
            del work[scope]
        self._reschedule(node)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByGroup | None:
    return ByGroup(config, log) if config.getoption("dist") == "loadgroup" else None


def pytest_configure() -> None:
    """Let servers and files live in memory, where this machine has much of it: hundreds of databases come and go."""
    if "TMPDIR" not in os.environ and _has_room(MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _has_room(folder: Path) -> bool:
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize >= ROOM_BYTES and not found.f_flag & os.ST_NOEXEC


def pytest_collection_finish() -> None:
    """Leave modules and collected tests out of every later collection of garbage, which would walk them in vain."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def server() -> Iterator[postgres.Postgres]:
    with tempfile.TemporaryDirectory(prefix="clinic-tests-") as folder:
        Path(folder).chmod(0o755)
        with postgres.running(Path(folder), durable=False) as running:
            running.create_database("clinic_template")
            migrate(running.url(postgres.OWNER, "clinic_template"))
            running.create_database("clinic", template="clinic_template")
            yield running


@pytest.fixture(scope="session")
def engine(server: postgres.Postgres) -> Iterator[Engine]:
    engine = engine_on(server.app_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def settings() -> Settings:
    key = base64.b64encode
    return Settings(
        environment="test",
        DATABASE_URL="postgresql://unused",
        REDIS_URL="redis://127.0.0.1:1/0",
        public_base_url="http://localhost",
        secret_key="test-only-secret-key-of-forty-characters",
        encryption_keys="t1:" + key(b"encryption key of 32 bytes only!").decode(),
        link_keys="t1:" + key(b"link key, also of 32 bytes only!").decode(),
        clinic_name="Demo Home Clinic",
        clinic_phone="+13055550100",
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token="test-token-12345",
        twilio_messaging_service_sid="MG" + "0" * 32,
        easypost_webhook_secrets="test-secret-of-parcels",
        stripe_webhook_secrets="test-secret-of-payments",
        twilio_base_url="http://127.0.0.1:1",
        password_memory_kib=8,
        password_time_cost=1,
        requests_per_minute=100_000,
    )


@pytest.fixture(autouse=True)
def _keys(settings: Settings) -> None:
    use_ring(settings.encryption_ring)


@pytest.fixture
def now() -> datetime:
    return MONDAY_MORNING


@pytest.fixture
def clock(now: datetime) -> TestClock:
    return TestClock(now)


@pytest.fixture
def sessions(engine: Engine) -> Iterator[sessionmaker[Session]]:
    """Sessions inside one outer transaction that is rolled back: a commit is seen by this test only."""
    with engine.connect() as connection:
        outer = connection.begin()
        yield sessionmaker(bind=connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
        outer.rollback()


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    with sessions() as session:
        yield session


@pytest.fixture
def begin(sessions: sessionmaker[Session], clock: TestClock) -> Beginner:
    return Beginner(sessions, audit.write, clock.wakes.extend)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates are compiled once for all processes of a run, not once a test."""
    own = tmp_path_factory.getbasetemp()
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "templates"
    shared.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(shared))


class Plugs:
    """What the one application of this process is connected to during a test: its sessions and its clock."""

    sessions: sessionmaker[Session]
    clock: TestClock

    def __call__(self) -> Session:
        return self.sessions()

    def begin(self) -> AbstractContextManager[Session]:
        return self.sessions.begin()

    def now(self) -> datetime:
        return self.clock()

    def wake(self, queues: Iterable[str]) -> None:
        self.clock.wakes.extend(queues)


@pytest.fixture(scope="session")
def standing_app(settings: Settings, compiled_templates: FileSystemBytecodeCache) -> tuple[Flask, Plugs]:
    """Return the application; its two hundred addresses are compiled once a process, not once a test."""
    use_ring(settings.encryption_ring)
    plugs = Plugs()
    app = create_app(settings, sessions=cast("sessionmaker[Session]", plugs), clock=plugs.now, wake=plugs.wake)
    app.jinja_env.bytecode_cache = compiled_templates
    return app, plugs


@pytest.fixture
def app(standing_app: tuple[Flask, Plugs], sessions: sessionmaker[Session], clock: TestClock) -> Iterator[Flask]:
    app, plugs = standing_app
    plugs.sessions, plugs.clock = sessions, clock
    for limiter in app.extensions["limiter"]:
        limiter.reset()
    before = dict(app.extensions)
    yield app
    # A test may hang up another door or give the clinic another provider.
    app.extensions.clear()
    app.extensions.update(before)


@pytest.fixture
def runtime(app: Flask) -> Runtime:
    found: Runtime = app.extensions["clinic"]
    return found


@dataclass(frozen=True)
class Database:
    """A fresh copy of the migrated database whose commits are real, for races and processes."""

    name: str
    app_url: str
    owner_url: str
    superuser_url: str
    engine: Engine
    sessions: sessionmaker[Session]
    begin: Beginner


class Copies:
    """One engine for all copies of the migrated database, one after the other: what one compiled, the next one has."""

    def __init__(self, server: postgres.Postgres) -> None:
        self.name: str | None = None
        # Some races need fifty connections.
        self.engine = create_engine(
            server.app_url, pool_size=50, query_cache_size=2000, connect_args={"options": PATIENCE}
        )
        event.listen(self.engine, "do_connect", self._direct)

    def _direct(self, _dialect: object, _record: object, _arguments: object, given: dict[str, object]) -> None:
        given["dbname"] = self.name

    @contextmanager
    def of(self, name: str) -> Iterator[Engine]:
        """Let the engine speak to this copy while the block runs; nobody speaks to another one meanwhile."""
        assert self.name is None, "two copies at once"
        self.name = name
        try:
            yield self.engine
        finally:
            self.engine.dispose()
            self.name = None


@contextmanager
def fresh_database(server: postgres.Postgres, copies: Copies | None = None) -> Iterator[Database]:
    """Copy the migrated database while the block runs."""
    name = f"t_{new_id().hex[:12]}"
    server.create_database(name, template="clinic_template")
    with (copies or Copies(server)).of(name) as engine:
        sessions = sessionmaker(bind=engine, expire_on_commit=False)
        beginner = Beginner(sessions, audit.write, lambda _wakes: None)
        urls = (server.url(role, name) for role in (postgres.APP, postgres.OWNER, postgres.SUPERUSER))
        yield Database(name, *urls, engine, sessions, beginner)
    server.drop_database(name)


@pytest.fixture(scope="session")
def copies(server: postgres.Postgres) -> Copies:
    return Copies(server)


@pytest.fixture
def database(server: postgres.Postgres, copies: Copies) -> Iterator[Database]:
    with fresh_database(server, copies) as database:
        yield database


@pytest.fixture
def committed_app(
    settings: Settings, database: Database, clock: TestClock, compiled_templates: FileSystemBytecodeCache
) -> Flask:
    """The application over a database of its own, where commits are real and threads may meet."""
    app = create_app(settings, sessions=database.sessions, clock=clock, wake=lambda _wakes: None)
    app.jinja_env.bytecode_cache = compiled_templates
    return app


@pytest.fixture
def staff_actor() -> Callable[..., Actor]:
    def make(*roles: Role, name: str = "Dana Reyes") -> Actor:
        return Actor(kind=ActorKind.STAFF, id=new_id(), name=name, roles=frozenset(roles))

    return make


@pytest.fixture
def coordinator(staff_actor: Callable[..., Actor]) -> Actor:
    return staff_actor(Role.COORDINATOR)
