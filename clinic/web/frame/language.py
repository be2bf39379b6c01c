"""English for everybody, Spanish wherever a patient reads."""

from pathlib import Path

from flask import Flask, g, has_request_context, request
from flask import session as form_cookie
from flask_babel import Babel

_CATALOGS = Path(__file__).parent.parent / "translations"

LANGUAGES = {"en": "English", "es": "Español"}
_FOR_PATIENTS = frozenset({"patient", None})


def configure(app: Flask) -> None:
    """Translate pages with the catalog in `clinic/web/translations`."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(_CATALOGS)
    Babel(app, default_locale="en", default_domain="messages", locale_selector=language)  # type: ignore[no-untyped-call] # Flask-Babel has no types


def install(app: Flask) -> None:
    """Remember the language that a reader chooses with `?lang=`."""
    app.before_request(_remember_choice)


def language() -> str:
    """Return `en` or `es`: what the reader chose, else what the browser asks for; staff pages are English."""
    if not has_request_context() or request.blueprint not in _FOR_PATIENTS:
        return "en"
    chosen = g.get("language") or form_cookie.get("language")
    return chosen if chosen in LANGUAGES else request.accept_languages.best_match(list(LANGUAGES)) or "en"


def prefer(chosen: str) -> None:
    """Use the patient's own language unless the reader has chosen one in this browser."""
    if chosen in LANGUAGES and "language" not in form_cookie:
        g.language = chosen


def _remember_choice() -> None:
    chosen = request.args.get("lang")
    if chosen in LANGUAGES:
        form_cookie["language"] = chosen
