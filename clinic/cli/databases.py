"""Which database the commands work on, read from the environment without needing any other setting."""

import os
from io import StringIO
from pathlib import Path

from alembic.config import Config
from sqlalchemy import make_url

import clinic
from clinic.settings import Misconfigured


def psycopg_url(url: str) -> str:
    """Return the address with the driver's name, whatever form the platform gave it."""
    _, separator, rest = url.partition("://")
    if not separator:
        raise Misconfigured("DATABASE_URL must start with postgresql://")
    return f"postgresql+psycopg://{rest}"


def owner_url() -> str:
    """Return the address that migrations use: the owner's if it is set, else the application's."""
    url = os.environ.get("CLINIC_OWNER_DATABASE_URL") or os.environ.get("DATABASE_URL")
    if not url:
        raise Misconfigured("DATABASE_URL is not set")
    return psycopg_url(url)


def app_role() -> str:
    """Return the role of `DATABASE_URL` when migrations run as another, else nothing."""
    url = os.environ.get("DATABASE_URL")
    role = make_url(psycopg_url(url)).username if url else None
    return role if role and role != make_url(owner_url()).username else ""


def alembic_config(url: str, *, role: str = "") -> Config:
    """Return Alembic's configuration, itself silent, for the migrations of the checkout or the installed package."""
    config = Config(stdout=StringIO())
    config.set_main_option("script_location", str(migrations_folder()))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    config.set_main_option("app_role", role)
    return config


def migrations_folder() -> Path:
    """Return where the migrations lie: inside the installed package, else beside it in the checkout."""
    package = Path(clinic.__file__).parent
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parent / "migrations"
