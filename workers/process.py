"""The runtime of this process, built at the first use and never carried over a fork."""

import threading

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from clinic.app import opened
from clinic.runtime import Runtime

_apps: list[Flask] = []
_building = [threading.Lock()]


def runtime() -> Runtime:
    """Return the runtime that the environment describes; threads that ask at once build it once."""
    with _building[0]:
        if not _apps:
            _apps.append(opened())
    found: Runtime = _apps[0].extensions["clinic"]
    return found


def forget_runtime() -> None:
    """Drop what was inherited by a fork without closing the parent's connections."""
    _building[0] = threading.Lock()  # A thread of the parent may have held the old one at the fork.
    while _apps:
        sessions: sessionmaker[Session] = _apps.pop().extensions["clinic.sessions"]
        engine = sessions.kw.get("bind")
        if isinstance(engine, Engine):
            engine.dispose(close=False)
