"""Puts the published operations and the backstage behind one key."""

import hmac
from http import HTTPStatus

from flask import Flask, Response, request

from clinic.gateways.carriers.stand_in.api import refusal, trackers_api
from clinic.gateways.carriers.stand_in.backstage import backstage
from clinic.gateways.carriers.stand_in.provider import Provider


def create_app(provider: Provider) -> Flask:
    """Return the WSGI application of one provider."""
    app = Flask(__name__, static_folder=None)
    app.before_request(lambda: _stranger(provider))
    app.register_error_handler(
        404, lambda _error: refusal(HTTPStatus.NOT_FOUND, "NOT_FOUND", "The requested resource could not be found.")
    )
    app.register_blueprint(trackers_api(provider))
    app.register_blueprint(backstage(provider))
    return app


def _stranger(provider: Provider) -> Response | None:
    """Refuse whoever has the key neither as a bearer's token nor as a user without password."""
    given = request.authorization
    key = (given.token or given.username or "") if given else ""
    if hmac.compare_digest(key.encode(), provider.setup.api_key.encode()):
        return None
    return refusal(HTTPStatus.UNAUTHORIZED, "APIKEY.INACTIVE", "This api key is no longer active.")
