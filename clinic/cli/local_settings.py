"""The settings of a clinic on one's own machine: random secrets made once, everything else from the environment."""

import base64
import os
import secrets
from pathlib import Path

import click

from clinic.embedded import keeping

_PROVIDER = ("CLINIC_TWILIO_ACCOUNT_SID", "CLINIC_TWILIO_AUTH_TOKEN", "CLINIC_TWILIO_MESSAGING_SERVICE_SID")


MAIL_USER, MAIL_PASSWORD = "clinic", "CLINIC_MAIL_STAND_IN_PASSWORD"
"""Who may send through the stand-in mail server, and the variable that its password stands in."""

PAYMENT_KEY, PAYMENT_SECRET = "CLINIC_PAYMENT_STAND_IN_KEY", "CLINIC_PAYMENT_STAND_IN_SECRET"
"""The variables in which the key of the stand-in for the payment gateway stands, and the secret of its webhooks."""


def _key() -> str:
    return "k1:" + base64.b64encode(secrets.token_bytes(32)).decode()


def _fresh() -> dict[str, str]:
    """Return new secrets; the provider's have the provider's form, so that its own SDK accepts them."""
    return {
        "CLINIC_SECRET_KEY": secrets.token_hex(32),
        "CLINIC_ENCRYPTION_KEYS": _key(),
        "CLINIC_LINK_KEYS": _key(),
        "CLINIC_TWILIO_ACCOUNT_SID": "AC" + secrets.token_hex(16),
        "CLINIC_TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "CLINIC_TWILIO_MESSAGING_SERVICE_SID": "MG" + secrets.token_hex(16),
        MAIL_PASSWORD: secrets.token_hex(16),
        PAYMENT_KEY: "sk_test_" + secrets.token_hex(16),
        PAYMENT_SECRET: "whsec_" + secrets.token_hex(16),
    }


def kept_secrets(directory: Path) -> dict[str, str]:
    """Return the secrets of this directory, made at the first start and kept in `secrets.json` (0600)."""
    file = directory / "secrets.json"
    kept = _fresh() | keeping.remembered(file)
    keeping.keep(file, kept)
    return kept


def choose_port(directory: Path) -> int:
    """Return `PORT` if it is set, else the port of last time, else 8000 or the next one that is free."""
    file = directory / "web.json"
    kept = int(keeping.remembered(file).get("port", 0))
    if asked := os.environ.get("PORT"):
        if not asked.isdecimal() or keeping.free_port(int(asked)) != int(asked):
            raise click.ClickException(f"PORT={asked} is not free. Stop what uses it, or choose another one.")
        keeping.keep(file, {"port": str(kept), "running": asked})
        return int(asked)
    port: int = next(port for port in (kept, *range(8000, 9000)) if _is_free(port))
    keeping.keep(file, {"port": str(port), "running": str(port)})
    return port


def port_in_use(directory: Path) -> str:
    """Return the port on which the clinic of this directory was opened last."""
    return keeping.remembered(directory / "web.json").get("running", "8000")


def _is_free(port: int) -> bool:
    return port > 0 and keeping.free_port(port) == port


def environment(directory: Path, *, port: int) -> dict[str, str]:
    """Return the environment of the clinic's processes; whatever the person set herself wins."""
    demo = {
        "CLINIC_ENVIRONMENT": "demo",
        "CLINIC_CLINIC_NAME": "Demo Home Clinic",
        "CLINIC_LOG_LEVEL": "WARNING",
        "CLINIC_PUBLIC_BASE_URL": f"http://localhost:{port}",
        "CLINIC_TRUSTED_HOSTS": "localhost,127.0.0.1",
        "CLINIC_DEMO_SKIP_SECOND_FACTOR": "true",
        "CLINIC_CARRIER_CHANNEL": "sandbox",
        "HOST": keeping.LOOPBACK,
        "PORT": str(port),
    }
    settings = demo | kept_secrets(directory) | dict(os.environ) | {"PORT": str(port)}
    return settings if needs_stand_in(settings) else _without_invented_provider(settings)


def _without_invented_provider(settings: dict[str, str]) -> dict[str, str]:
    """Leave out our made-up account where texts would reach the real provider with it."""
    if "CLINIC_TWILIO_BASE_URL" in os.environ:
        return settings
    return {name: value for name, value in settings.items() if name in os.environ or name not in _PROVIDER}


def needs_stand_in(settings: dict[str, str]) -> bool:
    """Tell whether texts go to the stand-in: in a demo for which nobody named a provider."""
    is_demo = settings["CLINIC_ENVIRONMENT"] == "demo"
    return is_demo and not ({"CLINIC_TWILIO_BASE_URL", "CLINIC_TWILIO_ACCOUNT_SID"} & set(os.environ))


def needs_mail_stand_in(settings: dict[str, str]) -> bool:
    """Tell whether e-mails go to the stand-in: in a demo for which nobody named a mail server."""
    return settings["CLINIC_ENVIRONMENT"] == "demo" and "CLINIC_SMTP_URL" not in os.environ


def needs_payment_stand_in(settings: dict[str, str]) -> bool:
    """Tell whether money is moved by the stand-in: in a demo for which nobody named a gateway."""
    is_demo = settings["CLINIC_ENVIRONMENT"] == "demo"
    return is_demo and not ({"CLINIC_STRIPE_BASE_URL", "CLINIC_STRIPE_API_KEY"} & set(os.environ))
