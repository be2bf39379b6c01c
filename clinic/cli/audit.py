"""`clinic audit`: proves that nobody edited, removed or cut off a row of the history."""

import click

from clinic.audit.queries import verify as verification
from clinic.audit.rules import Anchor
from clinic.cli.application import opened_runtime
from clinic.kernel.actor import system


class _AnchorType(click.ParamType[Anchor]):
    """A head that an earlier check printed: `number:hash`."""

    name = "number:hash"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Anchor:
        """Read it, or say what one looks like."""
        number, _, digest = value.partition(":")
        try:
            return Anchor(int(number), bytes.fromhex(digest))
        except ValueError:
            self.fail("an anchor looks like 120:9f86d0..., as an earlier check printed it", param, ctx)


@click.group()
def audit() -> None:
    """Check the history."""


@audit.command()
@click.option("--anchor", type=_AnchorType(), help="A head noted earlier: proves that nothing was cut off since.")
def verify(*, anchor: Anchor | None) -> None:
    """Check every row of the chain; print how many, and the head to note outside the database."""
    with opened_runtime() as runtime, runtime.begin(by=system("clinic command")) as session:
        found = verification(session, anchor=anchor)
    if found.broken_at is not None:
        raise click.ClickException(f"The history is broken at number {found.broken_at}; {found.rows} rows were read.")
    click.echo(f"{found.rows} rows verified.")
    if found.head_hash is not None:
        click.echo(f"Note this outside the database: {found.head_seq}:{found.head_hash.hex()}")
