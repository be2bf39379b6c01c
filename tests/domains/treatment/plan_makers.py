"""Makes a clinic with courses for tests: a physician who signs in, kinds of visits, plans in a phase, sessions taken.

Everything goes through the product's own actions; what lies in the past is done with an earlier `now`.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.ids import new_id
from clinic.kernel.localtime import to_instant
from clinic.people import actions as people
from clinic.people.models import Patient, Physician
from clinic.people.rules import NewPhysician
from clinic.scheduling import actions as scheduling
from clinic.scheduling.models import Appointment
from clinic.treatment import actions
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.rules.phases import Phase
from tests.domains.readiness.ready import arrive
from tests.domains.scheduling.calendar_makers import COORDINATOR, NOW, RING, Clinic

NEW_YORK = "America/New_York"
LONG_BEFORE = NOW - timedelta(days=120)
"""When plans begin unless a test says otherwise."""

ADMIN = Actor(kind=ActorKind.STAFF, id=new_id(), name="Morgan Ellery", roles=frozenset({Role.ADMIN}))
BECAUSE = "Agreed with the patient."

_ON_THE_WAY = {
    Phase.EVALUATION: (),
    Phase.INDUCTION: (Phase.INDUCTION,),
    Phase.MAINTENANCE: (Phase.INDUCTION, Phase.MAINTENANCE),
    Phase.TAPER: (Phase.INDUCTION, Phase.MAINTENANCE, Phase.TAPER),
    Phase.AFTERCARE: (Phase.INDUCTION, Phase.MAINTENANCE, Phase.TAPER, Phase.AFTERCARE),
    Phase.ENDED: (Phase.INDUCTION, Phase.MAINTENANCE, Phase.TAPER, Phase.AFTERCARE, Phase.ENDED),
}


def on(day: date | str, hour: int = 10, minute: int = 0) -> datetime:
    """Return an instant by the New York clock: `on("2026-11-25", 14)`."""
    known = date.fromisoformat(day) if isinstance(day, str) else day
    return to_instant(known, time(hour, minute), NEW_YORK)


def book(session: Session, plan: TreatmentPlan, *, at: datetime, kind: str | None = None, **changes) -> Appointment:
    """Book a visit of the plan's patient, a session of the plan's phase unless `kind` says otherwise.

    Past ones are booked the day before; nothing is followed yet, as right after a booking on another page.
    """
    wanted = {
        "visit_type_code": kind or kind_for(plan),
        "patient_id": plan.patient_id,
        "physician_id": plan.physician_id,
        "starts_at": at,
        "by": COORDINATOR,
        "now": min(NOW, at - timedelta(days=1)),
    } | changes
    return scheduling.book_now(session, ring=RING, **wanted)


def follow(session: Session, visit: Appointment, *, now: datetime = NOW) -> None:
    """Do what the standing order does after a change of a visit."""
    actions.follow_visit(session, appointment_id=visit.id, by=COORDINATOR, now=now)


def take(session: Session, plan: TreatmentPlan, *, at: datetime, kind: str | None = None, **changes) -> Appointment:
    """Book a visit and let it take place: a session with its record, or a follow-up (`kind="follow_up"`)."""
    visit = book(session, plan, at=at, kind=kind, **changes)
    arrive(session, appointment_id=visit.id, by=COORDINATOR, now=at)
    scheduling.complete(session, appointment_id=visit.id, by=COORDINATOR, now=visit.ends_at)
    follow(session, visit, now=visit.ends_at)
    return visit


def skip(session: Session, plan: TreatmentPlan, *, at: datetime, kind: str | None = None, **changes) -> Appointment:
    """Book a visit to which the patient does not come."""
    visit = book(session, plan, at=at, kind=kind, **changes)
    scheduling.mark_no_show(session, appointment_id=visit.id, by=COORDINATOR, now=at + timedelta(hours=1))
    follow(session, visit, now=at + timedelta(hours=1))
    return visit


def enter(session: Session, plan: TreatmentPlan, phase: Phase, *, by: Actor, now: datetime = NOW, **changes):
    """Let a plan enter a phase with a reason."""
    wanted = {"reason": BECAUSE, "version": plan.version} | changes
    return actions.enter_phase(session, plan_id=plan.id, phase=phase, by=by, now=now, **wanted)


def kind_for(plan: TreatmentPlan) -> str:
    """Return the code of the kind of session that the plan's phase has."""
    return "touch_up_session" if plan.phase in {Phase.MAINTENANCE, Phase.TAPER} else "induction_session"


