"""The stand-in's backstage over HTTP: what it got, and what is to go wrong next."""

from http import HTTPStatus

from flask import Flask, Response, abort, jsonify, request

from clinic.gateways.email.stand_in.server import is_right_password
from clinic.gateways.email.stand_in.store import Store


def backstage(store: Store, *, user: str, password: str) -> Flask:
    """Return the application; every request carries the user and password of the mail account."""
    app = Flask("mail-stand-in")

    @app.before_request
    def _let_in() -> None:
        given = request.authorization
        if given is None or given.username != user or not is_right_password(given.password, password):
            abort(HTTPStatus.UNAUTHORIZED)

    @app.get("/_mail/mails")
    def _mails() -> Response:
        limit, number = request.args.get("limit", 1, int), request.args.get("number", None, int)
        return jsonify(store.shown(limit=limit, number=number))

    @app.post("/_mail/remember")
    def _remember() -> tuple[str, int]:
        for mail in (request.get_json() or {}).get("mails", []):
            store.take(mail.encode())
        return "", HTTPStatus.NO_CONTENT

    @app.post("/_mail/faults")
    def _faults() -> tuple[str, int]:
        try:
            store.plan_faults(request.get_json()["next"])
        except ValueError:
            abort(HTTPStatus.BAD_REQUEST)
        return "", HTTPStatus.NO_CONTENT

    return app
