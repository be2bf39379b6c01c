"""A physician's private calendar feed: the address is the key, and an unchanged feed costs one aggregate."""

from collections import OrderedDict
from http import HTTPStatus
from threading import Lock

from flask import Blueprint, Response, abort, current_app, request

from clinic.feeds.calendar_file import feed_of
from clinic.kernel import journal
from clinic.kernel.actor import Actor, ActorKind
from clinic.runtime import Runtime
from clinic.scheduling.actions.feeds import mark_fetched
from clinic.scheduling.queries.feeds import feed_of_token, mark_of, times_of, window_of

blueprint = Blueprint("feeds", __name__, url_prefix="/calendar")

READER = Actor(kind=ActorKind.ANONYMOUS, name="Calendar program")
_DAY_PAGE = "/my-day"
_MOST_KEPT = 64
_LONGEST_TOKEN = 64


class _Kept:
    """The feeds built last in this process, by their mark; a changed feed has another mark."""

    def __init__(self) -> None:
        self._bodies: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def get(self, mark: str) -> bytes | None:
        """Return the body of this mark if it is kept."""
        with self._lock:
            return self._bodies.get(mark)

    def put(self, mark: str, body: bytes) -> None:
        """Keep a body; the oldest one goes when there are too many."""
        with self._lock:
            self._bodies[mark] = body
            if len(self._bodies) > _MOST_KEPT:
                self._bodies.popitem(last=False)


_kept = _Kept()


@blueprint.get("/<token>.ics")
def physician_feed(token: str) -> Response:
    """Answer with the physician's times, or 304 when the calendar program has them; unknown is like revoked."""
    runtime: Runtime = current_app.extensions["clinic"]
    now = runtime.clock()
    with runtime.begin(by=READER) as session:
        feed = feed_of_token(session, token) if len(token) <= _LONGEST_TOKEN else None
        if feed is None:
            abort(HTTPStatus.NOT_FOUND)
        mark_fetched(session, feed_id=feed.id, now=now)
        window = window_of(session, feed, now=now)
        mark = mark_of(session, feed, window)
        if request.if_none_match.contains(mark):
            return _answer(b"", mark, status=HTTPStatus.NOT_MODIFIED)
        journal.note(session, "calendar_feed.fetched", subject_kind="calendar_feed", subject_id=feed.id, at=now)
        body = _kept.get(mark)
        if body is None:
            body = feed_of(
                times_of(session, feed, window), zone=feed.zone, day_url=f"{runtime.clinic.public_base_url}{_DAY_PAGE}"
            )
            _kept.put(mark, body)
    return _answer(body, mark, status=HTTPStatus.OK)


def _answer(body: bytes, mark: str, *, status: HTTPStatus) -> Response:
    response = Response(body, status=status, mimetype="text/calendar")
    response.set_etag(mark)
    if status is HTTPStatus.OK:
        response.headers["Content-Disposition"] = 'inline; filename="clinic.ics"'
    return response
