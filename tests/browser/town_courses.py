"""A course in the small town: Paloma's plan with visits taken, canceled and booked, and a newer protocol."""

from dataclasses import replace
from datetime import date, datetime

from clinic.scheduling import actions as scheduling
from clinic.treatment import actions, queries
from clinic.treatment.queries.legal import legal_bases
from clinic.treatment.rules.phases import Phase
from tests.browser.town import Town
from tests.domains.readiness.ready import arrive
from tests.domains.scheduling.calendar_makers import Clinic, at
from tests.domains.treatment.plan_makers import on

BEGUN = on("2026-11-02", 9)
PATIENT = "paloma"


def add_courses(town: Town) -> None:
    """Make the kinds of visits, a plan in induction, and what a physician decided about it."""
    with town.begin(by=town.dana) as session:
        clinic = Clinic(session, by=town.dana)
        engaged = {"patient_minutes": 120, "physician_segments": ((0, 30), (105, 15)), "is_patient_bookable": False}
        for place, (code, name, spanish) in enumerate(
            (
                ("induction_session", "Induction session", "Sesión de inducción"),
                ("touch_up_session", "Touch-up session", "Sesión de refuerzo"),
            ),
            start=2,
        ):
            kind = {"name": name, "name_es": spanish, "purpose": "session", "horizon_days": 120, "position": place}
            clinic.visit_type(code, **kind, **engaged)
    _plan(town)
    for name, day, hour in (("first", 5, 13), ("second", 10, 13), ("third", 17, 14)):
        starts_at = on(date(2026, 11, day), hour)
        _session(town, name, starts_at, booked=BEGUN)
        town.step(arrive, name, now=starts_at)
        town.step(scheduling.complete, name, now=on(date(2026, 11, day), hour + 2))
    _session(town, "skipped", on("2026-11-13", 9), booked=BEGUN)
    town.step(scheduling.cancel, "skipped", reason="patient_unwell", now=on("2026-11-12", 9))
    _session(town, "fourth", on("2026-12-01", 13), booked=town.now)
    _session(town, "after the end", on("2027-01-05", 13), booked=town.now)
    _decisions(town)


def _plan(town: Town) -> None:
    with town.begin(by=town.dana) as session:
        plan = actions.open_plan(
            session,
            patient_id=town.patients[PATIENT].id,
            physician_id=town.physicians["okafor"].id,
            by=town.dana,
            now=BEGUN,
        )
        town.others["plan_id"] = plan.id
        town.others["protocol_id"] = queries.protocols(session)[0].id
        town.others["basis_id"] = legal_bases(session)[0].id
    by = town.actors["okafor"]
    with town.begin(by=by) as session:
        actions.enter_phase(
            session, plan_id=plan.id, phase=Phase.INDUCTION, reason=None, version=plan.version, by=by, now=BEGUN
        )


def _session(town: Town, name: str, starts_at: datetime, *, booked: datetime) -> None:
    town.book(name, PATIENT, "okafor", starts_at, visit_type_code="induction_session", now=booked)


def _decisions(town: Town) -> None:
    by, plan_id = town.actors["okafor"], town.others["plan_id"]
    with town.begin(by=by) as session:
        plan = queries.plan(session, plan_id)
        actions.change_plan(
            session,
            plan_id=plan_id,
            indication="Chronic pain",
            adjustments={"induction.sessions": 5, "induction.most_days": 70, "induction.most_gap_days": 36},
            prior_sessions=2,
            prior_session_on=date(2026, 9, 14),
            reason="Answered quickly before, so fewer and further apart.",
            version=plan.version,
            by=by,
            now=on("2026-11-18", 9),
        )
        actions.set_preferences(
            session,
            plan_id=plan_id,
            patient_hours=[[0, "09:00", "17:00"], [1, "09:00", "17:00"]],
            are_patient_hours_strict=False,
            support_name="Rosa Iriarte",
            support_phone="3055550155",
            support_hours=[],
            place="At her sister’s, 12 Palm Court. The gate opens from inside.",
            version=plan.version,
            by=by,
            now=on("2026-11-18", 9),
        )
    _newer_version(town)


def _newer_version(town: Town) -> None:
    by = town.actors["okafor"]
    with town.begin(by=by) as session:
        row = queries.protocols(session)[0]
        numbers = replace(row.protocol, restart_after_days=120)
        actions.publish_protocol(
            session,
            protocol_id=row.id,
            name=row.name,
            protocol=numbers,
            reason="Longer pauses did well.",
            by=by,
            now=at(20, 9),
        )
