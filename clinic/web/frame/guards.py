"""Checks on every request that need no database: size, form of the body, where it comes from, hidden characters."""

from flask import Flask, current_app, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from clinic.kernel.text import clean_note
from clinic.web.frame.policy import Audience
from clinic.web.frame.requests import policy_in_force

MAX_BODY = 256 * 1024
MAX_PARTS = 200

_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_OUR_OWN = frozenset({"same-origin", "none"})
_FORM = "application/x-www-form-urlencoded"

_csrf = CSRFProtect()  # type: ignore[no-untyped-call] # Flask-WTF has no types


class CrossSite(BadRequest):
    """Another site sent this browser's request."""


def configure(app: Flask) -> None:
    """Set limits and the form token's rules, before any route is added."""
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        MAX_FORM_PARTS=MAX_PARTS,
        PROVIDE_AUTOMATIC_OPTIONS=False,
        WTF_CSRF_CHECK_DEFAULT=False,
        # Our Referrer-Policy sends no referrer, which the strict check would refuse over https.
        WTF_CSRF_SSL_STRICT=False,
        # The token lives as long as the browser's session, so that a page left open can still be sent.
        WTF_CSRF_TIME_LIMIT=None,
    )
    _csrf.init_app(app)  # type: ignore[no-untyped-call] # Flask-WTF has no types


def install(app: Flask) -> None:
    """Run the checks in order of cost."""
    for check in (_refuse_large, _refuse_hidden_characters, _refuse_other_bodies, _refuse_other_sites, _ask_for_token):
        app.before_request(check)


def _refuse_large() -> None:
    if (request.content_length or 0) > MAX_BODY:
        raise RequestEntityTooLarge
    if len(request.args) > MAX_PARTS:
        raise RequestEntityTooLarge


def _refuse_hidden_characters() -> None:
    for name, value in request.args.items(multi=True):
        clean_note(name + value, field=name if name.isidentifier() else None)
    for value in (request.view_args or {}).values():
        clean_note(str(value))


def _refuse_other_bodies() -> None:
    if request.method not in _UNSAFE or _is_webhook():
        if request.mimetype == "multipart/form-data":
            raise UnsupportedMediaType
        return
    policy = policy_in_force()
    if request.mimetype not in {"", _FORM, policy and policy.body}:
        raise UnsupportedMediaType
    if sum(1 for _ in request.form.items(multi=True)) > MAX_PARTS:
        raise RequestEntityTooLarge


def _refuse_other_sites() -> None:
    if request.method not in _UNSAFE or _is_webhook():
        return
    if request.headers.get("Sec-Fetch-Site", "none") not in _OUR_OWN:
        raise CrossSite


def _ask_for_token() -> None:
    if request.endpoint is None or _is_webhook() or not current_app.config["WTF_CSRF_ENABLED"]:
        return
    _csrf.protect()  # type: ignore[no-untyped-call] # Flask-WTF has no types


def _is_webhook() -> bool:
    policy = policy_in_force()
    return policy is not None and policy.audience is Audience.SIGNED_WEBHOOK
