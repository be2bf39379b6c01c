"""Checks of what runs beside the web process: Redis, worker and beat."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import redis
from sqlalchemy import Connection, select

from clinic.cli.checks.finding import Finding, Level, fine, judge
from clinic.kernel.tables import Heartbeat
from clinic.settings import Settings

_FRESH = timedelta(seconds=90)
_BEATS = ("worker", "beat")


def check_redis(settings: Settings) -> Finding:
    """Tell whether the queue answers; texts leave without it too, a little later."""
    try:
        client = redis.Redis.from_url(settings.redis_url, socket_connect_timeout=2, socket_timeout=2)
        client.ping()
    except redis.RedisError as error:
        remedy = "Start it, or correct REDIS_URL. Texts still leave, up to one sweep later."
        return Finding(Level.WARN, "redis", f"does not answer ({type(error).__name__})", remedy)
    return fine("redis", "answers")


def check_heartbeats(connection: Connection, *, now: datetime) -> Iterator[Finding]:
    """Yield when a worker and the beat were last seen."""
    rows = connection.execute(select(Heartbeat.name, Heartbeat.seen_at)).all()
    for kind in _BEATS:
        seen = max((row.seen_at for row in rows if row.name.startswith(kind)), default=None)
        yield _heartbeat(kind, seen, now=now)


def _heartbeat(kind: str, seen: datetime | None, *, now: datetime) -> Finding:
    said = "never seen" if seen is None else f"seen {max(0, int((now - seen).total_seconds()))} s ago"
    remedy = f"Start the `{kind}` line of the Procfile and look at what it prints."
    return judge(kind, said, is_well=seen is not None and now - seen <= _FRESH, remedy=remedy, otherwise=Level.WARN)
