"""`clinic up`: the whole clinic on one machine, with nothing installed but Python."""

import contextlib
import fcntl
import http.client
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

import clinic
from clinic.cli import local_settings, processes, terminal
from clinic.cli.processes import Processes
from clinic.embedded import children, keeping, postgres, valkey
from clinic.embedded.errors import AlreadyRunning

RUN_DIRECTORY = Path(".run")
_SECONDS_UNTIL_OPEN = 60


@click.command()
def up() -> None:
    """Run the clinic on this machine: servers, demo data, web, worker and beat."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    with contextlib.suppress(KeyboardInterrupt), locked(RUN_DIRECTORY), contextlib.ExitStack() as ending:
        port = local_settings.choose_port(RUN_DIRECTORY)
        environment = local_settings.environment(RUN_DIRECTORY, port=port) | processes.quiet_programs()
        _serve(environment, ending)
    click.echo("The clinic is closed. Everything is saved; `make run` opens it again.")


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@contextlib.contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Hold a directory for ourselves; `AlreadyRunning` tells where the other one answers."""
    directory.mkdir(exist_ok=True)
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            port = local_settings.port_in_use(directory)
            raise AlreadyRunning(
                f"This clinic is already running, probably at http://localhost:{port}. "
                "Stop it with Ctrl-C in its window first."
            ) from None
        yield


def _serve(environment: dict[str, str], ending: contextlib.ExitStack) -> None:
    """Start everything in the order of who needs whom, then look after it until Ctrl-C."""
    click.echo("Opening the clinic:")
    _start_servers(environment, ending)
    running = Processes(environment)
    ending.callback(_say_goodbye, running)
    if local_settings.needs_stand_in(environment):
        _start_stand_in(running)
    if local_settings.needs_mail_stand_in(environment):
        _start_mail_stand_in(running)
    if local_settings.needs_payment_stand_in(environment):
        _start_payment_stand_in(running)
    with terminal.step("Bringing the database to the newest schema"):
        _run_command(running, "migrate", "--quiet")
    if environment["CLINIC_ENVIRONMENT"] == "demo":
        with terminal.step("Loading the demo clinic, if it is the first time"):
            _run_command(running, "seed", "--demo", "--if-empty")
    _start_processes(running)
    _wait_until_open(running)
    _welcome(environment)
    while True:
        running.tend()


def _say_goodbye(running: Processes) -> None:
    """End the processes; a second Ctrl-C passes while they end one after the other."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    click.echo("\nClosing the clinic:")
    running.stop()


def _start_servers(environment: dict[str, str], ending: contextlib.ExitStack) -> None:
    """Start what the environment does not name; a named server is used as it is."""
    if "DATABASE_URL" not in environment:
        with terminal.step("Starting PostgreSQL"):
            database = ending.enter_context(postgres.running(RUN_DIRECTORY))
        environment |= {"DATABASE_URL": database.app_url, "CLINIC_OWNER_DATABASE_URL": database.owner_url}
    if "REDIS_URL" not in environment:
        with terminal.step("Starting Valkey"):
            environment |= {"REDIS_URL": ending.enter_context(valkey.running(RUN_DIRECTORY)).url}


def _run_command(running: Processes, *arguments: str) -> None:
    """Run one `clinic` command to its end, its words in this terminal, while the others go on."""
    argv = [sys.executable, "-m", "clinic.cli.main", *arguments]
    child = children.start(argv, output=sys.stdout.fileno(), environment=running.environment)
    try:
        while child.poll() is None:
            running.tend()
    finally:
        children.stop(child, signal.SIGTERM, seconds=5)
    if child.returncode != 0:
        raise click.ClickException(f"`clinic {' '.join(arguments)}` did not succeed; the lines above say why.")


def _start_processes(running: Processes) -> None:
    for name, command in processes.read_procfile(_procfile()).items():
        if name != "release":
            running.start(name, processes.shell(command))


def _procfile() -> Path:
    """Return the Procfile of the checkout that this code lies in, or of the current directory."""
    beside = Path(clinic.__file__).parent.parent / "Procfile"
    if not beside.exists() and not Path("Procfile").exists():
        raise click.ClickException("There is no Procfile here. Run this in the checkout of the project.")
    return beside if beside.exists() else Path("Procfile")


def _start_stand_in(running: Processes) -> None:
    """Start the stand-in for the texting provider; it is reached over HTTP by the provider's own SDK."""
    settings, file = running.environment, RUN_DIRECTORY / "stand_in.json"
    port = keeping.free_port(int(keeping.remembered(file).get("port", 0)))
    keeping.keep(file, {"port": str(port)})
    settings["CLINIC_TWILIO_BASE_URL"] = f"http://{keeping.LOOPBACK}:{port}"
    argv = [sys.executable, "-m", "clinic.gateways.sms.stand_in", "--port", str(port)]
    argv += ["--account-sid", settings["CLINIC_TWILIO_ACCOUNT_SID"]]
    argv += ["--auth-token-env", "CLINIC_TWILIO_AUTH_TOKEN"]
    argv += ["--service-sid", settings["CLINIC_TWILIO_MESSAGING_SERVICE_SID"]]
    # Signed for the address that the clinic believes to be its own, and posted again when the web process restarts.
    base = settings["CLINIC_PUBLIC_BASE_URL"].rstrip("/")
    argv += ["--inbound-url", f"{base}/webhooks/twilio/inbound#rc=5&rp=all"]
    argv += ["--quiet", "--state", str(RUN_DIRECTORY / "phones.jsonl")]
    running.start("phone", argv)


