"""What the gates look at, gathered for many sessions in a fixed number of statements."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.consents.queries.standing import standing_of as forms_of
from clinic.consents.rules.standing import Standing
from clinic.kernel.localtime import in_zone
from clinic.medication.queries.at_home import AtHome, Covering, at_home, covering_orders
from clinic.medication.queries.gate_facts import visits_around
from clinic.monitoring.queries.flags import on_hold
from clinic.monitoring.queries.follow_ups import open_follow_ups
from clinic.oncall.queries.rota import gaps, has_rota
from clinic.people.models import Licence, Patient
from clinic.people.queries import licences_by_physician, patients_by_id
from clinic.people.queries.allowances import allowances
from clinic.people.rules import PatientStatus
from clinic.people.rules.allowances import Allowance
from clinic.policies.queries import numbers_of
from clinic.policies.rules import PolicyKey
from clinic.readiness.queries.sessions import Asked
from clinic.readiness.queries.spacing import Gap, gap_of
from clinic.readiness.rules.facts import DayCheck, Facts, Limits, Support
from clinic.scheduling.queries.locations import StatedLocation, stated_locations
from clinic.session_day.queries.persons import started_at_of
from clinic.session_day.queries.standing import standing_of as days_of
from clinic.session_day.rules.standing import DayStanding
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries.caring import is_of_pain
from clinic.treatment.queries.legal import legal_bases
from clinic.treatment.queries.plans import plans_by_patient
from clinic.treatment.queries.protocols import rules_of_plans
from clinic.treatment.queries.sessions import progress_of
from clinic.treatment.rules.legal import Basis, LegalVisit, uncovered

_KEYS = {"floor_hours": PolicyKey.SESSION_FLOOR_HOURS, "visit_days": PolicyKey.SESSION_VISIT_DAYS}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What the domains know of some sessions; by patient, by visit, by physician, or by place in the list asked."""

    now: datetime
    patients: Mapping[UUID, Patient]
    plans: Mapping[UUID, TreatmentPlan]
    gaps: Mapping[Asked, Gap]
    holds: frozenset[UUID]
    orders: Mapping[UUID, Covering]
    homes: Mapping[tuple[UUID, date], AtHome]
    allowances: Mapping[UUID, Allowance]
    forms: Mapping[UUID, Standing]
    licenses: Mapping[UUID, Collection[Licence]]
    bases: list[Basis]
    visits: Mapping[UUID, datetime]
    days: Mapping[UUID, DayStanding]
    places: Mapping[UUID, StatedLocation]
    follow_ups: Mapping[UUID, int]
    alone: frozenset[Asked]


def limits_of(session: Session) -> Limits:
    """Return the clinic's thresholds as they are now."""
    values = numbers_of(session, list(_KEYS.values()))
    return Limits(**{name: values[key] for name, key in _KEYS.items()})


def facts_of(session: Session, asked: Collection[Asked], *, now: datetime) -> dict[Asked, Facts]:
    """Return what the gates look at for each of these sessions."""
    if not asked:
        return {}
    known = _gathered(session, asked, now=now)
    return {each: _facts(each, known) for each in asked}


def _gathered(session: Session, asked: Collection[Asked], *, now: datetime) -> _Known:
    patient_ids = {each.patient_id for each in asked}
    visit_ids = {each.appointment_id for each in asked if each.appointment_id is not None}
    plans = plans_by_patient(session, patient_ids)
    spaces = _gaps(session, asked, plans, now=now)
    earlier = {gap.before.appointment_id for gap in spaces.values() if gap.before is not None}
    return _Known(
        now=now,
        patients=patients_by_id(session, patient_ids),
        plans=plans,
        gaps=spaces,
        holds=on_hold(session, patient_ids),
        orders=covering_orders(session, patient_ids),
        homes=_homes(session, asked),
        allowances=allowances(session, patient_ids, now=now),
        forms=forms_of(session, patient_ids, now, of_pain=_of_pain(plans)),
        licenses=licences_by_physician(session, {each.physician_id for each in asked if each.physician_id}),
        bases=legal_bases(session),
        visits=visits_around(session, patient_ids, now=now)[0],
        days=days_of(session, visit_ids, now=now) if visit_ids else {},
        places=stated_locations(session, list(visit_ids)) if visit_ids else {},
        follow_ups=open_follow_ups(session, earlier) if earlier else {},
        alone=_alone(session, [each for each, gap in spaces.items() if gap.is_first]),
    )


def _of_pain(plans: Mapping[UUID, TreatmentPlan]) -> frozenset[UUID]:
    return frozenset(patient_id for patient_id, plan in plans.items() if is_of_pain(plan))


def _gaps(
    session: Session, asked: Collection[Asked], plans: Mapping[UUID, TreatmentPlan], *, now: datetime
) -> dict[Asked, Gap]:
    rules, done = rules_of_plans(session, plans.values()), progress_of(session, list(plans.values()), now=now)
    began = started_at_of(session, {row.appointment_id for each in done.values() for row in each.sessions})
    found = {}
    for each in asked:
        plan = plans.get(each.patient_id)
        if plan is not None:
            found[each] = gap_of(each, rules[plan.id], done[plan.id], began=began, now=now)
    return found


