"""What a view may ask about the request in hand; everything typed comes through `read_query` and `read_form`."""

from datetime import datetime

from flask import current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response

from clinic.kernel.actor import Actor
from clinic.runtime import Runtime
from clinic.web.frame.policy import Policy
from clinic.web.frame.visitors import Visitor

_HTML = "text/html"
_LONGEST_AGENT = 300
_JSON = ("application/json", "application/problem+json")


def runtime() -> Runtime:
    """Return what the process has at hand."""
    found: Runtime = current_app.extensions["clinic"]
    return found


def now() -> datetime:
    """Return this request's instant: aware UTC, read from the clock once."""
    instant: datetime = g.now
    return instant


def visitor() -> Visitor:
    """Return who asks, with the session or link that says so."""
    found: Visitor = g.visitor
    return found


def actor() -> Actor:
    """Return who acts, for `by=`; carries the request id and address."""
    found: Actor = g.actor
    return found


def user_agent() -> str:
    """Return what the browser calls itself, shortened; anybody can write anything there."""
    return "".join(symbol for symbol in request.user_agent.string if symbol.isprintable())[:_LONGEST_AGENT]


def request_id() -> str:
    """Return the short random name of this request, which logs and error pages share."""
    found: str = g.request_id
    return found


def policy_in_force() -> Policy | None:
    """Return the policy of the endpoint asked for; None where no such endpoint exists."""
    found: Policy | None = g.get("policy")
    return found


def is_fragment() -> bool:
    """Tell whether our own script asks for a part of a page."""
    return request.headers.get("X-Fragment") == "1"


def asks_by_itself() -> bool:
    """Tell whether an open page renews itself; nobody is at work because of that, so no session grows longer."""
    return request.headers.get("X-Live") == "1"


def wants_json() -> bool:
    """Tell whether the caller prefers JSON to a page."""
    return request.accept_mimetypes.best_match([_HTML, *_JSON], default=_HTML) in _JSON


def see_other(endpoint: str, **values: object) -> Response:
    """Return the 303 redirect that follows a successful POST."""
    return redirect(url_for(endpoint, **values), 303)  # type: ignore[arg-type]
