"""Puts the published operations and the backstage behind one password."""

import hmac

from flask import Flask, Response, request

from clinic.gateways.sms.stand_in.api import messages_api, refusal
from clinic.gateways.sms.stand_in.backstage import backstage
from clinic.gateways.sms.stand_in.control import control
from clinic.gateways.sms.stand_in.provider import Provider


def create_app(provider: Provider) -> Flask:
    """Return the WSGI application of one provider."""
    app = Flask(__name__, static_folder=None)
    app.before_request(lambda: _stranger(provider))
    app.register_error_handler(404, lambda _error: refusal(20404))
    app.register_blueprint(messages_api(provider))
    app.register_blueprint(backstage(provider))
    app.register_blueprint(control(provider))
    app.after_request(lambda answer: _dated(answer, provider))
    return app


def _stranger(provider: Provider) -> Response | None:
    given = request.authorization
    account, token = (given.username or "", given.password or "") if given else ("", "")
    known = _same(account, provider.setup.account_sid) & _same(token, provider.setup.auth_token)
    return None if known else refusal(20003)


def _dated(answer: Response, provider: Provider) -> Response:
    """Date every answer by the provider's own clock, as a server with a clock has to."""
    answer.date = provider.now()
    return answer


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
