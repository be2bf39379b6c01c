"""Looking at every session of the next three days: what changed is kept, what is left becomes tasks."""

from datetime import datetime

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.readiness.actions.checking import keep
from clinic.readiness.actions.tasks import close_gone, follow_tasks
from clinic.readiness.models import ReadinessCheck
from clinic.readiness.queries.checks import latest_checks, set_aside_of
from clinic.readiness.queries.gathering import facts_of, limits_of
from clinic.readiness.queries.sessions import Asked, sessions_between
from clinic.readiness.rules.facts import Facts, Limits, Moment
from clinic.readiness.rules.gates import lifted, unmet
from clinic.readiness.rules.moments import SWEPT, moment_of
from clinic.worklist.rules.harm import GONE


def sweep(session: Session, *, by: Actor, now: datetime) -> int:
    """Check every promised session that begins within three days; return how many checks are new.

    A check that finds what the last one at the same moment found is not kept again. The start itself is checked when
    somebody begins it, so in the hour before it the gates of the day before are asked. Tasks about one that is late
    stay while it may still begin.
    """
    coming = sessions_between(session, since=now, until=now + SWEPT)
    waiting = sessions_between(session, since=now - GONE, until=now)
    close_gone(session, [each.appointment_id for each in (*waiting, *coming) if each.appointment_id], by=by, now=now)
    known = latest_checks(session, [each.appointment_id for each in coming if each.appointment_id])
    limits, facts, aside = limits_of(session), facts_of(session, coming, now=now), set_aside_of(session, coming)
    new = 0
    for each in coming:
        last = known.get(each.appointment_id) if each.appointment_id else None
        new += _look(session, each, facts[each], limits=limits, last=last, aside=aside[each], by=by)
    return new


def _look(
    session: Session,
    asked: Asked,
    facts: Facts,
    *,
    limits: Limits,
    last: ReadinessCheck | None,
    aside: frozenset[str],
    by: Actor,
) -> bool:
    moment = moment_of(facts.at, asked.starts_at)
    if moment is Moment.START:
        moment = Moment.T24
    is_new_moment = last is None or last.time_version != asked.time_version or _is_before(last, moment)
    if not is_new_moment and last is not None and not _has_changed(facts, limits=limits, last=last, aside=aside):
        return False
    row = keep(session, asked, facts, limits=limits, moment=moment, by=by)
    follow_tasks(session, asked, row, by=by, now=facts.at, is_new_moment=is_new_moment)
    return True


def _is_before(last: ReadinessCheck, moment: Moment) -> bool:
    return last.moment == Moment.T72 and moment is not Moment.T72


def _has_changed(facts: Facts, *, limits: Limits, last: ReadinessCheck, aside: frozenset[str]) -> bool:
    """Tell whether other gates are not met than at the last check of the same kind, or others are set aside."""
    if last.moment == Moment.START:
        return False
    found = unmet(facts, limits, Moment(last.moment))
    return [each.as_json() for each in found] != last.reasons or lifted(found, aside) != last.overridden
