"""Days of a journey that go by the product's own actions instead of pages, with the workers at their hours."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from clinic.cli.demo.answers import answers_to
from clinic.intake.actions.deciding import Decided, decide
from clinic.intake.queries.intakes import evidence_now, intake_of
from clinic.intake.rules.states import Decision
from clinic.monitoring.actions.answering import save_answers, submit
from clinic.monitoring.queries.answering import sheet
from clinic.monitoring.queries.check_ins import open_to_patient
from clinic.people.models import Patient
from clinic.readiness.actions.starting import begin_visit
from clinic.readiness.queries.checks import reasons_of
from clinic.scheduling import actions as scheduling
from clinic.scheduling.models import Appointment
from clinic.scheduling.rules.places import HOME, Place
from clinic.session_day.actions import checklist, supporting, watching
from clinic.session_day.queries.persons import support_person_of
from clinic.session_day.rules.persons import Named, Relation
from clinic.session_day.rules.pressure import Reading
from clinic.treatment import actions as treatment
from clinic.treatment.actions.courses import commit_course
from clinic.treatment.queries import plan_of_patient
from clinic.treatment.queries.courses import propose_course
from clinic.treatment.rules.courses import CourseWish
from clinic.treatment.rules.phases import Phase
from tests.browser.journey_hands import Journey
from tests.browser.journey_patient import CHECKS, PRESSURES
from tests.browser.town_medication import parcel_of, sign_order_of
from tests.domains.medication.medication_makers import FIELDS
from tests.domains.scheduling.calendar_makers import patient_actor
from tests.domains.session_day.day_makers import GOOD, SUPPORT

AGREED = "Agreed with the patient at the last visit."
BEFORE = timedelta(minutes=50)
"""So long before a session the patient begins with the list."""


def take(journey: Journey, visit: Appointment, *, units: int) -> None:
    """Let a session take place as the pages would: support person, place, checklist, go, watch, end, the day after.

    `units` are at home before it. What was asked since the session before is answered first, or this one waits.
    """
    prepare(journey, visit, units=units)
    get_ready(journey, visit.id)
    journey.live.clock.instant = visit.starts_at
    begin(journey, visit.id)
    watch(journey, visit)
    complete(journey, visit.id)
    journey.pass_by(visit.ends_at + timedelta(days=1, minutes=5))
    answer_all(journey, remaining=units - 1)


def prepare(journey: Journey, visit: Appointment, *, units: int) -> None:
    """Answer what was asked since the last session, and name the support person, who says yes; wait for the list."""
    journey.pass_by(visit.starts_at - timedelta(hours=20))
    answer_all(journey, remaining=units)
    name_beside(journey, visit.id)
    journey.pass_by(visit.starts_at - timedelta(hours=2))
    journey.live.clock.instant = visit.starts_at - BEFORE


def name_beside(journey: Journey, visit_id: UUID) -> None:
    by, now = patient_actor(journey.patient), journey.live.clock.instant
    named = Named(name="Rosa Marin", e164=journey.beside, relation=Relation.FAMILY, language=journey.language)
    with journey.live.town.begin(by=by) as session:
        person = supporting.name_support_person(
            session,
            appointment_id=visit_id,
            named=named,
            has_agreed=True,
            ring=journey.live.town.runtime.link_ring,
            by=by,
            now=now,
        )
        session.flush()
        supporting.confirm_support(session, person_id=person.id, by=SUPPORT, now=now)


def get_ready(journey: Journey, visit_id: UUID) -> None:
    """Say the place, answer the checklist, measure by its waits and send it, with the support person there."""
    clock, by = journey.live.clock, patient_actor(journey.patient)
    here, said = {"appointment_id": visit_id, "by": by}, {"now": clock.instant}
    with journey.live.town.begin(by=by) as session:
        scheduling.say_location(session, place=Place(kind=HOME, state=journey.patient.state), **here, **said)
        checklist.save_answers(session, given=GOOD, **here, **said)
        checklist.sit_down(session, **here, **said)
        for minutes in (5, 1):
            reading = Reading(systolic=126, diastolic=80, pulse=70)
            checklist.take_reading(session, reading=reading, **here, now=clock.advance(minutes=minutes))
        assert checklist.finish(session, **here, now=clock.instant).outcome == "passed"
    attest(journey, visit_id)


def attest(journey: Journey, visit_id: UUID) -> None:
    """Let the support person say to be there."""
    with journey.live.town.begin(by=SUPPORT) as session:
        person = support_person_of(session, visit_id)
        supporting.attest(session, person_id=person.id, by=SUPPORT, now=journey.live.clock.instant)


def begin(journey: Journey, visit_id: UUID) -> None:
    """Begin as the desk does; a session that waits for something fails the test by the gates' names."""
    dana = journey.live.town.dana
    with journey.live.town.begin(by=dana) as session:
        begun = begin_visit(session, appointment_id=visit_id, by=dana, now=journey.live.clock.instant)
        left = [each.code for each in reasons_of(begun.check)] if begun.check else []
    assert begun.has_begun, left


