"""One line a request: what was asked of which endpoint and how it ended; never a path, which may hold a token."""

import logging
import time

from flask import Flask, g, request
from werkzeug.wrappers import Response

_ASKED_EVERY_SECOND = "public.health"
_LOG = logging.getLogger("clinic.web")


def install(app: Flask) -> None:
    """Log each answer with its request's name."""
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    g.began = time.monotonic()


def _end(response: Response) -> Response:
    if request.endpoint == _ASKED_EVERY_SECOND:
        return response
    began = g.get("began")
    facts = {
        "method": request.method,
        "endpoint": request.endpoint,
        "status": response.status_code,
        "milliseconds": round((time.monotonic() - began) * 1000) if began else None,
        "request_id": g.get("request_id"),
    }
    _LOG.info("request", extra=facts)
    return response
