"""What programs fetch with a key of their own: calendars by a private address, monitoring by a token."""

from flask import Flask

from clinic.feeds import metrics
from clinic.feeds.calendar import blueprint

__all__ = ["blueprint", "register"]


def register(app: Flask) -> None:
    """Add the feeds to the application."""
    app.register_blueprint(blueprint)
    app.register_blueprint(metrics.blueprint)
