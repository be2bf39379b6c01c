"""The runtime of this process, built at the first use and never carried over a fork."""

from flask import Flask
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from clinic.app import opened
from clinic.runtime import Runtime

_apps: list[Flask] = []


def runtime() -> Runtime:
    """Return the runtime that the environment describes."""
    if not _apps:
        _apps.append(opened())
    found: Runtime = _apps[0].extensions["clinic"]
    return found


def forget_runtime() -> None:
    """Drop what was inherited by a fork without closing the parent's connections."""
    while _apps:
        sessions: sessionmaker[Session] = _apps.pop().extensions["clinic.sessions"]
        engine = sessions.kw.get("bind")
        if isinstance(engine, Engine):
            engine.dispose(close=False)
