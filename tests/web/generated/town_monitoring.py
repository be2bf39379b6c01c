"""What each patient of the town answered, and what physicians found, decided, wrote and planned, all of it canaries."""

from datetime import date, timedelta
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.access import actions as access
from clinic.access.models import Link
from clinic.kernel.actor import Actor
from clinic.kernel.ids import new_id
from clinic.monitoring.actions import answering, check_ins, findings, flags, panel_views
from clinic.monitoring.actions.opening import open_for
from clinic.monitoring.models import Assessment, CheckIn, Flag
from clinic.monitoring.rules.findings import FindingKind
from clinic.monitoring.rules.flags import Decision
from clinic.monitoring.rules.levels import Level
from clinic.monitoring.rules.signals import Input, Signal
from clinic.people import actions as people
from clinic.people.models import Patient
from clinic.treatment.actions import notes, tapers
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.rules.notes import Fact, addendum_hash, data_of, shown_hash
from tests.domains.scheduling.calendar_makers import NOW
from tests.web.generated.town import EARLIER, PATIENTS, Town

WEIGHTS = {"amy": "131.3", "bea": "117.9"}
DAYS = {"amy": "1987-02-03", "bea": "1989-05-06"}
BLADDER = MappingProxyType({"amy": 1, "bea": 2})
"""What each says to nine of ten questions, so that the score has a fraction of its own."""


def add_monitoring(session: Session, town: Town, doctors: dict[str, Actor]) -> None:
    """Let each patient answer a check-in and keep another open, and each physician decide; the newcomer broke in."""
    for key, by in doctors.items():
        _answer(session, town, key, by=by)
        _find(session, town, key, by=by)
        _write(session, town, key, by=by)
        _taper(session, town, key, by=by)
        _ask_again(session, town, key, by=by)
    panel_views.save_view(
        session, staff_id=town.staff["physician"], name="viewcanary of mine", query="risk=hold",
        by=town.actors["physician"], now=NOW,
    )  # fmt: skip
    _break_glass(session, town)


def _ask(session: Session, town: Town, key: str, keys: list[str], *, by: Actor, now: object) -> CheckIn:
    patient_id = town.patients[key]
    check_in_id = check_ins.ask_now(
        session, patient_id=patient_id, instrument_keys=keys, is_required=True, by=by, now=now
    )
    open_for(session, patient_id, ring=town.runtime.link_ring, by=by, now=now)
    town.owner_of[check_in_id] = key
    return session.get_one(CheckIn, check_in_id)


def _answer(session: Session, town: Town, key: str, *, by: Actor) -> None:
    sheet = _ask(session, town, key, ["vitals", "substances", "lurn_si10"], by=by, now=EARLIER)
    given = {
        "vitals": {"weight_kg": WEIGHTS[key], "height_cm": "171"},
        "substances": {"cannabis": "1", "cannabis_last": DAYS[key]},
        "lurn_si10": {f"q{number}": str(BLADDER[key]) for number in range(2, 11)},
    }
    answers = {one.id: given[one.instrument_key] for one in _parts(session, town, sheet.id, key)}
    answering.save_answers(session, check_in_id=sheet.id, given=answers, by=by, now=EARLIER)
    answering.submit(session, check_in_id=sheet.id, leaves_out=True, by=by, now=EARLIER)


def _parts(session: Session, town: Town, check_in_id: UUID, key: str) -> list[Assessment]:
    found = list(session.scalars(select(Assessment).where(Assessment.check_in_id == check_in_id)))
    town.owner_of |= {one.id: key for one in found}
    return found


def _find(session: Session, town: Town, key: str, *, by: Actor) -> None:
    patient_id = town.patients[key]
    for note in (f"findingcanary of {key}", f"findingcanary taken back of {key}"):
        found = findings.record_finding(
            session, patient_id=patient_id, kind=FindingKind.CONCERN, details={"who": "family"},
            found_on=date(2026, 11, 20), note=note, by=by, now=NOW,
        )  # fmt: skip
    findings.take_back_finding(
        session, finding_id=found, patient_id=patient_id, reason=f"findingcanary mistake of {key}", by=by, now=NOW
    )
    raised = flags.raise_signals(
        session, patient_id=patient_id, signals=[_signal(key, place) for place in ("open", "settled")],
        policy_number=1, by=by, now=NOW,
    )  # fmt: skip
    town.owner_of |= {one.flag_id: key for one in raised}
    settled = session.get_one(Flag, raised[1].flag_id)
    flags.settle(
        session, flag_id=settled.id, decision=Decision.EXPLAINED, note=f"dispositioncanary of {key}",
        look_again_on=date(2027, 1, 20), version=settled.version, by=by, now=NOW,
    )  # fmt: skip


