"""`clinic staff`: the first account of a clinic is invited from here, all others from the pages."""

import click

from clinic.access.actions import invite_staff
from clinic.cli.application import opened_runtime
from clinic.kernel.actor import Role, system

_ROLES = click.Choice([role.value for role in Role])
_INVITATION = "{base}/invitation/{token}"


@click.group()
def staff() -> None:
    """Invite people who work here."""


@staff.command()
@click.option("--email", required=True, help="Where the person reads mail; she signs in with it.")
@click.option("--name", required=True, help="As colleagues know her.")
@click.option("--role", "roles", required=True, multiple=True, type=_ROLES, help="May be given twice.")
def add(*, email: str, name: str, roles: tuple[str, ...]) -> None:
    """Invite a person and print the link with which she chooses her password."""
    with opened_runtime() as runtime, runtime.begin(by=system("clinic command")) as session:
        account, token = invite_staff(
            session,
            email=email,
            full_name=name,
            roles=[Role(role) for role in roles],
            by=system("clinic command"),
            now=runtime.clock(),
        )
    link = _INVITATION.format(base=runtime.clinic.public_base_url, token=token)
    click.echo(f"{account.full_name} may sign in after opening this link, which works once:\n{link}")
