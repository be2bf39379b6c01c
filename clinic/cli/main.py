"""The `clinic` command group; a refusal is one line and exit status 1."""

import importlib
import sys
from typing import cast

import click
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from clinic.kernel.crypto import BadKeyRing
from clinic.kernel.errors import DomainError
from clinic.settings import Misconfigured

_HELP = {
    "audit": "Check that nobody changed the history.",
    "doctor": "Look at everything this clinic needs and say what to do.",
    "import": "Take patients in from a file.",
    "migrate": "Bring the database to the newest schema.",
    "reset": "Throw the local demo clinic away.",
    "seed": "Load the demo clinic.",
    "simulate": "Play a clinic of so many patients over months.",
    "staff": "Invite people who work here.",
    "up": "Run the clinic on this machine.",
}
_MODULES = {"import": "importing"}  # a word of the language cannot name a module


class _LazyCommands(click.Group):
    """Imports a command when it is called, so that `clinic up` does not wait for what it does not use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Return the names in the order of the help page."""
        return sorted(_HELP)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        """Return the command `name` of the module `clinic.cli.name`."""
        if cmd_name not in _HELP:
            return None
        name = _MODULES.get(cmd_name, cmd_name)
        return cast("click.Command", getattr(importlib.import_module(f"clinic.cli.{name}"), name))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's signature
        """Write the list of commands without importing one of them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(_HELP.items()))


@click.group(cls=_LazyCommands)
@click.version_option(package_name="home-clinic", message="%(version)s")
def clinic() -> None:
    """Operate the clinic."""


def main() -> None:
    """Run the command; whatever is refused comes out as one line on standard error."""
    try:
        clinic()
    except (DomainError, Misconfigured, BadKeyRing) as refusal:
        _refuse(str(refusal))
    except OperationalError as error:
        _refuse(f"The database does not answer: {str(error.orig).strip().splitlines()[0]}")
    except ValidationError as error:
        _refuse("; ".join(str(problem["msg"]) for problem in error.errors(include_input=False)))
    except PermissionError as error:
        _refuse(f"{error.filename} belongs to another user: {error.strerror}.")


def _refuse(sentence: str) -> None:
    click.echo(sentence, err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
