"""How a patient answers check-ins: scores that fall with treatment, or rise with those who get worse."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic.cli.demo.answers import TOTAL, answers_to
from clinic.cli.demo.medication_days import units_said
from clinic.kernel.errors import DomainError
from clinic.monitoring.actions.answering import save_answers, submit
from clinic.monitoring.models import CheckIn
from clinic.monitoring.queries.answering import sheet
from clinic.monitoring.rules.calendar import Part
from clinic.simulation.world import Patient

_OPEN = (
    select(CheckIn.id)
    .where(CheckIn.patient_id == bindparam("of_patient"), CheckIn.state == "open", CheckIn.part == Part.DAY.value)
    .order_by(CheckIn.due_on)
)
_LOOKS = 4
_REMAINING = ("unit_count", "remaining")
_FIRST, _BEST, _WORST = 15, 4, 23
_STEP = 1
_READY = {
    ("pre_session", item): 1
    for item in (
        *("food_stopped", "hydrated", "no_alcohol", "no_sedatives", "well", "not_pregnant", "bladder_ok"),
        *("safe_place", "no_driving", "sitter_present", "units"),
    )
} | {("pre_session", "mood"): 6, ("pre_session", "pulse"): 68, ("pre_session", "spo2"): 98}
"""What the checklist of the day says where nothing speaks against the session."""


@dataclass
class Answers:
    """Answers what is open, some hours after the text that asked."""

    patient: Patient
    level: int = _FIRST
    """About the total of PHQ-9 that the patient would score now."""

    def ask(self) -> None:
        """React to the link: most people answer later that day, in daylight."""
        if self.patient.happens(self.patient.world.behavior.answers_check_ins):
            self.patient.phone.after(self.answer, minutes=(10, 400))

    def answer(self) -> None:
        """Answer and send every check-in that is open."""
        if self.patient.is_gone:
            return
        with self.patient.world.desk.stage.read() as session:
            waiting = list(session.scalars(_OPEN, {"of_patient": self.patient.id}))
        for check_in_id in waiting:
            try:
                self._send(check_in_id)
            except DomainError as refusal:
                self.patient.world.counts[f"refused: {refusal.code}"] += 1

    def _send(self, check_in_id: UUID) -> None:
        world, by = self.patient.world, self.patient.actor
        wishes = self._wishes()
        with world.begin(by) as session:
            asked = session.get_one(CheckIn, check_in_id)
            told = {**wishes, **units_said(session, self.patient.id)}
            if told.get(_REMAINING) and self.patient.happens(world.behavior.counts_short):
                told[_REMAINING] -= 1
            for _ in range(_LOOKS):
                parts = [part for part in sheet(session, asked).parts if not part.given]
                if not parts:
                    break
                given: dict[UUID, dict[str, Any]] = {
                    part.assessment_id: answers_to(part.instrument, told, today=world.today) for part in parts
                }
                save_answers(session, check_in_id=check_in_id, given=given, by=by, now=world.now)
            submit(session, check_in_id=check_in_id, leaves_out=True, by=by, now=world.now)

    def told(self, session: Session) -> dict[tuple[str, str], int]:
        """Return what the patient says today, units among it."""
        return {**self._wishes(), **units_said(session, self.patient.id)}

    def _wishes(self) -> dict[tuple[str, str], int]:
        """Return the answers of today, after moving the level a little up or down."""
        patient, chance = self.patient, self.patient.chance
        step = chance.choice((0, 0, _STEP))
        self.level = min(_WORST, self.level + step) if patient.is_worse else max(_BEST, self.level - step)
        noisy = max(0, self.level + chance.randint(-2, 2))
        upper, lower = chance.randint(108, 142), chance.randint(66, 88)
        found = _READY | {
            ("phq9", TOTAL): noisy,
            ("gad7", TOTAL): max(0, noisy - 3),
            ("mood", "mood"): max(1, 8 - noisy // 4),
            ("sleep", "hours"): 5 if patient.is_worse else 7,
            ("craving", "now"): 4 if patient.is_worse else 0,
            ("vitals", "systolic"): upper,
            ("vitals", "diastolic"): lower,
            ("pre_session", "systolic"): upper,
            ("pre_session", "diastolic"): lower,
        }
        if patient.is_worse and patient.happens(patient.world.behavior.alarming):
            found["phq9", "q9"] = 2
        return found
