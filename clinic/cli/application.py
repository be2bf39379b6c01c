"""The application as commands need it: the same parts as the web process, without serving pages."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import Engine

from clinic.app import create_app
from clinic.runtime import Runtime
from clinic.settings import load


@contextmanager
def opened_runtime() -> Iterator[Runtime]:
    """Give the transaction opener, clock and facts that the environment describes, and close their connections."""
    app = create_app(load())
    try:
        yield runtime_in(app)
    finally:
        engine = app.extensions["clinic.sessions"].kw["bind"]
        assert isinstance(engine, Engine)
        engine.dispose()


def open_runtime() -> Runtime:
    """Return the runtime for a command that uses it to the end of the process."""
    return runtime_in(create_app(load()))


def runtime_in(app: Flask) -> Runtime:
    """Return what the application hands to interfaces and jobs."""
    runtime = app.extensions["clinic"]
    assert isinstance(runtime, Runtime)
    return runtime
