"""Tasks: they carry no data, and only look."""

from workers import work
from workers.celery import task
from workers.process import runtime

SECONDS = 25.0
"""How long one task starts calls before it lets others have the worker; with the last call below the soft limit."""


@task("clinic.send_texts")
def send_texts() -> None:
    """Send the texts that are due."""
    work.send(runtime(), seconds=SECONDS)


@task("clinic.run_outbox")
def run_outbox() -> None:
    """React to facts."""
    work.react(runtime())


@task("clinic.move_money")
def move_money() -> None:
    """Take attempts to collect, refunds and cards to the gateway."""
    work.move_money(runtime(), seconds=SECONDS)


@task("clinic.sweep")
def sweep() -> None:
    """Free what dead workers held, and look up what stayed unclear."""
    work.sweep(runtime())


@task("clinic.work_on_imports")
def work_on_imports() -> None:
    """Check or take in files of patients that wait."""
    work.imports(runtime(), seconds=SECONDS)


@task("clinic.beat_seen")
def beat_seen() -> None:
    """Note that beat asked and a worker heard it."""
    work.seen(runtime(), "beat")
