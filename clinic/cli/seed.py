"""`clinic seed`: the demo clinic, played through the product's own actions up to this minute."""

import click

from clinic.access import queries as access
from clinic.cli.application import opened_runtime
from clinic.cli.demo import staff
from clinic.cli.demo.loading import load
from clinic.gateways.email.mailbox import MailboxAway
from clinic.gateways.payments.backstage import BackstageAway
from clinic.gateways.payments.bank.vault import Thing
from clinic.gateways.sms.simulator import PastText, SimulatorAway
from clinic.kernel.actor import system
from clinic.people import queries as people
from clinic.runtime import Runtime

DEMO_SIGN_INS: list[tuple[str, str, str]] = [(role, email, password) for role, email, password in staff.SIGN_INS]
"""Role, e-mail and password of one person of each role."""

_MOST_MAILS = 200
_READER = system("clinic command")


@click.command()
@click.option("--demo", is_flag=True, help="Load the demo clinic (there is nothing else to load yet).")
@click.option("--if-empty", is_flag=True, help="Do nothing where somebody works or is treated already.")
@click.option("--seed", default=1, show_default=True, help="Another number gives other people and another story.")
def seed(*, demo: bool, if_empty: bool, seed: int) -> None:  # noqa: ARG001 - says what is loaded, for the reader
    """Load the demo clinic: invented staff and patients, with eight weeks of visits around today."""
    with opened_runtime() as runtime:
        if runtime.is_production:
            raise click.ClickException("This is a real clinic (CLINIC_ENVIRONMENT=production); nothing was loaded.")
        if is_empty(runtime):
            loaded = load(runtime, seed=seed)
            click.echo(f"    {loaded.staff} staff, {loaded.patients} patients, {len(loaded.texts)} texts")
            show_on_phones(runtime, loaded.texts)
            show_in_mailbox(runtime, loaded.mails)
            hand_to_bank(runtime, loaded.money)
        elif not if_empty:
            raise click.ClickException("The database is not empty. `make demo-reset` throws the local demo away.")


def is_empty(runtime: Runtime) -> bool:
    """Tell whether nobody works or is treated here yet."""
    with runtime.begin(by=_READER) as session:
        return not access.staff(session) and people.count_patients(session) == 0


def show_on_phones(runtime: Runtime, texts: tuple[PastText, ...]) -> None:
    """Give the phones of the simulator their past; without a stand-in they stay empty."""
    if runtime.simulator is None:
        return
    try:
        runtime.simulator.remember(texts)
    except SimulatorAway:
        click.echo("    The stand-in for the phone company does not run, so the demo phones show no older texts.")


def show_in_mailbox(runtime: Runtime, mails: tuple[bytes, ...]) -> None:
    """Give the stand-in mail server the latest mails of the past; without one there is no page to show them."""
    if runtime.mailbox is None:
        return
    try:
        runtime.mailbox.remember(list(mails[-_MOST_MAILS:]))
    except MailboxAway:
        click.echo("    The stand-in mail server does not run, so the demo mailbox shows no older e-mails.")


def hand_to_bank(runtime: Runtime, money: tuple[Thing, ...]) -> None:
    """Give the stand-in for the payment gateway the cards and payments of the past."""
    if runtime.charging.backstage is None:
        return
    try:
        runtime.charging.backstage.remember(money)
    except BackstageAway:
        click.echo("    The stand-in for the payment gateway does not run, so the demo's cards are not known there.")
