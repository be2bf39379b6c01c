"""`clinic simulate`: plays a clinic over months in a database of its own, and reports what it could hold."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import click
from click.core import ParameterSource
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from clinic.kernel.clock import utc_now
from clinic.simulation import crowd
from clinic.simulation.conclusion import conclude
from clinic.simulation.keeping import Folder, Wish, held
from clinic.simulation.lasting import conclude_kept, play, stopping
from clinic.simulation.opening import Size
from clinic.simulation.report import PAGE, Outcome, write
from clinic.simulation.running import Simulation
from clinic.simulation.scratch import scratch_clinic
from clinic.simulation.summary import sentence_of


@click.command()
@click.option(
    "--patients", type=click.IntRange(1, crowd.MOST_PATIENTS), default=60, show_default=True, help="Who come."
)
@click.option(
    "--physicians",
    type=click.IntRange(1, crowd.MOST_PHYSICIANS),
    default=2,
    show_default=True,
    help="32 hours a week each.",
)
@click.option("--months", type=click.IntRange(1, 36), default=6, show_default=True, help="How long.")
@click.option("--seed", default=1, show_default=True, help="The same number gives the same simulation.")
@click.option(
    "--from", "first_day", type=click.DateTime(["%Y-%m-%d"]), help="The first day; the next Monday if left out."
)
@click.option("--report", type=click.Path(file_okay=False, path_type=Path), help="Folder for the page and the figures.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of your own in which the run lives: Ctrl-C stops it, the same command goes on.",
)
@click.option("--database", help="An empty database to use; a throw-away one if left out. DATABASE_URL is never used.")
def simulate(
    *,
    first_day: datetime | None,
    report: Path | None,
    keep: Path | None,
    database: str | None,
    **sizes: int,
) -> None:
    """Play a clinic forward, and say whether it holds; exit status 1 if a rule of the product was broken."""
    wish = Wish(first_day=first_day.date() if first_day else _next_monday(utc_now().date()), **sizes)
    if keep is None:
        with scratch_clinic(database) as runtime:
            _tell(run(Simulation(runtime, wish.size)), report)
    elif database is not None:
        raise click.UsageError("--keep has a database of its own in its folder: leave out --database.")
    else:
        named = {name: getattr(wish, name) for name in (*sizes, "first_day") if _is_named(name)}
        with held(keep, wish, named=named) as folder:
            go_on(folder, report)


def _is_named(name: str) -> bool:
    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE


def go_on(folder: Folder, report: Path | None) -> None:
    """Play what is kept in a folder until it is over or somebody stops it, and say what came of it and how to go on."""
    kept = folder.simulation
    if kept is not None:
        click.echo("It was played to its end." if kept.is_over else f"Going on with {kept.day}.", err=True)
    simulation = kept if kept is not None and kept.is_over else _play_on(folder)
    if not simulation.is_over:
        click.echo(
            f"Stopped on {simulation.day} and kept: the same command with --keep {folder.path} goes on.", err=True
        )
    if simulation.is_over or report is not None:
        _tell(conclude_kept(folder, simulation), report)


def _play_on(folder: Folder) -> Simulation:
    day = folder.simulation.day if folder.simulation is not None else folder.wish.first_day
    with _bar(folder.wish.size, day) as told, stopping() as stops:
        return play(folder, told=told, stops=stops)


def _tell(outcome: Outcome, report: Path | None) -> NoReturn:
    """Write the report, say what came of it, and end with the status that a program reads."""
    if report is not None:
        write(outcome, report)
        click.echo(f"The report is in {report / PAGE}.", err=True)
    click.echo(sentence_of(outcome.answer, outcome.size), err=True)
    for name in outcome.broken:
        click.echo(f"Broken: {outcome.rules[name].sentence} {'; '.join(outcome.rules[name].faults)}", err=True)
    click.echo(_line(outcome))
    sys.exit(1 if outcome.broken else 0)


def run(simulation: Simulation) -> Outcome:
    """Play with a bar on standard error; Ctrl-C ends it, and what was played so far counts."""
    with _bar(simulation.size, simulation.size.first_day) as told:
        try:
            simulation.run(told)
        except KeyboardInterrupt:
            click.echo("Stopped; the report is about the days so far.", err=True)
    return conclude(simulation)


@contextmanager
def _bar(size: Size, day: date) -> Iterator[Callable[[date], None]]:
    """Show a bar from a day on, of which all before it are played."""
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True)) as progress:
        days, played = (size.last_day - size.first_day).days + 1, (day - size.first_day).days
        task = progress.add_task(str(day), total=days, completed=played)
        yield lambda day: progress.update(task, advance=1, description=str(day))


def _line(outcome: Outcome) -> str:
    """Return the last line, for programs."""
    answer = outcome.answer
    return json.dumps(
        {
            "played_until": str(outcome.last_day),
            "holds": answer.holds,
            "utilization": round(answer.utilization, 4),
            "first_visit_days": answer.first_visit and round(answer.first_visit, 2),
            "first_session_days": answer.first_session and round(answer.first_session, 2),
            "late_sessions": round(answer.late, 4),
            "went_elsewhere": answer.went_elsewhere,
            "rules": len(outcome.rules),
            "broken": outcome.broken,
        },
        sort_keys=True,
    )


def _next_monday(day: date) -> date:
    return day + timedelta(days=7 - day.weekday())