def _homes(session: Session, asked: Collection[Asked]) -> dict[tuple[UUID, date], AtHome]:
    """Return what is at home by patient and day of the session; one statement serves each patient's next day."""
    found: dict[tuple[UUID, date], AtHome] = {}
    left = {(each.patient_id, _day(each)) for each in asked}
    while left:
        turn = {patient_id: on for patient_id, on in sorted(left, reverse=True)}  # noqa: C416 - one day a patient
        left -= set(turn.items())
        homes = at_home(session, turn)
        found |= {(patient_id, on): homes.get(patient_id, AtHome()) for patient_id, on in turn.items()}
    return found


def _alone(session: Session, first: Collection[Asked]) -> frozenset[Asked]:
    """Return the first sessions during which nobody is on call, where the clinic keeps a rota."""
    if not first or not has_rota(session):
        return frozenset()
    return frozenset(each for each in first if gaps(session, since=each.starts_at, until=each.ends_at))


def _day(asked: Asked) -> date:
    return in_zone(asked.starts_at, asked.zone).date()


def _facts(asked: Asked, known: _Known) -> Facts:
    patient_id, on = asked.patient_id, _day(asked)
    plan, gap = known.plans.get(patient_id), known.gaps.get(asked, Gap(before=None, is_first=True))
    order, home = known.orders.get(patient_id), known.homes[patient_id, on]
    day, visit = _standing(asked, known), known.visits.get(patient_id)
    return Facts(
        appointment_id=asked.appointment_id,
        patient_id=patient_id,
        at=known.now,
        starts_at=asked.starts_at,
        on=on,
        is_active=known.patients[patient_id].status == PatientStatus.ACTIVE,
        phase=plan.phase if plan else None,
        is_paused=plan is not None and plan.paused_until is not None and on <= plan.paused_until,
        has_hold=patient_id in known.holds,
        order=order.state if order else None,
        units_needed=order.units_per_session if order else 0,
        units_good=home.good,
        units_unconfirmed=home.unconfirmed,
        units_recalled=home.recalled,
        recalled_lots=home.recalled_lots,
        units_out_of_date=home.out_of_date,
        is_membership_open=known.allowances[patient_id].is_open,
        missing_consents=tuple(each.kind.value for each in known.forms[patient_id].missing),
        **_there(asked, known, plan, on=on),
        hours_since=gap.hours,
        days_since=gap.days,
        least_gap_hours=gap.least_hours,
        least_gap_days=gap.least_days,
        floor_hours_since=gap.floor_hours,
        support=_support(day),
        is_attested_today=_is_on(day.attested_at, asked, on) and day.support_person == "attested",
        follow_ups_open=known.follow_ups.get(gap.before.appointment_id, 0) if gap.before else 0,
        last_visit_on=in_zone(visit, asked.zone).date() if visit else None,
        checklist=_checklist(day, asked, on),
        checklist_reasons=day.checklist_reasons,
        is_first=gap.is_first,
        is_clinician_there=asked not in known.alone,
    )


def _there(asked: Asked, known: _Known, plan: TreatmentPlan | None, *, on: date) -> dict[str, Any]:
    """Return the facts about the place where the patient will be."""
    said = _said(asked, known)
    state = said.state if said else asked.location_state
    exam_on = plan.in_person_exam_on if plan else None
    held = known.licenses.get(asked.physician_id, ()) if asked.physician_id else ()
    return {
        "location_state": state,
        "is_location_stated": said is not None and in_zone(said.said_at, asked.zone).date() == on,
        "has_license": _is_licensed(held, state, on),
        "is_covered": uncovered(known.bases, LegalVisit(state, on), exam_on=exam_on) is None,
    }


def _standing(asked: Asked, known: _Known) -> DayStanding:
    return known.days.get(asked.appointment_id, DayStanding()) if asked.appointment_id else DayStanding()


def _said(asked: Asked, known: _Known) -> StatedLocation | None:
    return known.places.get(asked.appointment_id) if asked.appointment_id else None


def _is_licensed(held: Collection[Licence], state: str, on: date) -> bool:
    return any(each.state == state and each.valid_from <= on <= each.valid_until for each in held)


def _support(day: DayStanding) -> Support:
    return Support.NONE if day.support_person == "declined" else Support(day.support_person)


def _checklist(day: DayStanding, asked: Asked, on: date) -> DayCheck:
    """Return how the checklist counts: one that was finished on another day does not."""
    if day.checklist_finished_at is not None and not _is_on(day.checklist_finished_at, asked, on):
        return DayCheck.NONE
    return DayCheck(day.checklist)


def _is_on(at: datetime | None, asked: Asked, on: date) -> bool:
    return at is not None and in_zone(at, asked.zone).date() == on