def _signal(key: str, place: str) -> Signal:
    return Signal(
        rule_id="D19", level=Level.HOLD, domain="E", evidence_class="X", threshold={}, on=date(2026, 11, 20),
        inputs=(Input(what="Concern", value=f"inputcanary {place} of {key}", on=date(2026, 11, 20)),),
        sentence=f"Somebody close to the patient worries, says the flagcanary {place} of {key}.",
        facts_key=f"{key}-{place}:4", is_current=True, escalates=(),
    )  # fmt: skip


def _write(session: Session, town: Town, key: str, *, by: Actor) -> None:
    draft = notes.write_note(session, patient_id=town.patients[key], words=f"draftcanary of {key}", by=by, now=NOW)
    note = notes.write_note(session, patient_id=town.patients[key], words=f"notecanary words of {key}", by=by, now=NOW)
    facts = (Fact(what="Scale", value=f"planted visit_note data_sealed canary {key}", on=date(2026, 11, 20)),)
    shown = shown_hash(note.words or "", data_of(facts), physician_id=note.physician_id)
    notes.sign_note(session, note_id=note.id, facts=facts, shown=shown, version=note.version, by=by, now=NOW)
    words = f"addendumcanary of {key}"
    read = addendum_hash(words, note_hash=note.content_hash or "", actor_id=by.id)
    notes.add_addendum(session, note_id=note.id, words=words, shown=read, key=new_id(), by=by, now=NOW)
    town.owner_of |= {note.id: key, draft.id: key}


def _taper(session: Session, town: Town, key: str, *, by: Actor) -> None:
    plan = session.scalars(select(TreatmentPlan).where(TreatmentPlan.patient_id == town.patients[key])).one()
    taper = tapers.start_taper(
        session, plan_id=plan.id, gaps_days=[40, 50], reason=f"tapercanary of {key}", version=plan.version,
        directions=[f"directioncanary one of {key}", f"directioncanary two of {key}"],
        relapse_plan=f"relapsecanary of {key}", by=by, now=NOW,
    )  # fmt: skip
    town.owner_of[taper.id] = key


def _ask_again(session: Session, town: Town, key: str, *, by: Actor) -> None:
    """Leave a check-in open with one answer in it, and open its link with the birth date."""
    sheet = _ask(session, town, key, ["vitals"], by=by, now=NOW)
    (part,) = _parts(session, town, sheet.id, key)
    answering.save_answers_of(session, assessment_id=part.id, given={"weight_kg": WEIGHTS[key]}, by=by, now=NOW)
    link = session.scalars(select(Link).where(Link.resource_id == sheet.id)).one()
    token = access.render_link(session, link_id=link.id, ring=town.runtime.link_ring)
    born = session.get_one(Patient, town.patients[key]).birth_date
    opened = access.open_link(
        session, token=token, birth_date=born, now=NOW, ip="203.0.113.80", birth_date_of=lambda *_: born
    )
    town.secrets[key, "check-in session token"] = opened.session_token


def _break_glass(session: Session, town: Town) -> None:
    """Open two records in emergencies that are over, of which an administrator has reviewed one."""
    newcomer = town.actors["newcomer"]
    for number, key in enumerate(PATIENTS):
        record = session.get_one(Patient, town.patients[key]).record_number
        when = EARLIER + timedelta(hours=number)
        opened = people.open_record(
            session, record_number=record, reason=f"emergencycanary about {key}", by=newcomer, now=when
        )
        people.end_access(session, access_id=opened.id, by=newcomer, now=when + timedelta(minutes=5))
        town.owner_of[opened.id] = key
    people.review_access(
        session, access_id=opened.id, is_justified=True, note="reviewcanary of an emergency",
        by=town.actors["admin"], now=NOW,
    )  # fmt: skip
