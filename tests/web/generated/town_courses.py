"""A plan for each patient of the town with a word to look for in everything that somebody writes into one."""

from datetime import timedelta

from sqlalchemy.orm import Session

from clinic.handover.actions.proposing import propose_transfer
from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.people.models import Physician
from clinic.readiness.actions.overriding import override_start
from clinic.scheduling import actions as scheduling
from clinic.scheduling.rules.places import Place
from clinic.treatment import actions
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.rules.phases import Phase
from tests.domains.readiness.ready import arrive
from tests.domains.scheduling.calendar_makers import NOW, Clinic, at
from tests.web.generated.town import EARLIER, Town
from tests.web.generated.town_billing import add_billing
from tests.web.generated.town_intake import add_intakes
from tests.web.generated.town_medication import add_medication
from tests.web.generated.town_monitoring import add_monitoring

SUPPORT_PHONES = {"amy": "+13055550161", "bea": "+13055550162"}
BEGUN = {"amy": EARLIER, "bea": EARLIER - timedelta(days=5)}
"""On different days, so that no sentence about one plan is true of the other."""
TAKEN = {"amy": at(20, 9), "bea": at(18, 9)}
DOCTORS = {"amy": "physician", "bea": "other"}


def add_courses(session: Session, town: Town, clinic: Clinic) -> None:
    """Make kinds of visits, and a plan with a visit that was taken for each patient."""
    for code in ("induction_session", "touch_up_session"):
        clinic.visit_type(code, patient_minutes=120, purpose="session", horizon_days=120)
    for key, doctor in DOCTORS.items():
        by = _doctor(session, town, doctor)
        plan = _plan(session, town, key, by=by)
        _decide(session, plan, key, by=by)
        _arrange(session, town, plan, key)
        _visit(session, town, plan, key, by=by)
    doctors = {key: _doctor(session, town, doctor) for key, doctor in DOCTORS.items()}
    add_medication(session, town, clinic, doctors)
    add_monitoring(session, town, doctors)
    add_billing(session, town, doctors)
    add_intakes(session, town, doctors)
    _propose_transfer(session, town)
    session.get_one(Physician, town.physicians["other"]).staff_id = None


def _propose_transfer(session: Session, town: Town) -> None:
    """Ask the other physician to take the first patient over."""
    transfer = propose_transfer(
        session,
        patient_id=town.patients["amy"],
        to_physician_id=town.physicians["other"],
        on=at(30, 9).date(),
        reason="transfercanary of amy",
        by=town.actors["colleague"],
        now=NOW - timedelta(hours=1),
    )
    town.owner_of[transfer.id] = "amy"


def _doctor(session: Session, town: Town, doctor: str) -> Actor:
    """Return the physician as somebody who is signed in; one without an account borrows one for that."""
    found = session.get_one(Physician, town.physicians[doctor])
    found.staff_id = found.staff_id or town.staff["newly hired"]
    session.flush()
    return Actor(kind=ActorKind.STAFF, id=found.staff_id, name=found.full_name, roles=frozenset({Role.PHYSICIAN}))


def _plan(session: Session, town: Town, key: str, *, by: Actor) -> TreatmentPlan:
    who = {"patient_id": town.patients[key], "physician_id": town.physicians[DOCTORS[key]]}
    begun = BEGUN[key]
    plan = actions.open_plan(session, **who, by=town.actors["colleague"], now=begun)
    town.owner_of[plan.id] = key
    for phase, reason in (
        (Phase.INDUCTION, f"phasecanary of {key}"),
        (Phase.MAINTENANCE, f"phasecanary more of {key}"),
    ):
        seen = {"plan_id": plan.id, "version": plan.version}
        actions.enter_phase(session, **seen, phase=phase, reason=reason, by=by, now=begun)
    return plan


def _decide(session: Session, plan: TreatmentPlan, key: str, *, by: Actor) -> None:
    seen = {"plan_id": plan.id, "version": plan.version, "by": by, "now": EARLIER}
    actions.change_plan(session, **seen, indication=f"indicationcanary of {key}", reason=f"changecanary of {key}")


def _arrange(session: Session, town: Town, plan: TreatmentPlan, key: str) -> None:
    """Write down a place twice, so that the history holds one that nothing else does."""
    hours = {"patient_hours": [], "are_patient_hours_strict": False, "support_hours": []}
    for place in (f"planted plan_change details_sealed canary {key}", f"placecanary of {key}"):
        actions.set_preferences(
            session,
            plan_id=plan.id,
            **hours,
            support_name=f"Supportia Canary {key}",
            support_phone=SUPPORT_PHONES[key],
            place=place,
            version=plan.version,
            by=town.actors["colleague"],
            now=EARLIER,
        )


def _visit(session: Session, town: Town, plan: TreatmentPlan, key: str, *, by: Actor) -> None:
    visit = scheduling.book_now(
        session,
        visit_type_code="touch_up_session",
        patient_id=plan.patient_id,
        physician_id=plan.physician_id,
        starts_at=TAKEN[key],
        by=town.actors["colleague"],
        now=EARLIER,
        ring=town.runtime.link_ring,
    )
    town.owner_of[visit.id] = key
    at_once = {"appointment_id": visit.id, "by": town.actors["colleague"]}
    here = Place(kind="other", state="FL", county_fips="12086", words=f"wherecanary of {key}")
    scheduling.say_location(session, **at_once, place=here, now=TAKEN[key])
    override_start(
        session, appointment_id=visit.id, codes=["visit_overdue"], reason=f"overridecanary of {key}", by=by,
        now=TAKEN[key],
    )  # fmt: skip
    arrive(session, **at_once, now=TAKEN[key])
    scheduling.complete(session, **at_once, now=TAKEN[key] + timedelta(hours=2))
    actions.record_outcome(
        session,
        plan_id=plan.id,
        appointment_id=visit.id,
        outcome="skipped",
        reason=f"outcomereasoncanary of {key}",
        version=plan.version,
        by=by,
        now=NOW - timedelta(hours=1),
    )