@dataclass
class CourseClinic:
    """A clinic with kinds of visits and Dr. Okafor, who sees patients in Florida and New Jersey and signs in."""

    session: Session
    coordinator: Actor = COORDINATOR
    admin: Actor = ADMIN
    clinic: Clinic = field(init=False)
    okafor: Physician = field(init=False)
    doctor: Actor = field(init=False)

    def __post_init__(self) -> None:
        self.clinic = Clinic(self.session)
        _make_kinds(self.clinic)
        self.okafor, self.doctor = self.physician("Dr. Amara Okafor")

    def physician(self, name: str, **changes) -> tuple[Physician, Actor]:
        """Make a physician with hours on weekdays from 9 to 17, licenses and an account."""
        made = self.clinic.physician(name, **changes)
        email = f"{name.rsplit(maxsplit=1)[-1].casefold()}@example.org"
        account, _ = access.invite_staff(
            self.session, email=email, full_name=name, roles={Role.PHYSICIAN}, by=ADMIN, now=NOW
        )
        people.edit_physician(
            self.session,
            physician_id=made.id,
            new=NewPhysician(full_name=name, zone=made.zone, staff_id=account.id),
            version=made.version,
            by=ADMIN,
            now=NOW,
        )
        actor = Actor(kind=ActorKind.STAFF, id=account.id, name=name, roles=frozenset({Role.PHYSICIAN}))
        return made, actor

    def patient(self, **changes) -> Patient:
        """Make a patient in Miami, or wherever the changes say."""
        return self.clinic.patient(**changes)

    def plan(
        self,
        phase: Phase = Phase.INDUCTION,
        *,
        patient: Patient | None = None,
        physician: Physician | None = None,
        since: datetime = LONG_BEFORE,
        **changes,
    ) -> TreatmentPlan:
        """Open a plan at `since` and let it enter every phase up to `phase`, a minute after each other."""
        plan = actions.open_plan(
            self.session,
            patient_id=(patient or self.patient()).id,
            physician_id=(physician or self.okafor).id,
            **({"by": self.coordinator, "now": since} | changes),
        )
        by = self.doctor_of(plan)
        for minutes, each in enumerate(_ON_THE_WAY[phase], start=1):
            enter(self.session, plan, each, by=by, now=since + timedelta(minutes=minutes))
        return plan

    def doctor_of(self, plan: TreatmentPlan) -> Actor:
        """Return the plan's physician as somebody who is signed in."""
        physician = self.session.get_one(Physician, plan.physician_id)
        roles = frozenset({Role.PHYSICIAN})
        return Actor(kind=ActorKind.STAFF, id=physician.staff_id, name=physician.full_name, roles=roles)


def _make_kinds(clinic: Clinic) -> None:
    engaged = {"patient_minutes": 120, "physician_segments": ((0, 30), (105, 15)), "is_patient_bookable": False}
    for code, name in (("induction_session", "Induction session"), ("touch_up_session", "Touch-up session")):
        clinic.visit_type(code, name=name, name_es=name, purpose="session", horizon_days=366, **engaged)
    clinic.visit_type("follow_up", purpose="follow_up", horizon_days=366)
    clinic.visit_type("initial_consultation", name="Initial consultation", purpose="consultation")