def _start_mail_stand_in(running: Processes) -> None:
    """Start the stand-in for the mail server; it is reached over SMTP as a real one is."""
    settings, file = running.environment, RUN_DIRECTORY / "mail_stand_in.json"
    kept = keeping.remembered(file)
    port, backstage = (keeping.free_port(int(kept.get(name, 0))) for name in ("port", "backstage"))
    keeping.keep(file, {"port": str(port), "backstage": str(backstage)})
    user, password = local_settings.MAIL_USER, settings[local_settings.MAIL_PASSWORD]
    settings["CLINIC_SMTP_URL"] = f"smtp://{user}:{password}@{keeping.LOOPBACK}:{port}"
    settings["CLINIC_MAIL_STAND_IN_URL"] = f"http://{keeping.LOOPBACK}:{backstage}"
    argv = [sys.executable, "-m", "clinic.gateways.email.stand_in", "--port", str(port)]
    argv += ["--backstage-port", str(backstage), "--user", user, "--password-env", local_settings.MAIL_PASSWORD]
    argv += ["--quiet", "--state", str(RUN_DIRECTORY / "mails.jsonl")]
    running.start("mail", argv)


def _start_payment_stand_in(running: Processes) -> None:
    """Start the stand-in for the payment gateway; it is reached over HTTP by the gateway's own client."""
    settings, file = running.environment, RUN_DIRECTORY / "payment_stand_in.json"
    port = keeping.free_port(int(keeping.remembered(file).get("port", 0)))
    keeping.keep(file, {"port": str(port)})
    settings["CLINIC_STRIPE_BASE_URL"] = f"http://{keeping.LOOPBACK}:{port}"
    settings["CLINIC_STRIPE_API_KEY"] = settings[local_settings.PAYMENT_KEY]
    settings["CLINIC_STRIPE_WEBHOOK_SECRETS"] = settings[local_settings.PAYMENT_SECRET]
    argv = [sys.executable, "-m", "clinic.gateways.payments.stand_in", "--port", str(port)]
    argv += ["--api-key-env", local_settings.PAYMENT_KEY, "--webhook-secret-env", local_settings.PAYMENT_SECRET]
    argv += ["--webhook-url", f"{settings['CLINIC_PUBLIC_BASE_URL'].rstrip('/')}/webhooks/stripe/events"]
    argv += ["--quiet", "--state", str(RUN_DIRECTORY / "payments.jsonl")]
    running.start("bank", argv)


def _wait_until_open(running: Processes) -> None:
    """Pass on log lines until the web process says that it is healthy."""
    until = time.monotonic() + _SECONDS_UNTIL_OPEN
    with terminal.step("Starting web, worker and beat"):
        while not _is_healthy(running.environment["PORT"]):
            if time.monotonic() > until or running.has_given_up():
                raise click.ClickException("The web process did not become healthy; the lines above say why.")
            running.tend()


def _is_healthy(port: str) -> bool:
    """Ask without any proxy that the environment may name."""
    connection = http.client.HTTPConnection("localhost", int(port), timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _welcome(environment: dict[str, str]) -> None:
    """Show the address and, in the demo, who may sign in."""
    address = f"http://localhost:{environment['PORT']}"
    if environment["CLINIC_ENVIRONMENT"] != "demo":
        click.echo(f"The clinic is open: {address}")
        return
    from clinic.cli.seed import DEMO_SIGN_INS  # noqa: PLC0415  Only the demo needs the demo's code.

    terminal.welcome(address, DEMO_SIGN_INS)
