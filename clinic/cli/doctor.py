"""`clinic doctor`: looks at everything the clinic needs; one line each, with a remedy."""

import sys
from collections.abc import Iterator

import click
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from clinic.cli.checks.database import check_database, unreachable
from clinic.cli.checks.finding import Finding, Level
from clinic.cli.checks.machine import (
    check_disk,
    check_instruments,
    check_links,
    check_python,
    check_settings,
    check_texting,
)
from clinic.cli.checks.processes import check_heartbeats, check_redis
from clinic.kernel.clock import utc_now
from clinic.settings import Settings

_COLORS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


@click.command()
def doctor() -> None:
    """Look at everything this clinic needs and say what to do; exit status 1 when something does not work."""
    has_failed = False
    for finding in findings():
        _show(finding)
        has_failed = has_failed or finding.level is Level.FAIL
    sys.exit(int(has_failed))


def findings() -> Iterator[Finding]:
    """Yield the lines of the report; what needs settings or a database is left out while there are none."""
    yield check_python()
    yield check_disk()
    yield check_instruments()
    finding, settings = check_settings()
    yield finding
    if settings is not None:
        yield check_links(settings)
        yield from check_texting(settings)
        yield check_redis(settings)
        yield from _of_database(settings)


def _of_database(settings: Settings) -> Iterator[Finding]:
    engine = create_engine(settings.database_url, connect_args={"connect_timeout": 3})
    try:
        with engine.connect() as connection:
            report = list(check_database(connection, settings, now=utc_now()))
            yield from report
            if all(finding.level is not Level.FAIL for finding in report):
                yield from check_heartbeats(connection, now=utc_now())
    except SQLAlchemyError as error:
        yield unreachable(settings, type(error).__name__)
    finally:
        engine.dispose()


def _show(finding: Finding) -> None:
    level = click.style(f"{finding.level.value:<4}", fg=_COLORS[finding.level])
    remedy = f" -> {finding.remedy}" if finding.remedy else ""
    click.echo(f"{level}  {finding.what:<12} {finding.said}{remedy}")
