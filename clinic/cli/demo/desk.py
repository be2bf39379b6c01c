"""What the demo clinic's coordinators and physicians do, each in a transaction of its own at the story's time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from uuid import UUID

from clinic.cli.demo.staff import Team
from clinic.cli.demo.stage import Stage
from clinic.deskwork import log_call
from clinic.kernel.actor import Actor, Role
from clinic.kernel.localtime import edge_instant, in_zone
from clinic.people import actions as people
from clinic.people.rules import ConsentGiven, ConsentSource, NewPatient, current_wording
from clinic.people.rules.contact_log import CallOutcome
from clinic.readiness.actions.overriding import record_held
from clinic.readiness.actions.starting import begin_visit
from clinic.readiness.models import ReadinessCheck
from clinic.scheduling import actions as scheduling
from clinic.scheduling import queries as calendar
from clinic.scheduling.models import Appointment
from clinic.scheduling.queries import OfferedSlot
from clinic.scheduling.rules.states import UPCOMING, CancelReason
from clinic.worklist import actions as worklist
from clinic.worklist import queries as tasks
from clinic.worklist.rules import WorkKind

_OPENS, _CLOSES = time(9), time(19)
_LONGEST_SEARCH = 12
_SESSION = "session"
_BEFORE_GATES = "Held before this clinic kept its checks here."
_RECORD_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass
class Desk:
    """The staff of the demo; `zone` is the clinic's own, `after_visit` follows every visit that was ended."""

    stage: Stage
    team: Team
    zone: str
    chance: Random
    after_visit: Callable[[Appointment], None] | None = None

    @property
    def now(self) -> datetime:
        """Return the instant at which the story is."""
        return self.stage.clock.instant

    def anybody(self) -> Actor:
        """Return one of the coordinators."""
        return self.chance.choice(self.team.coordinators)

    def day(self, instant: datetime) -> date:
        """Return the clinic's day."""
        return in_zone(instant, self.zone).date()

    def in_hours(self, instant: datetime) -> datetime:
        """Return the instant if somebody is at the desk then, else the last one before at which somebody was."""
        local = in_zone(instant, self.zone)
        if local.time() >= _CLOSES:
            return edge_instant(local.date(), _CLOSES, self.zone)
        if local.time() >= _OPENS:
            return instant
        return edge_instant(local.date() - timedelta(days=1), _CLOSES, self.zone)

    def register(self, new: NewPatient, *, agrees_to_texts: bool = True) -> UUID:
        """Add a patient, with consent read to them on the phone."""
        consent = ConsentGiven(source=ConsentSource.PHONE_CALL, wording_version=current_wording(new.language).version)
        by = self.anybody()
        with self.stage.runtime.begin(by=by) as session:
            added = people.add_patient(
                session,
                new=new,
                consent=consent if agrees_to_texts else None,
                by=by,
                now=self.now,
                draw=self._record_number,
            )
        return added.id

    def _record_number(self) -> str:
        letters = "".join(self.chance.choices(_RECORD_LETTERS, k=7))
        return f"{letters[:3]}-{letters[3:]}"

    def free_times(
        self, patient_id: UUID, kind: str, *, day: date, physician_ids: Sequence[UUID] | None = None
    ) -> list[OfferedSlot]:
        """Return the times of the first day from `day` on that has any."""
        first = max(day, self.day(self.now))
        while True:
            with self.stage.read() as session:
                found = calendar.find_slots(
                    session,
                    visit_type_code=kind,
                    patient_id=patient_id,
                    physician_ids=physician_ids,
                    first_day=first,
                    last_day=first,
                    now=self.now,
                )
            if found.slots or found.next_day is None or (found.next_day - day).days > _LONGEST_SEARCH:
                return list(found.slots)
            first = found.next_day

    def book(self, patient_id: UUID, kind: str, slot: OfferedSlot) -> Appointment:
        """Hold a time and book it."""
        by = self.anybody()
        with self.stage.runtime.begin(by=by) as session:
            return scheduling.book_now(
                session,
                visit_type_code=kind,
                patient_id=patient_id,
                physician_id=slot.physician_id,
                starts_at=slot.starts_at,
                by=by,
                now=self.now,
                ring=self.stage.runtime.link_ring,
            )

    def hold(self, patient_id: UUID, kind: str, slot: OfferedSlot) -> None:
        """Keep a time for somebody who is on the phone."""
        by = self.team.coordinators[-1]
        with self.stage.runtime.begin(by=by) as session:
            scheduling.hold(
                session,
                visit_type_code=kind,
                patient_id=patient_id,
                physician_id=slot.physician_id,
                starts_at=slot.starts_at,
                by=by,
                now=self.now,
            )

    def look_up(self, appointment_id: UUID) -> Appointment:
        """Return a visit as it is now."""
        with self.stage.read() as session:
            return calendar.appointment(session, appointment_id)

    def move(self, appointment_id: UUID, slot: OfferedSlot, *, by: Actor | None = None) -> None:
        """Give a visit another time; without `by` a coordinator does it."""
        who = by or self.anybody()
        with self.stage.runtime.begin(by=who) as session:
            scheduling.move(
                session,
                appointment_id=appointment_id,
                physician_id=slot.physician_id,
                starts_at=slot.starts_at,
                by=who,
                now=self.now,
                ring=self.stage.runtime.link_ring,
            )

    def cancel(self, appointment_id: UUID, reason: CancelReason, *, by: Actor | None = None) -> None:
        """Call a visit off; without `by` a coordinator does it."""
        who = by or self.anybody()
        with self.stage.runtime.begin(by=who) as session:
            scheduling.cancel(session, appointment_id=appointment_id, reason=reason, by=who, now=self.now)

    def confirm(self, appointment_id: UUID, *, by: Actor | None = None) -> None:
        """Note that the patient will come: on the page if the patient says so there, else as told to a coordinator."""
        who = by or self.anybody()
        with self.stage.runtime.begin(by=who) as session:
            scheduling.confirm(
                session, appointment_id=appointment_id, via="page" if by else "staff", by=who, now=self.now
            )

    def arrive(self, appointment_id: UUID) -> ReadinessCheck | None:
        """Let a coordinator note that the patient is there; return what was found before a session."""
        by = self.anybody()
        with self.stage.runtime.begin(by=by) as session:
            return begin_visit(session, appointment_id=appointment_id, by=by, now=self.now).check

    def receive(self, visit: Appointment) -> None:
        """Note that the patient is there; a session of the past is written down after its end instead."""
        if not visit.visit_type_code.endswith(_SESSION):
            self.arrive(visit.id)

    def complete(self, visit: Appointment) -> None:
        """Let the visit's physician end it, or write down a session of the time before the clinic kept its checks."""
        by = self.team.physicians[visit.physician_id]
        is_unchecked = self.look_up(visit.id).state in UPCOMING
        end = partial(record_held, reason=_BEFORE_GATES) if is_unchecked else scheduling.complete
        with self.stage.runtime.begin(by=by) as session:
            end(session, appointment_id=visit.id, by=by, now=self.now)
        if self.after_visit:
            self.after_visit(visit)

    def miss(self, appointment_id: UUID) -> None:
        """Let a coordinator note that the patient did not come."""
        by = self.anybody()
        with self.stage.runtime.begin(by=by) as session:
            scheduling.mark_no_show(session, appointment_id=appointment_id, by=by, now=self.now)

    def tidy_up(self, note: str = "Called, all settled.", *, patient_id: UUID | None = None) -> None:
        """Let a coordinator do all tasks on the list, or all about one patient; what is not paid stays there."""
        by = self.anybody()
        with self.stage.runtime.begin(by=by) as session:
            for item in tasks.open_items(session, roles={Role.COORDINATOR}):
                if patient_id in {None, item.patient_id} and item.kind != WorkKind.PAYMENT_FAILED:
                    worklist.close_item(session, item_id=item.id, version=item.version, note=note, by=by, now=self.now)

    def nobody_answers(self, patient_id: UUID | None) -> None:
        """Let a coordinator call about what waits for somebody; nobody is there, so it comes back later."""
        by = self.anybody()
        if patient_id:
            with self.stage.runtime.begin(by=by) as session:
                log_call(session, patient_id=patient_id, outcome=CallOutcome.NO_ANSWER, settled=(), by=by, now=self.now)
