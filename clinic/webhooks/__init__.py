"""What providers tell the clinic: verified by signature, then exactly one action."""

from flask import Flask

from clinic.webhooks import carriers, payments, twilio


def register(app: Flask) -> None:
    """Add the webhooks to the application."""
    app.register_blueprint(carriers.blueprint)
    app.register_blueprint(payments.blueprint)
    app.register_blueprint(twilio.blueprint)
