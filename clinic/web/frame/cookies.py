"""The cookies this product sets: one for staff sessions, for patients' links, for signed-in patients, and for forms."""

from typing import Literal
from urllib.parse import urlsplit

from flask import Flask, current_app, request
from flask import session as form_cookie
from werkzeug.wrappers import Response

Kind = Literal["staff", "link", "area"]

_NAMES: dict[Kind, str] = {"staff": "sid", "link": "link", "area": "me"}
_FORMS = "form"
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_SECURE = "CLINIC_SECURE_COOKIES"


def configure(app: Flask, *, public_base_url: str) -> None:
    """Set cookie rules from the public address; `Secure` needs https, or a local host, which browsers trust alike."""
    parts = urlsplit(public_base_url)
    app.config[_SECURE] = parts.scheme == "https" or parts.hostname in _LOCAL_HOSTS
    app.config.update(
        SESSION_COOKIE_NAME=_prefixed(app, _FORMS),
        SESSION_COOKIE_SECURE=app.config[_SECURE],
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
    )


def name_of(kind: Kind) -> str:
    """Return the cookie's name; `__Host-` binds it to this host, this path and TLS."""
    return _prefixed(current_app, _NAMES[kind])


def token_of(kind: Kind) -> str | None:
    """Return the session token that the browser sent, if any."""
    return request.cookies.get(name_of(kind))


def start_session(response: Response, token: str, *, kind: Kind = "staff") -> Response:
    """Hand the browser a fresh session token and forget every form token signed before it."""
    _forget_forms()
    response.set_cookie(
        name_of(kind), token, secure=current_app.config[_SECURE], httponly=True, samesite="Lax", path="/"
    )
    return response


def end_session(response: Response, *, kind: Kind = "staff") -> Response:
    """Take the session token back and tell the browser to drop what it kept of these pages."""
    _forget_forms()
    drop(response, kind=kind)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def drop(response: Response, *, kind: Kind) -> Response:
    """Take one kind of token back, and leave the rest of what the browser keeps."""
    response.delete_cookie(name_of(kind), secure=current_app.config[_SECURE], httponly=True, samesite="Lax", path="/")
    return response


def _forget_forms() -> None:
    language = form_cookie.get("language")
    form_cookie.clear()
    if language:
        form_cookie["language"] = language


def _prefixed(app: Flask, name: str) -> str:
    return f"__Host-{name}" if app.config[_SECURE] else name
