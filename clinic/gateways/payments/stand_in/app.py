"""Puts the published operations and the backstage behind one key, and the pages for people before it."""

import hmac
from http import HTTPStatus

from flask import Flask, Response, request

from clinic.gateways.payments.stand_in.api import refusal, stripe_api
from clinic.gateways.payments.stand_in.backstage import backstage
from clinic.gateways.payments.stand_in.pages import pages
from clinic.gateways.payments.stand_in.provider import Provider


def create_app(provider: Provider) -> Flask:
    """Return the WSGI application of one provider."""
    app = Flask(__name__, static_folder=None)
    app.before_request(lambda: _stranger(provider))
    app.register_error_handler(404, lambda _error: refusal(HTTPStatus.NOT_FOUND, "Unrecognized request URL."))
    for blueprint in (stripe_api(provider), backstage(provider), pages(provider)):
        app.register_blueprint(blueprint)
    return app


def _stranger(provider: Provider) -> Response | None:
    """Refuse whoever has the key neither as a bearer's token nor as a user, but for the pages for people."""
    if request.blueprint == "pages":
        return None
    given = request.authorization
    key = (given.token or given.username or "") if given else ""
    if hmac.compare_digest(key.encode(), provider.setup.api_key.encode()):
        return None
    return refusal(HTTPStatus.UNAUTHORIZED, "Invalid API Key provided.")
