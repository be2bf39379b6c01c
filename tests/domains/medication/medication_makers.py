"""Makes a clinic that orders: a pharmacy and a physician with licenses and registrations, looks, drafts, signed orders.

Everything goes through the product's own actions.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from clinic.kernel.actor import Actor
from clinic.kernel.localtime import in_zone
from clinic.medication.actions.orders import draft_order
from clinic.medication.actions.pdmp import record_check
from clinic.medication.actions.pharmacies import add_pharmacy, record_pharmacy_license
from clinic.medication.actions.registrations import record_registration
from clinic.medication.actions.signing import sign_order
from clinic.medication.models import PdmpCheck, Pharmacy, PrescriberRegistration, Prescription
from clinic.medication.rules.orders import OrderFields, OrderForm, Route
from clinic.medication.rules.pdmp import PdmpReport
from clinic.medication.rules.registering import NewPharmacy, NewPharmacyLicense, NewRegistration
from clinic.people.models import Patient, Physician
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.rules.phases import Phase
from tests.domains.scheduling.calendar_makers import FAR_AHEAD, LONG_AGO, NOW
from tests.domains.treatment.plan_makers import ADMIN, CourseClinic

FIELDS = OrderFields(
    drug="Invented compound",
    form=OrderForm.TROCHE,
    route=Route.SUBLINGUAL,
    strength_value=Decimal("2.5"),
    strength_unit="units of strength",
    quantity=12,
    units_per_session=2,
    days_supply=28,
    refills=2,
    directions="As agreed, before each session.",
    indication="An invented indication",
)
PHARMACY = NewPharmacy(
    name="Invented Compounding", phone="+13055550199", address="1 Mortar Way, Tampa, FL 33601", dea_number="FI1234563"
)
DEA_NUMBER = "BO1234563"


def a_pharmacy(
    session: Session, *, states: tuple[str, ...] = ("FL", "NJ"), now: datetime = NOW, **changes: object
) -> Pharmacy:
    """Add a pharmacy that may send into these states; every name is used once."""
    wanted = {each: getattr(PHARMACY, each) for each in ("name", "phone", "address", "dea_number", "channel")} | changes
    made = add_pharmacy(session, new=NewPharmacy(**wanted), by=ADMIN, now=now)  # type: ignore[arg-type]
    for state in states:
        new = NewPharmacyLicense(state=state, number=f"PH-{state}", valid_from=LONG_AGO, valid_until=FAR_AHEAD)
        record_pharmacy_license(session, pharmacy_id=made.id, new=new, by=ADMIN, now=now)
    return made


def a_registration(
    session: Session,
    physician: Physician,
    *,
    kind: str = "dea",
    state: str = "FL",
    number: str = DEA_NUMBER,
    valid_from: date = LONG_AGO,
    valid_until: date = FAR_AHEAD,
    now: datetime = NOW,
) -> PrescriberRegistration:
    """Register a physician in a state."""
    new = NewRegistration(
        kind=kind,
        state=state,
        number=number,
        address=f"5 Clinic Road, {state}",
        valid_from=valid_from,
        valid_until=valid_until,
    )
    return record_registration(session, physician_id=physician.id, new=new, by=ADMIN, now=now)


def a_check(session: Session, patient: Patient, *, by: Actor, now: datetime = NOW, **changes: object) -> PdmpCheck:
    """Look into the program of the patient's state a minute ago and find nothing else."""
    wanted = {
        "state": patient.state,
        "checked_at": now - timedelta(minutes=1),
        "result": "nothing_else",
        "reference": "Q-1",
    }
    report = PdmpReport(**(wanted | changes))  # type: ignore[arg-type]
    return record_check(session, patient_id=patient.id, report=report, by=by, now=now)


@dataclass
class OrderClinic(CourseClinic):
    """A clinic with courses, a pharmacy for both states, and Dr. Okafor registered in both."""

    pharmacy: Pharmacy = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.pharmacy = a_pharmacy(self.session)
        self.register(self.okafor)

    def register(self, physician: Physician) -> None:
        """Register a physician wherever the clinic is."""
        a_registration(self.session, physician)
        a_registration(self.session, physician, state="NJ")
        a_registration(self.session, physician, state="NJ", kind="cds", number="D1234500")

    def treated(self, phase: Phase = Phase.MAINTENANCE, **changes: object) -> TreatmentPlan:
        """Return the plan of a new patient of Dr. Okafor's who is treated."""
        return self.plan(phase, patient=self.patient(**changes))

    def patient_of(self, plan: TreatmentPlan) -> Patient:
        """Return the plan's patient."""
        return self.session.get_one(Patient, plan.patient_id)

    def draft(self, plan: TreatmentPlan, *, now: datetime = NOW, **changes: object) -> Prescription:
        """Write an order for the plan's patient."""
        wanted = {
            "patient_id": plan.patient_id,
            "pharmacy_id": self.pharmacy.id,
            "fields": FIELDS,
            "by": self.doctor_of(plan),
        }
        return draft_order(self.session, now=now, **(wanted | changes))  # type: ignore[arg-type]

    def sign(
        self, draft: Prescription, *, check: PdmpCheck | None = None, now: datetime = NOW, **changes: object
    ) -> Prescription:
        """Sign a draft on the patient's today, with a look into the program a minute before."""
        patient = self.session.get_one(Patient, draft.patient_id)
        doctor = self._doctor(draft)
        looked = check or a_check(self.session, patient, by=doctor, now=now)
        wanted = {
            "order_id": draft.id,
            "version": draft.version,
            "pdmp_check_id": looked.id,
            "issued_on": in_zone(now, patient.zone).date(),
            "has_stepped_up": True,
            "by": doctor,
        }
        return sign_order(self.session, now=now, **(wanted | changes))  # type: ignore[arg-type]

    def signed(self, plan: TreatmentPlan, *, now: datetime = NOW, **changes: object) -> Prescription:
        """Write an order for the plan's patient and sign it a minute later; the changes are the draft's."""
        return self.sign(self.draft(plan, now=now - timedelta(minutes=1), **changes), now=now)

    def _doctor(self, order: Prescription) -> Actor:
        physician = self.session.get_one(Physician, order.physician_id)
        return Actor(kind=self.doctor.kind, id=physician.staff_id, name=physician.full_name, roles=self.doctor.roles)
