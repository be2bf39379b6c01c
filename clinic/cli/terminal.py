"""What `clinic up` says while it works: each step with its seconds, and never more than 5 s of silence."""

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence

import click
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

_SILENCE_SECONDS = 4
_COLORS = ("cyan", "green", "yellow", "magenta", "blue")

SignIn = tuple[str, str, str]


@contextlib.contextmanager
def step(sentence: str) -> Iterator[None]:
    """Say how long a step took, and every few seconds before that that it still goes on."""
    began, done = time.monotonic(), threading.Event()
    patience = threading.Thread(target=_reassure, args=(sentence, done, began), daemon=True)
    patience.start()
    try:
        yield
    finally:
        done.set()
        patience.join()
    click.echo(f"  {sentence}: {time.monotonic() - began:.1f} s")


def _reassure(sentence: str, done: threading.Event, began: float) -> None:
    while not done.wait(_SILENCE_SECONDS):
        click.echo(f"  {sentence}: still at it after {time.monotonic() - began:.0f} s")


def prefix(name: str, order: int) -> str:
    """Return the colored first column of a process's log lines."""
    return click.style(f"{name:<8} | ", fg=_COLORS[order % len(_COLORS)])


def welcome(address: str, sign_ins: Sequence[SignIn]) -> None:
    """Show where the clinic is and who may sign in."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("Role", "E-mail", "Password"):
        table.add_column(column, no_wrap=True)
    for sign_in in sign_ins:
        table.add_row(*sign_in)
    console = Console(width=max(80, Console().width))
    console.print()
    console.print(Panel.fit(table, title=f"The clinic is open: {address}", subtitle="Ctrl-C stops it", padding=(1, 3)))
