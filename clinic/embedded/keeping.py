"""What a local server must remember between starts: its port and its passwords, in a file only we may read."""

import json
import os
import secrets
import socket
from pathlib import Path
from typing import cast

LOOPBACK = "127.0.0.1"


def new_password() -> str:
    """Return a random password that is safe inside a URL without escaping."""
    return secrets.token_hex(24)


def remembered(path: Path) -> dict[str, str]:
    """Return what was kept, or nothing when this is the first start."""
    return cast("dict[str, str]", json.loads(path.read_text())) if path.exists() else {}


def keep(path: Path, values: dict[str, str]) -> None:
    """Write the values so that a reader sees the old file or the new one, never a part."""
    draft = path.with_name(path.name + ".draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(values, file, indent=1)
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)


def free_port(preferred: int = 0) -> int:
    """Return the preferred port if nobody listens on it, else one that the system proposes."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, preferred))
        except OSError:
            probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
