"""When life happens in the demo: one patient is to go to another physician, another one moves to the other state."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.cli.demo.desk import Desk
from clinic.handover.actions.moving import preview_move, relocate
from clinic.handover.actions.proposing import propose_transfer
from clinic.handover.queries.transfers import choices
from clinic.handover.rules.moving import NewMove, fingerprint
from clinic.kernel.actor import Actor
from clinic.kernel.errors import DomainError
from clinic.kernel.transaction import whole
from clinic.people.models import Patient
from clinic.people.queries import patient as patient_by_id
from clinic.people.rules.addresses import NewAddress
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries import plan_of_patient

_NEW_HOMES = {
    "FL": NewAddress(
        address_line="240 Sample Orchard Road", city="Newark", state="NJ", postal_code="07102", county_fips="34013"
    ),
    "NJ": NewAddress(
        address_line="18 Sample Palm Court", city="Tampa", state="FL", postal_code="33602", county_fips="12057"
    ),
}
_AHEAD = timedelta(days=12)


@dataclass(frozen=True, slots=True)
class Life:
    """Lets things happen to patients with a plan, by the hand of the first coordinator."""

    desk: Desk
    today: date

    def happen(self, patient_ids: Sequence[UUID]) -> None:
        """Propose one hand-over and plan one move, each for the first of these patients for whom it can be."""
        left: list[Callable[[Session, Patient, TreatmentPlan], bool]] = [self._hand_over, self._move]
        with self.desk.stage.runtime.begin(by=self._by) as session:
            for patient_id in patient_ids:
                plan = plan_of_patient(session, patient_id)
                if plan is None or not left:
                    continue
                try:
                    with whole(session):
                        if left[0](session, patient_by_id(session, patient_id), plan):
                            left.pop(0)
                except DomainError:
                    continue

    @property
    def _by(self) -> Actor:
        return self.desk.team.coordinators[0]

    def _hand_over(self, session: Session, patient: Patient, plan: TreatmentPlan) -> bool:
        found = choices(session, state=patient.state, present_id=plan.physician_id, on=self.today + _AHEAD)
        able = [each for each in found if each.why_not is None]
        if not able:
            return False
        propose_transfer(
            session,
            patient_id=patient.id,
            to_physician_id=able[0].id,
            on=self.today + _AHEAD,
            reason="The patient asked for visits in the evening.",
            by=self._by,
            now=self.desk.now,
        )
        return True

    def _move(self, session: Session, patient: Patient, _plan: TreatmentPlan) -> bool:
        address = _NEW_HOMES[patient.state]
        move = NewMove(on=self.today + _AHEAD, state=address.state, address=address)
        seen = preview_move(session, patient_id=patient.id, move=move, by=self._by, now=self.desk.now)
        relocate(
            session,
            patient_id=patient.id,
            move=move,
            seen=fingerprint(seen),
            version=patient.version,
            by=self._by,
            now=self.desk.now,
        )
        return True
