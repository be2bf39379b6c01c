"""Our own files: addresses that carry a hash of the content, so that browsers may keep them for ever."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Request

FOLDER = Path(__file__).parent.parent / "static"
PREFIX = "/static"
ENDPOINT = "frame.static"


def static_url(name: str) -> str:
    """Return the address of a file in `clinic/web/static`; needs no request, so that error pages can use it."""
    return f"{PREFIX}/{name}?v={_stamp(name)}"


def is_static(endpoint: str | None) -> bool:
    """Tell whether an endpoint serves our own files."""
    return endpoint in {ENDPOINT, "static"}


def is_stamped(request: Request) -> bool:
    """Tell whether the address carries the hash of the file as it is now."""
    name = str((request.view_args or {}).get("filename", ""))
    return (FOLDER / name).is_file() and request.args.get("v") == _stamp(name)


@cache
def _stamp(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
