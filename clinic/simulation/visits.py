"""What becomes of each booked visit of a patient: kept, missed, called off early or late, or moved by others before."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from clinic.cli.demo.journey import INITIAL, Fate
from clinic.kernel.errors import DomainError
from clinic.kernel.localtime import in_zone
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.states import UPCOMING, CancelReason
from clinic.simulation.world import Patient

SESSION = "session"
_NOON = 12
_MISSED_AFTER = timedelta(minutes=21)
_REMINDED = timedelta(hours=30)
_EARLY = timedelta(hours=50)


@dataclass
class Visits:
    """Books a patient's first visit and plays every booked one."""

    patient: Patient
    searched: int = 0

    def book_first(self) -> None:
        """Let a coordinator offer the next times; the patient takes the first that suits, or goes elsewhere."""
        patient, world = self.patient, self.patient.world
        desk, behavior = world.desk, world.behavior
        slots = desk.free_times(patient.id, INITIAL, day=world.today + timedelta(days=1))
        limit = world.now + timedelta(days=behavior.longest_wait_days)
        slots = [slot for slot in slots if slot.starts_at <= limit]
        if not slots:
            self._search_again()
            return
        numbers = {physician_id: number for number, physician_id in enumerate(desk.team.physicians)}
        suits = patient.happens(behavior.works_by_day)
        wanted = [slot for slot in slots if not suits or in_zone(slot.starts_at, desk.zone).hour >= _NOON]
        slot = min(wanted or slots, key=lambda one: (one.starts_at, numbers[one.physician_id]))
        self.expect(desk.book(patient.id, INITIAL, slot))

    def _search_again(self) -> None:
        """Ring again in a week, twice, and then go elsewhere."""
        self.searched += 1
        if self.searched > 2:  # noqa: PLR2004 - twice
            self.patient.world.counts["went elsewhere"] += 1
            self.patient.is_gone = True
            return
        at = self.patient.world.now + timedelta(days=7)
        self.patient.at(at, self.book_first)

    def expect(self, visit: Appointment, *, is_sure: bool = False) -> None:
        """Draw what is to become of a visit, and plan it; `is_sure` leaves out what others would have to repair."""
        fate = Fate.COMES if is_sure else self._fate()
        if visit.visit_type_code.endswith(SESSION):
            self.patient.readying.expect(visit)
        told = visit.starts_at - _REMINDED
        self.patient.at(told, partial(self._follow, visit.id))
        if fate is Fate.CANCELS and visit.starts_at - _EARLY > self.patient.world.now:
            early = self.patient.world.desk.in_hours(visit.starts_at - _EARLY)
            self.patient.at(early, partial(self.call_off, visit.id))
        elif fate is Fate.CANCELS_LATE:
            before = timedelta(minutes=self.patient.chance.randint(190, 400))
            self.patient.at(visit.starts_at - before, partial(self.call_off, visit.id))
        late = timedelta(minutes=self.patient.chance.randint(0, 4))
        self.patient.at(visit.starts_at + late, partial(self._come, visit.id, visit.time_version, fate))

    def _fate(self) -> Fate:
        draw, behavior = self.patient.chance.random(), self.patient.world.behavior
        for share, fate in (
            (behavior.no_show, Fate.MISSES),
            (behavior.cancels_early, Fate.CANCELS),
            (behavior.cancels_late, Fate.CANCELS_LATE),
        ):
            if draw < share:
                return fate
            draw -= share
        return Fate.COMES

    def _follow(self, visit_id: UUID) -> None:
        self.patient.phone.visit_id = visit_id

    def call_off(self, visit_id: UUID, reason: CancelReason = CancelReason.PATIENT_REQUEST) -> None:
        """Let the desk cancel a visit that is still ahead; a first visit is booked again some days later."""
        desk = self.patient.world.desk
        visit = desk.look_up(visit_id)
        if visit.state not in UPCOMING:
            return
        try:
            desk.cancel(visit_id, reason)
        except DomainError as refusal:
            self.patient.world.counts[f"refused: {refusal.code}"] += 1
            return
        self._again(visit)

    def _come(self, visit_id: UUID, version: int, fate: Fate) -> None:
        desk = self.patient.world.desk
        visit = desk.look_up(visit_id)
        if visit.state not in UPCOMING or visit.time_version != version:
            return
        if fate is Fate.MISSES:
            self.patient.at(visit.starts_at + _MISSED_AFTER, partial(self._miss, visit_id))
            return
        if not self.patient.readying.begin(visit):
            return
        over = timedelta(minutes=self.patient.chance.randint(1, 4))
        self.patient.at(visit.ends_at + over, partial(self._end, visit))

    def _miss(self, visit_id: UUID) -> None:
        desk = self.patient.world.desk
        visit = desk.look_up(visit_id)
        if visit.state in UPCOMING:
            desk.miss(visit_id)
            self._again(visit)

    def _end(self, visit: Appointment) -> None:
        self.patient.world.desk.complete(visit)
        self.patient.program.follow(visit)

    def _again(self, visit: Appointment) -> None:
        if visit.visit_type_code == INITIAL:
            days = timedelta(days=self.patient.chance.randint(1, 4))
            self.patient.at(self.patient.world.desk.in_hours(self.patient.world.now + days), self.book_first)
