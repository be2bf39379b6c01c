"""Prints how many texts a second leave through the worker's jobs, against bare SDK calls and the same SQL by hand."""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ground
import psycopg
import reminders
from sqlalchemy import Engine, event
from twilio.rest import Client

from clinic.app import create_app
from clinic.gateways.sms import Accepted, OutgoingText, SmsGateway
from clinic.messaging import jobs
from clinic.reactions import GUARDS
from clinic.runtime import Runtime
from clinic.settings import load
from tests.faults.stage import ACCOUNT, SERVICE, TOKEN, Stage, staged

TEXTS, TEXTS_SHORT = 200, 50
ROUNDS, ROUNDS_SHORT = 5, 2
UNLIMITED = "1000000"
# Reports of what became of a text come a thousand times later than they would: they are not what is measured.
SPEED = 0.001

Step = Callable[[psycopg.Connection, Client], None]


@dataclass
class Recorder:
    """Notes what a run of the jobs sends to the database and to the provider, in its order."""

    gateway: SmsGateway
    steps: list[Step] = field(default_factory=list)
    texts: list[OutgoingText] = field(default_factory=list)

    def send(self, text: OutgoingText) -> Accepted:
        """Note the call, then make it: the answer's id is needed by the statements that follow."""
        taken = self.gateway.send(text)
        self.texts.append(text)
        self.steps.append(lambda _plain, client: call(client, text))
        return taken

    def listen(self, engine: Engine) -> None:
        """Note every statement and every end of a transaction from now on."""
        event.listen(engine, "before_cursor_execute", self._ran)
        event.listen(engine, "commit", lambda _connection: self.steps.append(lambda plain, _client: plain.commit()))
        event.listen(engine, "rollback", lambda _connection: self.steps.append(lambda plain, _client: plain.rollback()))

    def _ran(self, _connection: object, _cursor: object, statement: Any, parameters: Any, *_rest: object) -> None:
        self.steps.append(lambda plain, _client: run(plain, statement, parameters))


def run(plain: psycopg.Connection, statement: Any, parameters: Any) -> None:
    """Run one statement and read what it returns."""
    cursor = plain.execute(statement, parameters)
    if cursor.description:
        cursor.fetchall()


def call(client: Client, text: OutgoingText) -> None:
    """Hand over one text as the official SDK's own example does, with every argument that we pass."""
    client.messages.create(
        to=text.to,
        messaging_service_sid=SERVICE,
        body=text.body,
        status_callback=f"{text.status_callback}#rc=5&rp=all",
        validity_period=text.validity_seconds,
        smart_encoded=True,
    )


def bare_client(stage: Stage) -> Client:
    """Return the official client as it comes, at the stand-in's address."""
    client = Client(ACCOUNT, TOKEN)
    client.api.base_url = f"http://127.0.0.1:{stage.stand_in_port}"
    client.http_client.session.trust_env = False
    return client


def opened(stage: Stage) -> tuple[Runtime, Engine]:
    """Return the runtime that a worker has, with a pace that never makes it wait, and its engine."""
    os.environ.update(stage.environment)
    os.environ.update(
        CLINIC_MESSAGES_PER_SECOND=UNLIMITED, CLINIC_SENDING_LEASE_SECONDS="60", CLINIC_SENDING_TIMEOUT_SECONDS="10"
    )
    app = create_app(load())
    return app.extensions["clinic"], app.extensions["clinic.sessions"].kw["bind"]


def send(runtime: Runtime) -> None:
    """Send everything that is due, as the worker's task does."""
    jobs.send_all_due(runtime, GUARDS, seconds=600)


def recorded(stage: Stage, runtime: Runtime, engine: Engine) -> Recorder:
    """Send everything once and return what was said to the database and the provider."""
    gateway = runtime.texting.gateway
    assert gateway is not None
    recorder = Recorder(gateway)
    reminders.due_again(stage)
    recorder.listen(engine)
    send(replace(runtime, texting=replace(runtime.texting, gateway=recorder)))  # type: ignore[arg-type]
    return recorder


def rate(stage: Stage, task: Callable[[], object], *, count: int, writes: bool = True) -> float:
    """Return how many texts a second the task sends, after making all of them due again."""
    reminders.due_again(stage)
    begun = time.perf_counter()
    task()
    spent = time.perf_counter() - begun
    sent = reminders.accepted(stage) if writes else len(stage.sent())
    assert sent == count, f"{sent} of {count} texts were sent"
    return count / spent


def compare(stage: Stage, *, count: int, rounds: int) -> None:
    """Run the three loops in turn, several times, and print the best of each."""
    steps, texts = one_recording(stage)
    runtime, _ = opened(stage)
    client = bare_client(stage)
    with psycopg.connect(stage.database.app_url.replace("+psycopg", "")) as plain:
        plain.execute("set timezone to 'UTC'")
        plain.commit()
        ways: dict[str, Callable[[], float]] = {
            "jobs": lambda: rate(stage, lambda: send(runtime), count=count),
            "hand": lambda: rate(stage, lambda: [step(plain, client) for step in steps], count=count),
            "bare": lambda: rate(stage, lambda: [call(client, text) for text in texts], count=count, writes=False),
        }
        found = [{name: way() for name, way in ways.items()} for _ in range(rounds)]
    best = {name: max(one[name] for one in found) for name in ways}
    report(best, count=count, statements=len(steps) / count)


def one_recording(stage: Stage) -> tuple[list[Step], list[OutgoingText]]:
    """Record with an application of its own, so that nothing listens while times are taken."""
    runtime, engine = opened(stage)
    recorder = recorded(stage, runtime, engine)
    engine.dispose()
    return recorder.steps, recorder.texts


def report(best: dict[str, float], *, count: int, statements: float) -> None:
    ground.say(f"Claim to accepted, {count} reminders, one thread, {statements:.1f} steps a text; {ground.load()}")
    ground.say(
        "| worker's jobs | bare SDK and the same SQL by hand | bare SDK alone | jobs to by hand | jobs to bare |"
    )
    ground.say("|---|---|---|---|---|")
    ground.say(
        f"| {best['jobs']:.0f}/s | {best['hand']:.0f}/s | {best['bare']:.0f}/s "
        f"| **{best['jobs'] / best['hand']:.2f}** | {best['jobs'] / best['bare']:.2f} |"
    )


def main() -> None:
    """Build the stage and compare; `--short` sends fewer texts."""
    is_short = "--short" in sys.argv
    count, rounds = (TEXTS_SHORT, ROUNDS_SHORT) if is_short else (TEXTS, ROUNDS)
    with (
        tempfile.TemporaryDirectory(prefix="clinic-bench-") as folder,
        staged(Path(folder), faults="", speed=SPEED) as stage,
    ):
        reminders.book(stage, count=count)
        compare(stage, count=count, rounds=rounds)


if __name__ == "__main__":
    sys.exit(main())
