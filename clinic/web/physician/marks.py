"""A fingerprint of what a physician's own pages show, so that an open page knows when to fetch itself again."""

from collections.abc import Iterable
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from clinic.kernel.crypto import KeyRing
from clinic.kernel.localtime import first_instant_of
from clinic.people import queries as people
from clinic.people.models import Physician
from clinic.scheduling import queries
from clinic.web.physician.own_days import visits_between


def mark_of(session: Session, physician: Physician, *, days: tuple[date, date], ring: KeyRing, now: datetime) -> str:
    """Return 32 characters that change with any visit, hours, closure or cover of these days.

    They change as well when a visit begins or ends and when its video room opens, since the page then says so.
    """
    rows = visits_between(session, physician, days=days, now=now)
    links = queries.join_links(session, rows, ring=ring, now=now)
    said = queries.stated_locations(session, [row.id for row in rows])
    seen: list[object] = [physician.version, *days]
    for row in rows:
        seen.append(said[row.id].said_at if row.id in said else None)
        link = links.get(row.id)
        seen += [row.id, row.version, row.patient_zone, row.starts_at <= now, row.ends_at <= now, link and link.url]
    since = first_instant_of(days[0], physician.zone)
    seen += _versions(queries.overrides_of(session, physician_id=physician.id, since=since))
    seen += _versions(queries.hours_of(session, physician.id))
    seen += _versions(queries.closures(session, since=days[0]))
    seen += [(cover.id, cover.version, cover.is_on(now)) for cover in people.covers_of(session, physician.id, now)]
    return sha256("|".join(map(str, seen)).encode()).hexdigest()[:32]


def _versions(rows: Iterable[object]) -> list[object]:
    return [(row.id, row.version) for row in rows]  # type: ignore[attr-defined]
