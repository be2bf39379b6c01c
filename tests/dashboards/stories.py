"""Random lives of visits, told through the product's own actions and remembered beside the database."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from clinic.kernel.errors import DomainError
from clinic.kernel.localtime import in_zone, to_instant
from clinic.people.models import Patient, Physician
from clinic.scheduling import actions
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.reasons import MoveReason
from clinic.scheduling.rules.states import PATIENT_REASONS, CancelReason
from tests.domains.scheduling.calendar_makers import RING, Clinic, patient_actor

ZONE = "America/New_York"
FATES = ("took_place", "took_place", "took_place", "missed", "canceled", "late", "clinic_canceled", "unknown")


@dataclass
class Story:
    """What happened to one visit, as a person would remember it."""

    physician: Physician
    patient: Patient
    kind: str
    minutes: int
    booked_at: datetime
    starts_at: datetime
    fate: str = "unknown"
    reason: str | None = None
    movers: list[str] = field(default_factory=list)


@dataclass
class Teller:
    """Tells stories of visits that start between two days."""

    clinic: Clinic
    random: Random
    first: date
    last: date
    physicians: list[Physician]
    patients: list[Patient]
    kinds: dict[str, int]

    def tell(self, count: int) -> list[Story]:
        stories = [self._story() for _ in range(count)]
        return [story for story in stories if story is not None]

    def _story(self) -> Story | None:
        pick = self.random.choice
        physician, patient, kind = pick(self.physicians), pick(self.patients), pick(sorted(self.kinds))
        starts_at = self._time(physician)
        booked_at = starts_at - timedelta(hours=pick([1, 5, 20, 30, 50, 75, 200, 400, 720]))
        wanted = {"visit_type_code": kind, "ignore_notice": True, "now": booked_at}
        try:
            visit = self.clinic.visit(patient, physician, starts_at, **wanted)
        except DomainError:
            return None
        story = Story(physician, patient, kind, self.kinds[kind], booked_at, starts_at)
        self._move(story, visit)
        self._end(story, visit)
        return story

    def _time(self, physician: Physician) -> datetime:
        day = self.first + timedelta(days=self.random.randrange((self.last - self.first).days + 1))
        while day.weekday() > 4:
            day -= timedelta(days=1)
        opening = to_instant(day, time(9), physician.zone)
        return opening + timedelta(minutes=15 * self.random.randrange(28))

    def _move(self, story: Story, visit: Appointment) -> None:
        for _ in range(self.random.choice([0, 0, 0, 1, 1, 2, 3])):
            way = self.random.choice(["patient", "clinic", "not_said", "own"])
            by = patient_actor(story.patient) if way == "own" else self.clinic.by
            reason = {"patient": MoveReason.PATIENT_REQUEST, "clinic": MoveReason.CLINIC_REQUEST}.get(way)
            now = story.booked_at + (story.starts_at - story.booked_at) / 10
            starts_at = self._time(story.physician)
            if starts_at <= now + timedelta(hours=1) or starts_at == story.starts_at:
                continue
            moving = {"appointment_id": visit.id, "by": by, "now": now, "ring": RING}
            try:
                moved = actions.move(
                    self.clinic.session,
                    physician_id=story.physician.id,
                    starts_at=starts_at,
                    reason=reason,
                    ignore_notice=True,
                    **moving,
                )
            except DomainError:
                continue
            if way != "own" and self.random.random() < 0.3:
                actions.undo_move(self.clinic.session, version=moved.version, **moving)
                continue
            story.starts_at = starts_at
            story.movers.append("patient" if way == "own" else way)

    def _end(self, story: Story, visit: Appointment) -> None:
        fate, start = self.random.choice(FATES), story.starts_at
        act = {"appointment_id": visit.id, "by": self.clinic.by}
        after_booking = story.booked_at + (start - story.booked_at) / 5
        session = self.clinic.session
        if fate == "took_place":
            actions.arrive(session, now=start, **act)
            if self.random.random() < 0.9:
                actions.complete(session, now=start + timedelta(minutes=story.minutes), **act)
        elif fate == "missed":
            actions.mark_no_show(session, now=start + timedelta(minutes=30), **act)
        elif fate != "unknown":
            fate, story.reason = self._cancel(story, fate, after_booking, act)
        story.fate = fate

    def _cancel(self, story: Story, fate: str, now: datetime, act: dict[str, object]) -> tuple[str, str]:
        own, others = sorted(PATIENT_REASONS), sorted(set(CancelReason) - PATIENT_REASONS)
        reason = self.random.choice(others if fate == "clinic_canceled" else own)
        if fate == "late":
            now = max(now, story.starts_at - timedelta(hours=3))
        actions.cancel(self.clinic.session, reason=reason, now=now, **act)
        is_late = reason in PATIENT_REASONS and story.starts_at - now < timedelta(hours=24)
        return "late_canceled" if is_late else "canceled", str(reason)


def local_day(instant: datetime) -> date:
    return in_zone(instant, ZONE).date()
