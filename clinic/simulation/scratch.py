"""Where a simulation lives: a database of its own in a throw-away server, or an empty one that somebody names."""

import base64
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from psycopg import Connection as Driver
from sqlalchemy import create_engine, event, text
from sqlalchemy.orm import sessionmaker

from clinic.app import runtime_of
from clinic.audit import actions as audit
from clinic.cli.databases import psycopg_url
from clinic.cli.migrate import upgrade
from clinic.embedded import postgres
from clinic.kernel.clock import utc_now
from clinic.kernel.errors import Conflict
from clinic.kernel.sealed import use_ring
from clinic.kernel.transaction import Beginner
from clinic.runtime import Runtime
from clinic.settings import Settings

_OPTIONS = "-c timezone=UTC -c synchronous_commit=off -c synchronize_seqscans=off"
_STATEMENTS = 3_000
"""So many statements are kept compiled and prepared: all of the product's pass through one process."""

_PEOPLE = ("patient", "staff_account")
_SEALING = "s1:" + base64.b64encode(b"nobody real is in a simulation!!").decode()
_LINKING = "s1:" + base64.b64encode(b"and its links are opened by none").decode()


class NotEmpty(Conflict):
    """Somebody works or is treated in the database."""

    code = "database_not_empty"


@contextmanager
def scratch_clinic(database_url: str | None) -> Iterator[Runtime]:
    """Give an empty clinic at the newest schema; raises NotEmpty for a database with patients or staff in it.

    Such a one is left exactly as it is: it is looked at before anything is migrated.
    """
    with ExitStack() as ending:
        if database_url is None:
            owner, app, role = _throw_away(ending)
        else:
            owner = app = psycopg_url(database_url)
            role = ""
            require_empty(app)
        upgrade(owner, role=role)
        with clinic_in(app) as runtime:
            yield runtime


@contextmanager
def clinic_in(url: str) -> Iterator[Runtime]:
    """Give the runtime of a simulated clinic in a database that is there; keys and names are the simulation's own."""
    settings = simulated_settings()
    use_ring(settings.encryption_ring)
    given = {"options": _OPTIONS, "prepare_threshold": 1}
    engine = create_engine(url, query_cache_size=_STATEMENTS, connect_args=given)
    event.listen(engine, "connect", _make_room)
    sessions = sessionmaker(engine, expire_on_commit=False)
    begin = Beginner(sessions, audit.write, lambda _wakes: None)
    try:
        yield runtime_of(settings, begin=begin, clock=utc_now, gateway=None)
    finally:
        engine.dispose()


def _make_room(driver: Driver, _record: object) -> None:
    driver.prepared_max = _STATEMENTS


def require_empty(url: str) -> None:
    """Raise NotEmpty where anybody works or is treated; a database without any table yet is empty."""
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            found = [name for name in _PEOPLE if connection.scalar(text("select to_regclass(:name)"), {"name": name})]
            # The names are this module's own.
            is_used = any(connection.scalar(text(f"select exists (select from {name})")) for name in found)  # noqa: S608
    finally:
        engine.dispose()
    if is_used:
        raise NotEmpty(
            "There are patients or staff in this database, and a simulation fills it with invented ones. "
            "Name an empty database, or none: then a throw-away one is used."
        )


def _throw_away(ending: ExitStack) -> tuple[str, str, str]:
    """Start a server in a temporary folder that goes with it; it keeps nothing safe from a power cut."""
    folder = ending.enter_context(tempfile.TemporaryDirectory(prefix="clinic-simulation-"))
    Path(folder).chmod(0o755)
    server = ending.enter_context(postgres.running(Path(folder), durable=False))
    return server.owner_url, server.app_url, postgres.APP


def simulated_settings() -> Settings:
    """Return the settings of a clinic that reaches nobody: no provider, no mail server, no gateway."""
    return Settings(
        environment="test",
        DATABASE_URL="postgresql://simulated",
        REDIS_URL="redis://127.0.0.1:1/0",
        public_base_url="http://localhost",
        secret_key="only-for-simulated-clinics-1234567890",  # noqa: S106 - nobody can sign in
        encryption_keys=_SEALING,
        link_keys=_LINKING,
        clinic_name="Simulated Clinic",
        password_memory_kib=8,
        password_time_cost=1,
    )
