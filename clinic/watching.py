"""What nobody triggers and somebody must see: old holds, open forms, unconfirmed visits, ending licenses, guessing."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.access import queries as access
from clinic.access.rules.alarm import alarm_words
from clinic.consents.actions.watching import SOON, ComingSession, watch_requests, watch_sessions
from clinic.intake.actions.watching import watch_intakes
from clinic.kernel.actor import Actor
from clinic.medication.actions.registration_watch import watch_registrations
from clinic.messaging.jobs.turns import took_turn
from clinic.oncall.actions import watch_rota
from clinic.people import queries as people
from clinic.people.actions import end_over
from clinic.people.models import Licence
from clinic.people.rules import STATES
from clinic.readiness.actions.sweeping import sweep
from clinic.scheduling import actions as scheduling
from clinic.scheduling import queries as visits
from clinic.scheduling.actions.tasks import ask_to_confirm
from clinic.scheduling.queries.sessions import coming_sessions
from clinic.session_day.actions.calling import settle_late_calls
from clinic.session_day.actions.watching import watch_checks
from clinic.treatment.queries.caring import patients_of_pain
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind

CALL_BEFORE = timedelta(hours=4)
"""A visit that nobody confirmed by then wants a telephone call."""

FORMS_EVERY = timedelta(minutes=10)
"""Limits of forms are days."""

READINESS_EVERY = timedelta(minutes=10)
"""Sessions are looked at days before they begin, and again whenever somebody asks."""

RENEWAL_TAKES = timedelta(days=30)
"""A license that ends sooner wants its renewal on file."""


def keep_watch(session: Session, *, now: datetime, by: Actor) -> None:
    """Let expired holds go and open the tasks that are due; each thing is said once."""
    scheduling.expire_holds(session, now=now, by=by)
    for visit in visits.unconfirmed(session, now=now, before=now + CALL_BEFORE):
        ask_to_confirm(session, visit, now=now, by=by)
    for licence in people.licences_ending(session, before=(now + RENEWAL_TAKES).date()):
        _ask_for_renewal(session, licence, now=now, by=by)
    watch_registrations(session, now=now, by=by)
    _watch_guesses(session, now=now, by=by)
    scheduling.settle_stranded(session, now=now, by=by)
    scheduling.watch_holidays(session, now=now, by=by)
    watch_intakes(session, now=now, by=by)
    watch_checks(session, now=now, by=by)
    settle_late_calls(session, by=by, now=now)
    watch_rota(session, now=now, by=by)
    end_over(session, now=now, by=by)
    if took_turn(session, "forms", every=FORMS_EVERY, now=now):
        watch_forms(session, now=now, by=by)
    if took_turn(session, "readiness", every=READINESS_EVERY, now=now):
        sweep(session, now=now, by=by)


def watch_forms(session: Session, *, now: datetime, by: Actor) -> None:
    """Ask for calls about forms that stay unsigned, and about those unsigned shortly before a session."""
    watch_requests(session, by=by, now=now)
    booked = coming_sessions(session, since=now, until=now + SOON)
    coming = [ComingSession(appointment_id=each, patient_id=whose, starts_at=at) for each, whose, at in booked]
    of_pain = patients_of_pain(session, {each.patient_id for each in coming})
    watch_sessions(session, coming, of_pain=of_pain, by=by, now=now)


def renewals_due(session: Session, *, now: datetime) -> set[str]:
    """Return the keys of the tasks about licenses that end soon."""
    ending = people.licences_ending(session, before=(now + RENEWAL_TAKES).date())
    return {_renewal_key(licence) for licence in ending}


def close_renewed(session: Session, *, due_before: set[str], by: Actor, now: datetime) -> None:
    """Take the tasks about licenses that were due before, and are not any more, off the list."""
    for key in sorted(due_before - renewals_due(session, now=now)):
        worklist.close_for(session, dedupe_key=key, by=by, now=now)


def _renewal_key(licence: Licence) -> str:
    return f"licence_ending:{licence.id}:{licence.valid_until}"


def _watch_guesses(session: Session, *, now: datetime, by: Actor) -> None:
    """Keep one task while somebody guesses; once it was closed, the next hour's guessing opens another."""
    found = access.guessing(session, now=now)
    standing = tasks.open_keys(session, WorkKind.GUESSING)
    if not found.is_alarming:
        for key in standing:
            worklist.close_for(session, dedupe_key=key, by=by, now=now)
        return
    key = f"guessing:{now:%Y-%m-%dT%H}"
    if standing or tasks.was_opened(session, dedupe_key=key):
        return
    worklist.open_item(
        session,
        kind=WorkKind.GUESSING,
        dedupe_key=key,
        reason=alarm_words(found),
        subject_kind="staff",
        subject_id=None,
        patient_id=None,
        now=now,
        by=by,
    )


def _ask_for_renewal(session: Session, licence: Licence, *, now: datetime, by: Actor) -> None:
    key = _renewal_key(licence)
    if tasks.was_opened(session, dedupe_key=key):
        return
    name = people.physician(session, licence.physician_id).full_name
    worklist.open_item(
        session,
        kind=WorkKind.LICENCE_ENDING,
        dedupe_key=key,
        reason=f"{name}'s {STATES[licence.state]} license ends on {licence.valid_until:%B %-d, %Y}. "
        "Visits after that day cannot be booked. Ask for the renewal and enter it.",
        subject_kind="licence",
        subject_id=licence.id,
        patient_id=None,
        now=now,
        by=by,
    )
