"""Puts the frame on an application, in the order in which its parts need each other."""

from flask import Blueprint, Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from clinic.runtime import Runtime
from clinic.web.frame import (
    context,
    cookies,
    display,
    entrance,
    errors,
    guards,
    headers,
    language,
    navigation,
    request_log,
    static,
)
from clinic.web.frame.front_door import AccessDoor
from clinic.web.frame.policy import Audience, Policy, declare
from clinic.web.frame.visitors import hang

_OWN_FILES = Policy(audience=Audience.PUBLIC, reason="style sheet and scripts hold nothing of anybody")


def install(app: Flask, *, hosts: list[str], proxy_count: int = 0) -> None:
    """Install configuration, checks, errors, headers and templates; pages and `require_policies` come after."""
    runtime: Runtime = app.extensions["clinic"]
    app.config["TRUSTED_HOSTS"] = hosts
    _trust_proxies(app, proxy_count)
    cookies.configure(app, public_base_url=runtime.clinic.public_base_url)
    guards.configure(app)
    language.configure(app)
    hang(app, AccessDoor(runtime))
    request_log.install(app)
    entrance.install(app)
    language.install(app)
    guards.install(app)
    entrance.install_door(app)
    headers.install(app, is_https=runtime.clinic.public_base_url.startswith("https://"))
    errors.install(app)
    navigation.install(app)
    context.install(app)
    display.install(app)
    _mount_own_files(app)


def _trust_proxies(app: Flask, count: int) -> None:
    """Believe as many X-Forwarded-For and -Proto entries as there are proxies in front; none by default."""
    if count:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=0)  # type: ignore[method-assign]


def _mount_own_files(app: Flask) -> None:
    files = Blueprint(
        "frame", "clinic.web", static_folder="static", static_url_path=static.PREFIX, template_folder="templates"
    )
    app.register_blueprint(files)
    declare(app, static.ENDPOINT, _OWN_FILES)
    if "static" in app.view_functions:
        declare(app, "static", _OWN_FILES)
