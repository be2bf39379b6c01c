"""Keeping the rows of a patient's check-ins as the calendar expects them; doing it again changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Row, bindparam, or_, select
from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.statements import among, among_these
from clinic.messaging.actions import cancel_planned
from clinic.monitoring.actions.asking import NewAssessment, add_assessment, new_check_in
from clinic.monitoring.actions.settling import note_check_in, settle
from clinic.monitoring.models import Assessment, CheckIn
from clinic.monitoring.queries.calendars import calendar_policy
from clinic.monitoring.queries.check_ins import PAUSED, PAUSED_TOLD, waiting_in
from clinic.monitoring.queries.instruments import instruments
from clinic.monitoring.rules.calendar import CareFacts, Part, expected
from clinic.monitoring.rules.instruments import Instrument
from clinic.monitoring.rules.reconciling import Asked, Changes, Day, Placed, reconciled
from clinic.monitoring.sending import SUBJECT
from clinic.people.queries import lock_patient
from clinic.people.rules import PatientStatus
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey

NOT_DUE = "not_due"
"""Why a check-in was canceled: the visit it is about moved or did not take place, or the phase is another."""

_WAITING = ("planned", "open")

_SHEETS = select(CheckIn).where(CheckIn.patient_id == bindparam("of_patient")).order_by(CheckIn.id).with_for_update()
_WAITING_SHEETS = _SHEETS.where(among_these(CheckIn.state, _WAITING))
_SHEETS_IN = _SHEETS.where(among(CheckIn.state, "in_states"))
_ASKED = (
    select(Assessment, CheckIn)
    .join(CheckIn, CheckIn.id == Assessment.check_in_id)
    .where(
        Assessment.patient_id == bindparam("of_patient"),
        or_(Assessment.state == "waiting", among(Assessment.cause_key, "for_causes")),
    )
)


def keep_calendar(session: Session, facts: CareFacts, *, by: Actor, now: datetime) -> None:
    """Add what the calendar expects and has no row, move what moved, cancel what has lost its cause.

    What was opened stays, unless its visit did not take place after all; what was answered or missed always does.
    Nothing is expected of somebody who is not under our care.
    """
    patient = lock_patient(session, facts.patient_id)
    before = timedelta(minutes=number(session, PolicyKey.SESSION_LIST_MINUTES))
    calendar = replace(calendar_policy(session), list_before=before)
    dues = expected(calendar, facts, now) if patient.status == PatientStatus.ACTIVE else ()
    sheets = _waiting_sheets(session, facts.patient_id)
    rows = _asked(session, facts.patient_id, [due.cause_key for due in dues])
    asked = [_as_rule(row, sheet) for row, sheet in rows]
    open_days = {day for day, sheet in sheets.items() if sheet.state == "open"}
    changes = reconciled(dues, asked, facts=facts, open_days=open_days, now=now)
    keeper = _Keeper(session, facts, sheets, by=by, now=now)
    for placed in changes.placed:
        keeper.place(placed, language=patient.language, version=calendar.version)
    keeper.take_away(changes.gone)
    keeper.retime(changes)
    keeper.hold_back()


def clear_calendar(session: Session, *, patient_id: UUID, reason: str, by: Actor, now: datetime) -> int:
    """Cancel what is planned for somebody of whom nothing is expected any more; return how many check-ins ended."""
    lock_patient(session, patient_id)
    return end_check_ins(session, patient_id=patient_id, states=("planned",), reason=reason, by=by, now=now)


def end_check_ins(
    session: Session, *, patient_id: UUID, states: Iterable[str], reason: str, by: Actor, now: datetime
) -> int:
    """Cancel every check-in of a patient in these states with what waits in it; return how many there were."""
    found = list(session.scalars(_SHEETS_IN, {"of_patient": patient_id, "in_states": list(states)}))
    for sheet in found:
        for row in waiting_in(session, sheet.id):
            row.state = "canceled"
        settle(session, sheet, reason=reason, by=by, now=now)
    return len(found)


class _Keeper:
    """Writes what has to change for one patient."""

    def __init__(
        self, session: Session, facts: CareFacts, sheets: dict[Day, CheckIn], *, by: Actor, now: datetime
    ) -> None:
        self.session, self.facts, self.sheets = session, facts, sheets
        self.by, self.now = by, now
        self.left: dict[UUID, CheckIn] = {}
        self.known: Mapping[str, Instrument] | None = None

    def place(self, placed: Placed, *, language: str, version: int) -> None:
        """Put what is due where it belongs: a new row, or one that moves or comes back."""
        sheet = self._sheet(placed)
        if placed.asked_id is not None:
            row = self.session.get_one(Assessment, placed.asked_id)
            self._leave(row.check_in_id)
            row.check_in_id, row.state, row.position = sheet.id, "waiting", placed.due.position
            self.session.flush()
            return
        due = placed.due
        wanted = NewAssessment(
            instrument_key=due.instrument_key,
            moment=due.moment,
            cause_key=due.cause_key,
            appointment_id=due.appointment_id,
            is_required=due.is_required,
            position=due.position,
            calendar_version=version,
        )
        if self.known is None:
            self.known = instruments(self.session)
        add_assessment(self.session, sheet, wanted, known=self.known, language=language)

    def take_away(self, ids: Iterable[UUID]) -> None:
        """Ask no more what has lost its cause, and end the check-ins in which nothing is left."""
        for asked_id in ids:
            row = self.session.get_one(Assessment, asked_id)
            row.state = "canceled"
            self._leave(row.check_in_id)
        for sheet in sorted(self.left.values(), key=lambda one: one.id):
            settle(self.session, sheet, reason=NOT_DUE, by=self.by, now=self.now)

    def retime(self, changes: Changes) -> None:
        """Let planned days open and close when what they hold does; what was put off goes on waiting."""
        for day, (opens_at, closes_at) in changes.times.items():
            sheet = self.sheets.get(day)
            if sheet is None or sheet.state != "planned":
                continue
            times = (max(opens_at, sheet.opens_at) if opens_at <= self.now else opens_at, closes_at)
            if (sheet.opens_at, sheet.closes_at) != times and times[0] < times[1]:
                sheet.opens_at, sheet.closes_at = times
                sheet.touch(by=self.by, now=self.now)
        self.session.flush()

    def hold_back(self) -> None:
        """Mark what does not open while the patient pauses, and let it open afterwards; remind of nothing meanwhile."""
        for sheet in self.sheets.values():
            if sheet.state != "planned":
                self._quiet(sheet)
                continue
            is_held = sheet.reason in {PAUSED, PAUSED_TOLD}
            if is_held is not self.facts.is_paused:
                sheet.reason = PAUSED if self.facts.is_paused else None
                sheet.touch(by=self.by, now=self.now)
            sheet.zone = self.facts.zone
        self.session.flush()

    def _quiet(self, sheet: CheckIn) -> None:
        if self.facts.is_paused and sheet.state == "open":
            cancel_planned(self.session, subject_kind=SUBJECT, subject_id=sheet.id, reason=PAUSED, now=self.now)

    def _sheet(self, placed: Placed) -> CheckIn:
        sheet = self.sheets.get(placed.day)
        if sheet is None or sheet.state not in _WAITING:
            shift = placed.day.on - placed.due.on
            sheet = new_check_in(
                self.session,
                patient_id=self.facts.patient_id,
                zone=self.facts.zone,
                part=placed.day.part,
                due_on=placed.day.on,
                times=(placed.due.opens_at + shift, placed.due.closes_at + shift),
                by=self.by,
                now=self.now,
            )
            self.sheets[placed.day] = sheet
            note_check_in(self.session, sheet, "check_in.planned", now=self.now, due_on=str(sheet.due_on))
        return sheet

    def _leave(self, check_in_id: UUID) -> None:
        """Remember a check-in that lost a question, to end it if that was the last."""
        self.left[check_in_id] = self.session.get_one(CheckIn, check_in_id)


def _waiting_sheets(session: Session, patient_id: UUID) -> dict[Day, CheckIn]:
    rows = session.scalars(_WAITING_SHEETS, {"of_patient": patient_id}, execution_options={"populate_existing": True})
    return {Day(Part(row.part), row.due_on): row for row in rows}


def _asked(session: Session, patient_id: UUID, causes: list[str]) -> Sequence[Row[Assessment, CheckIn]]:
    """Return what waits of a patient, and whatever was asked already for these causes; kept, it is not read again."""
    return session.execute(_ASKED, {"of_patient": patient_id, "for_causes": causes}).all()


def _as_rule(row: Assessment, sheet: CheckIn) -> Asked:
    return Asked(
        id=row.id,
        cause_key=row.cause_key,
        state=row.state,
        moment=row.moment,
        appointment_id=row.appointment_id,
        day=Day(Part(sheet.part), sheet.due_on),
        sheet_state=sheet.state,
        closes_at=sheet.closes_at,
    )
