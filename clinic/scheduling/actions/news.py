"""Whether a move is news: its text waits a while, and moving back to where the patient was told takes it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor, ActorKind
from clinic.kernel.crypto import KeyRing
from clinic.messaging.actions import cancel_planned
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.scheduling.actions import texts
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries.telling import SUBJECT, left_texts, steps_of
from clinic.scheduling.rules.changes import Change
from clinic.scheduling.rules.states import AppointmentState
from clinic.scheduling.rules.telling import (
    Confirmation,
    News,
    Place,
    Step,
    Told,
    confirmation_at,
    last_told,
    news_due,
    news_of,
)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a patient knows of a visit while no text about it can leave."""

    steps: Sequence[Step]
    told: Told | None

    def news_at(self, place: Place) -> News:
        """Return what has to be said about a visit that now stands at `place`."""
        return news_of(place, told=self.told, first=self.steps[0].place)

    def confirmation(self, place: Place) -> Confirmation | None:
        """Return the "yes" that stands again when a visit comes back to where the patient was told it is."""
        if self.told is None or self.told.place != place:
            return None
        return confirmation_at(self.steps, self.told.sequence)


def call_back(
    session: Session, visit: Appointment, *, reason: str, now: datetime, forgetting: int | None = None
) -> Knowledge:
    """Take back every text that waits, and only then read what left: what is read stays true until the commit.

    `forgetting` is the SEQUENCE of a move of which nobody was told on purpose, when that move is taken back.
    """
    cancel_planned(session, subject_kind=SUBJECT, subject_id=visit.id, reason=reason, now=now)
    steps = [
        step for step in steps_of(session, visit.id) if step.sequence != forgetting or step.change != Change.NOT_TEXTED
    ]
    return Knowledge(steps, last_told(steps, left_texts(session, visit.id)))


def decide_state(visit: Appointment, known: Knowledge, *, by: Actor) -> None:
    """Give a visit that was put elsewhere its state: the clinic's move asks again, going back to what was told not."""
    if by.kind is ActorKind.PATIENT:
        return
    said = known.confirmation(Place(visit.physician_id, visit.starts_at))
    visit.state = AppointmentState.CONFIRMED if said else AppointmentState.BOOKED
    visit.confirmed_at, visit.confirmed_via = (said.at, said.via) if said else (None, None)


def is_news(visit: Appointment, known: Knowledge, *, by: Actor) -> bool:
    """Tell whether a text is due about where the visit stands now; what patients do themselves is confirmed to them."""
    return by.kind is ActorKind.PATIENT or known.news_at(_place(visit)) is not News.NONE


def tell_moved(
    session: Session, visit: Appointment, known: Knowledge, *, tell: bool, by: Actor, now: datetime, ring: KeyRing
) -> None:
    """Plan the texts that lead up to where the visit stands now, and the news of it if it is any and is to be told."""
    link_id = texts.new_link(session, visit, by=by, now=now, ring=ring)
    facts, news_at = set[str](), now
    if tell and is_news(visit, known, by=by):
        is_first = by.kind is not ActorKind.PATIENT and known.news_at(_place(visit)) is News.FIRST
        facts = {texts.FIRST_NEWS if is_first else texts.NEWS_OF_MOVE}
        news_at = now if is_first else _due(session, visit, known, by=by, now=now)
    texts.plan_visit(session, visit, "moved", facts=facts, news_at=news_at, link_id=link_id, by=by, now=now)


def tell_canceled(session: Session, visit: Appointment, *, by: Actor, now: datetime) -> None:
    """Take back what was planned, and plan the news unless the patient brought it or the time has come.

    The text names the time that the patient was told last, which a move of a minute ago may not be.
    """
    known = call_back(session, visit, reason="visit_canceled", now=now)
    if by.kind is ActorKind.PATIENT or visit.starts_at <= now:
        return
    told = _told_start(known)
    starts_at = told if told is not None and told > now else visit.starts_at
    link_id = texts.live_link(session, visit.id, now=now)
    texts.plan_visit(session, visit, "canceled", starts_at=starts_at, link_id=link_id, by=by, now=now)


def _due(session: Session, visit: Appointment, known: Knowledge, *, by: Actor, now: datetime) -> datetime:
    if by.kind is ActorKind.PATIENT:
        return now
    wait = timedelta(seconds=number(session, PolicyKey.MOVE_TEXT_WAITS_SECONDS))
    return news_due(now, wait=wait, told_start=_told_start(known), starts_at=visit.starts_at)


def _told_start(known: Knowledge) -> datetime | None:
    return known.told.place.starts_at if known.told and known.told.place else None


def _place(visit: Appointment) -> Place:
    return Place(visit.physician_id, visit.starts_at)
