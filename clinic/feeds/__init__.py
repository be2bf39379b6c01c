"""What calendar programs fetch by a private address."""

from flask import Flask

from clinic.feeds.calendar import blueprint

__all__ = ["blueprint", "register"]


def register(app: Flask) -> None:
    """Add the feeds to the application."""
    app.register_blueprint(blueprint)
