"""A clinic of its own for the demo: an empty database to load it into, and questions about what was loaded."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from clinic.app import runtime_of
from clinic.audit import actions as audit_actions
from clinic.cli.demo.loading import Loaded
from clinic.cli.main import clinic
from clinic.embedded import postgres
from clinic.kernel.ids import new_id
from clinic.kernel.sealed import use_ring
from clinic.kernel.transaction import Beginner
from clinic.runtime import Runtime
from clinic.settings import Settings
from tests.conftest import Copies


@dataclass(frozen=True)
class Demo:
    url: str
    runtime: Runtime
    sessions: sessionmaker[Session]
    loaded: Loaded

    def ask(self, question: str, **values: object) -> list[tuple[object, ...]]:
        with self.sessions() as session:
            return [tuple(row) for row in session.execute(text(question), {"now": self.runtime.clock()} | values)]

    def one(self, question: str, **values: object) -> object:
        return self.ask(question, **values)[0][0]


@contextmanager
def empty_clinic(
    server: postgres.Postgres, copies: Copies, settings: Settings, *, now: datetime
) -> Iterator[tuple[str, Runtime, sessionmaker[Session]]]:
    use_ring(settings.encryption_ring)
    name = f"t_{new_id().hex[:12]}"
    server.create_database(name, template="clinic_template")
    url = server.url(postgres.APP, name)
    with copies.of(name) as engine:
        sessions = sessionmaker(bind=engine, expire_on_commit=False)
        begin = Beginner(sessions, audit_actions.write, lambda _queues: None)
        yield url, runtime_of(settings, begin=begin, clock=lambda: now, gateway=None), sessions


def seed(*arguments: str, **changes: str) -> Result:
    """Give the command `clinic seed` in an environment of its own."""
    key, other = (base64.b64encode(word * 4).decode() for word in (b"8 bytes.", b"8 others"))
    environment = {
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "CLINIC_ENVIRONMENT": "test",
        "CLINIC_PUBLIC_BASE_URL": "http://localhost:8000",
        "CLINIC_SECRET_KEY": "test-only-secret-key-of-forty-characters",
        "CLINIC_ENCRYPTION_KEYS": f"t1:{key}",
        "CLINIC_LINK_KEYS": f"t1:{other}",
    }
    return CliRunner().invoke(clinic, ["seed", *arguments], env=environment | changes)
