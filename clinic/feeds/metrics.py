"""Figures about texts for Prometheus: read from the database when asked, so that no process has to keep any."""

from collections.abc import Iterable
from datetime import datetime
from hmac import compare_digest
from http import HTTPStatus

from flask import Blueprint, Response, abort, current_app, request
from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from clinic.feeds.metric_families import families_of
from clinic.kernel.actor import Actor, ActorKind
from clinic.messaging.queries import Figures, figures
from clinic.runtime import Runtime

blueprint = Blueprint("monitoring", __name__)

READER = Actor(kind=ActorKind.ANONYMOUS, name="Monitoring")
_SCHEME = "Bearer "
_CHALLENGE = {"WWW-Authenticate": "Bearer"}


class Collector:
    """The one collector of a scrape: it hands over what the database said."""

    def __init__(self, found: Figures, now: datetime) -> None:
        self._found, self._now = found, now

    def collect(self) -> Iterable[Metric]:
        """Return every family with its samples."""
        return families_of(self._found, now=self._now)


@blueprint.get("/metrics")
def metrics() -> Response:
    """Answer who has the token with every figure; where none is set, there is no such page."""
    runtime: Runtime = current_app.extensions["clinic"]
    if runtime.metrics_token is None:
        abort(HTTPStatus.NOT_FOUND)
    if not _has_token(runtime.metrics_token):
        return Response(
            "Send the token: Authorization: Bearer ...\n", HTTPStatus.UNAUTHORIZED, _CHALLENGE, "text/plain"
        )
    now = runtime.clock()
    with runtime.begin(by=READER) as session:
        found = figures(session, now=now)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Collector(found, now))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _has_token(wanted: str) -> bool:
    """Compare in constant time, so that answers tell nothing about how much of a guess was right."""
    given = request.headers.get("Authorization", "")
    return compare_digest(given.encode(), f"{_SCHEME}{wanted}".encode())
