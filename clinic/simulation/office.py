"""The coordinators' rounds through their list: dates planned, visits moved, parcels asked about, others called."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from uuid import UUID

from clinic.cli.demo.journey import INITIAL
from clinic.kernel.actor import Role
from clinic.kernel.errors import DomainError
from clinic.kernel.localtime import edge_instant
from clinic.scheduling.rules.states import UPCOMING, AppointmentState, CancelReason
from clinic.simulation.visits import SESSION
from clinic.simulation.world import Patient, World
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.queries import ItemRow
from clinic.worklist.rules import WorkKind

_K = WorkKind
_ROUNDS = (time(9, 25), time(12, 45), time(16, 30))
_SATURDAY = 5
_NOTE = "Called, all settled."
_KEPT = frozenset({_K.PAYMENT_FAILED})
"""What a person cannot settle by a call: it goes by itself once the card pays."""

_DATES = frozenset({_K.NEXT_DATES_DUE, _K.REVIEW_DUE, _K.RESTART_NEEDS_VISIT, _K.AFTERCARE_DUE, _K.OFFER_DECLINED})
_MOVES = frozenset({_K.MOVE_REQUESTED, _K.STRANDED_VISIT, _K.LICENCE_GAP})
_SPARED = timedelta(days=3)
"""A task whose dates could not be found is tried again some days later."""


@dataclass
class Office:
    """What coordinators do with what is on their list."""

    world: World

    def __post_init__(self) -> None:
        self._tried: dict[UUID, date] = {}

    def plan(self, day: date) -> None:
        """Plan the rounds of one day; nobody is at the desk on weekends."""
        if day.weekday() >= _SATURDAY:
            return
        for at in _ROUNDS:
            self.world.at(edge_instant(day, at, self.world.desk.zone), self.work)

    def work(self) -> None:
        """Do what is due first, as much as there is time for."""
        team, behavior = self.world.desk.team, self.world.behavior
        room = behavior.tasks_a_day * len(team.coordinators) // len(_ROUNDS)
        roles = {Role.COORDINATOR, Role.ADMIN}
        with self.world.desk.stage.read() as session:
            items = tasks.open_items(session, roles=roles, limit=10 * room, without=_KEPT)
        order = {patient_id: place for place, patient_id in enumerate(self.world.patients)}
        items.sort(key=lambda one: (one.due_at, one.kind, order.get(one.patient_id, -1) if one.patient_id else -1))
        ready = [one for one in items if not self._was_tried(one)]
        for item in ready[:room]:
            self._do(item)

    def _was_tried(self, item: ItemRow) -> bool:
        tried_on = self._tried.get(item.id)
        return tried_on is not None and self.world.today < tried_on + _SPARED

    def _do(self, item: ItemRow) -> None:
        patient = self.world.patients.get(item.patient_id) if item.patient_id else None
        verb = self._verb(item.kind)
        self.world.counts["tasks worked on"] += 1
        try:
            if patient is None or patient.is_gone or verb is None:
                self._close(item)
            elif not verb(item, patient):
                self._tried[item.id] = self.world.today
        except DomainError as refusal:
            self.world.counts[f"refused: {refusal.code}"] += 1
            self._tried[item.id] = self.world.today

    def _verb(self, kind: WorkKind) -> Callable[[ItemRow, Patient], bool] | None:
        if kind in _DATES:
            return lambda _, patient: patient.program.plan_dates()
        if kind in _MOVES:
            return self._move
        verbs: dict[WorkKind, Callable[[ItemRow, Patient], bool]] = {
            _K.COURSE_BROKEN: lambda _, patient: patient.program.repair(),
            _K.UNCONFIRMED_VISIT: self._confirm,
            _K.PARCEL_UNCONFIRMED: self._ask_about_parcel,
            _K.FORMS_UNSIGNED: self._help_to_sign,
        }
        return verbs.get(kind)

    def _close(self, item: ItemRow) -> bool:
        """Take a task off the list after a call; what is not there any more went by itself."""
        by, now = self.world.desk.anybody(), self.world.now
        with self.world.begin(self.world.desk.team.admin if item.about.owner_role is Role.ADMIN else by) as session:
            found = tasks.item(session, item.id)
            if found.closed_at is None:
                worklist.close_item(session, item_id=item.id, version=found.version, note=_NOTE, by=by, now=now)
        return True

    def _confirm(self, item: ItemRow, patient: Patient) -> bool:
        assert item.subject_id is not None
        visit = self.world.desk.look_up(item.subject_id)
        if visit.state == AppointmentState.BOOKED and patient.happens(0.85):
            self.world.desk.confirm(visit.id)
            return True
        return self._close(item)

    def _ask_about_parcel(self, item: ItemRow, patient: Patient) -> bool:
        patient.supply.confirm()
        return self._close(item)

    def _help_to_sign(self, item: ItemRow, patient: Patient) -> bool:
        patient.signing.sign()
        return self._close(item)

    def _move(self, item: ItemRow, patient: Patient) -> bool:
        """Give a visit another time: one of a course is planned anew, another is offered the next free times."""
        assert item.subject_id is not None
        desk = self.world.desk
        visit = desk.look_up(item.subject_id)
        if visit.state not in UPCOMING:
            return self._close(item)
        reason = CancelReason.PHYSICIAN_ILL if item.kind is _K.STRANDED_VISIT else CancelReason.PATIENT_REQUEST
        if visit.visit_type_code.endswith(SESSION):
            patient.visits.call_off(visit.id, reason)
            patient.program.plan_dates()
            return True
        day = max(desk.day(visit.starts_at), self.world.today) + timedelta(days=1)
        ids = None if visit.visit_type_code == INITIAL else [visit.physician_id]
        slots = desk.free_times(patient.id, visit.visit_type_code, day=day, physician_ids=ids)
        if not slots:
            patient.visits.call_off(visit.id, reason)
            return True
        numbers = {physician_id: number for number, physician_id in enumerate(desk.team.physicians)}
        desk.move(visit.id, min(slots, key=lambda one: (one.starts_at, numbers[one.physician_id])))
        patient.visits.expect(desk.look_up(visit.id), is_sure=True)
        return True
