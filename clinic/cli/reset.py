"""`clinic reset`: throws the local demo clinic away, so that the next start makes a fresh one."""

import os
import shutil

import click

from clinic.cli.up import RUN_DIRECTORY, locked


@click.command()
def reset() -> None:
    """Throw the local demo clinic away; a database named by DATABASE_URL is never touched."""
    if "DATABASE_URL" in os.environ:
        raise click.ClickException("DATABASE_URL is set, and only the local demo can be thrown away. Unset it first.")
    with locked(RUN_DIRECTORY):
        for entry in RUN_DIRECTORY.iterdir():
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
    click.echo("The demo clinic is gone. The next `make run` makes a fresh one.")