def watch(journey: Journey, visit: Appointment) -> None:
    """Let the support person look every fifteen minutes, measure twice, and say that all is well."""
    clock = journey.live.clock
    with journey.live.town.begin(by=SUPPORT) as session:
        said = {"person_id": support_person_of(session, visit.id).id, "by": SUPPORT}
        for minutes in CHECKS:
            clock.instant = visit.starts_at + timedelta(minutes=minutes)
            watching.note_check(session, is_well=True, now=clock.instant, **said)
            if minutes in PRESSURES:
                reading = Reading(systolic=PRESSURES[minutes], diastolic=80, pulse=70)
                watching.note_pressure(session, reading=reading, now=clock.instant, **said)
        steady = watching.Steady(is_awake=True, walks_steadily=True, is_nausea_gone=True)
        stands = watching.note_steady(session, steady=steady, now=clock.instant, **said)
        assert stands.missing == ()


def complete(journey: Journey, visit_id: UUID) -> None:
    dana = journey.live.town.dana
    with journey.live.town.begin(by=dana) as session:
        scheduling.complete(session, appointment_id=visit_id, by=dana, now=journey.live.clock.instant)


def answer_all(journey: Journey, *, remaining: int, phq9: int = 4) -> None:
    """Answer every check-in that is open as most people do on most days; `remaining` units are at home."""
    who, now = patient_actor(journey.patient), journey.live.clock.instant
    wishes = {("unit_count", "remaining"): remaining, ("phq9", "total"): phq9}
    with journey.live.town.begin(by=who) as session:
        for check_in in open_to_patient(session, journey.patient.id):
            parts = sheet(session, check_in).parts
            given = {part.assessment_id: answers_to(part.instrument, wishes, today=now.date()) for part in parts}
            save_answers(session, check_in_id=check_in.id, given=given, by=who, now=now)
            submit(session, check_in_id=check_in.id, by=who, now=now)
    journey.live.town.catch_up()


def plan_next(journey: Journey) -> None:
    """Book what the planner proposes next, as the course page does."""
    town, now = journey.live.town, journey.live.clock.instant
    with town.begin(by=town.dana) as session:
        plan = plan_of_patient(session, journey.patient.id)
        first_day = CourseWish(first_day=now.date() + timedelta(days=1))
        found = propose_course(session, plan_id=plan.id, wish=first_day, now=now)
        assert found.refusal is None, found.refusal
        said = {"version": found.plan_version, "by": town.dana, "now": now, "ring": town.runtime.link_ring}
        commit_course(session, plan_id=found.plan_id, visits=found.chosen(), **said)


def next_session(journey: Journey) -> Appointment:
    """Let the visits by video before the next session take place, and return that session."""
    for visit in journey.coming():
        if visit.visit_type_code.endswith("session"):
            return visit
        see(journey, visit)
    raise AssertionError("no session is booked")


def see(journey: Journey, visit: Appointment) -> None:
    """Let a visit by video take place."""
    journey.live.clock.instant = visit.starts_at
    begin(journey, visit.id)
    journey.pass_by(visit.ends_at + timedelta(minutes=1))
    complete(journey, visit.id)


def take_over(journey: Journey) -> None:
    """Let the physician accept somebody who was treated elsewhere, and go on from there; afternoons suit."""
    town, now = journey.live.town, journey.live.clock.instant
    with town.begin(by=town.actors["okafor"]) as session:
        said, own = {"by": town.actors["okafor"], "now": now}, session.get_one(Patient, journey.patient.id)
        sent = intake_of(session, own.id)
        shown = evidence_now(session, sent, own, now=now).hash
        accepted = Decided(decision=Decision.ACCEPT, reason=AGREED)
        decide(session, patient_id=own.id, decided=accepted, shown=shown, ring=town.runtime.link_ring, **said)
        plan = treatment.open_plan(
            session,
            patient_id=own.id,
            physician_id=town.physicians["okafor"].id,
            prior_sessions=6,
            prior_session_on=now.date() - timedelta(days=35),
            **said,
        )
        known = {"plan_id": plan.id, "reason": AGREED}
        for phase in (Phase.INDUCTION, Phase.MAINTENANCE):
            treatment.enter_phase(session, phase=phase, version=plan.version, **known, **said)
        treatment.change_plan(session, in_person_exam_on=now.date(), version=plan.version, **known, **said)
        treatment.set_preferences(
            session,
            plan_id=plan.id,
            patient_hours=[[day, "12:00", "20:00"] for day in range(7)],
            are_patient_hours_strict=True,
            support_name=None,
            support_phone=None,
            support_hours=[],
            place=None,
            version=plan.version,
            **said,
        )


def supply(journey: Journey) -> None:
    """Let an order be signed and its first parcel travel to the door, where it waits to be confirmed."""
    town, left = journey.live.town, journey.live.clock.instant
    at = left + timedelta(days=2)
    town.patients["own"] = journey.patient
    with town.begin(by=town.actors["okafor"]) as session:
        fields = replace(FIELDS, units_per_session=1)
        order = sign_order_of(town, session, "own", now=left, fields=fields)
        parcel_of(town, session, order, left=left, at=at)
    journey.until(at + timedelta(minutes=40))
