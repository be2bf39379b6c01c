"""Planning every text that an event asks for at once: what the plans say, in one statement."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.messaging.actions.planning import draft, store
from clinic.messaging.models import Message
from clinic.messaging.rules.kinds import Recipient, Subject
from clinic.messaging.rules.plan_data import all_plans
from clinic.messaging.rules.plans import EventTimes, Wanted, planned_texts

Variables = Mapping[str, datetime | str]


def plan_event(  # noqa: PLR0913 - one verb for what happens first and what is planned again
    session: Session,
    *,
    event: str,
    recipient: Recipient,
    subject: Subject,
    times: EventTimes,
    by: Actor,
    now: datetime,
    facts: Collection[str] = frozenset(),
    variables: Variables | None = None,
    link_id: UUID | None = None,
    again: str | None = None,
    only: Collection[str] | None = None,
    left: Collection[str] = (),
) -> list[UUID]:
    """Plan the texts of an event and return the ids of those that are new, the first to leave first.

    Times count on the wall clock of the recipient's zone. What was planned before for the same version of the subject
    is not planned again; `again` tells apart texts that are planned anew for the same one, and `only` limits them to
    those that waited, by their keys; what `left` before is not said again. Raises UnknownEvent and MissingVariable.
    """
    wanted = planned_texts(
        all_plans(), event, times=times, facts=facts, zone=recipient.zone, now=now, only=only, left=left
    )
    messages = []
    for one in wanted:
        words = _variables(one, times, variables or {})
        message = draft(one.template, recipient, subject, variables=words, link_id=link_id, now=now)
        messages.append(_timed(message, one, again=again))
    return store(session, messages, by=by, now=now)


def _variables(wanted: Wanted, times: EventTimes, given: Variables) -> dict[str, datetime | str]:
    """Return what the words name; a text whose {time} is not the visit's own carries that one along for people."""
    own: dict[str, datetime | str] = {} if times.starts_at is None else {"starts_at": times.starts_at}
    if times.starts_at is not None and "starts_at" in wanted.fills:
        own["visit_at"] = times.starts_at
    return own | dict(given) | dict(wanted.fills)


def _timed(message: Message, wanted: Wanted, *, again: str | None) -> Message:
    message.due_at, message.expires_at = wanted.leaves_at, wanted.expires_at
    if again is not None:
        message.dedupe_key = f"{message.dedupe_key}:{again}"
    return message
