"""What a physician's decision about one patient rests on: last scores with their days, open flags, last sessions."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.monitoring.models import Flag, Score
from clinic.people.queries import patient as patient_by_id
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries import plan_of_patient, progress
from clinic.treatment.rules.notes import Fact
from clinic.treatment.rules.phases import Phase
from clinic.treatment.rules.plans import PHASE_NAMES
from clinic.treatment.rules.tapers import Reading, Readings

_LAST_SESSIONS = ("Last session taken", "Session before that", "Third last session")
_WITHDRAWAL_RULE = "D13"

_SCALES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("phq9", "total"): "PHQ-9",
        ("gad7", "total"): "GAD-7",
        ("sds_ketamine", "total"): "SDS",
    }
)
_LEVELS = ("", "INFO", "WATCH", "REVIEW", "HOLD", "URGENT")


def deciding_facts(session: Session, *, patient_id: UUID, now: datetime) -> tuple[Fact, ...]:
    """Return what a visit note is signed with; what was never measured says so."""
    zone = patient_by_id(session, patient_id).zone
    plan = plan_of_patient(session, patient_id)
    return (
        *_score_facts(session, patient_id, zone),
        *_flag_facts(session, patient_id, zone),
        *(_plan_facts(session, plan, zone, now=now) if plan else ()),
    )


def taper_readings(session: Session, *, patient_id: UUID, started_on: date) -> Readings:
    """Return the newest readings that a step of a taper looks at; the PHQ-9 before is the last one up to its start."""
    zone = patient_by_id(session, patient_id).zone
    phq9 = _readings(session, patient_id, ("phq9", "total"), zone=zone)
    before = [reading for reading in phq9 if reading.on <= started_on]
    withdrawal = _readings(session, patient_id, ("withdrawal", "count2"), zone=zone)
    return Readings(
        phq9_before=before[-1] if before else None,
        phq9=phq9[-1] if phq9 else None,
        sds=_last(_readings(session, patient_id, ("sds_ketamine", "total"), zone=zone)),
        craving=_last(_readings(session, patient_id, ("craving", "now"), zone=zone)),
        withdrawal_on=withdrawal[-1].on if withdrawal else None,
        has_withdrawal_flag=any(flag.rule_id == _WITHDRAWAL_RULE for flag in _open_flags(session, patient_id)),
    )


def _score_facts(session: Session, patient_id: UUID, zone: str) -> list[Fact]:
    wanted = (
        select(Score)
        .where(Score.patient_id == patient_id, Score.instrument_key.in_([key for key, _ in _SCALES]))
        .ext(distinct_on(Score.instrument_key, Score.name))
        .order_by(Score.instrument_key, Score.name, Score.at.desc(), Score.id.desc())
    )
    last = {(row.instrument_key, row.name): row for row in session.scalars(wanted)}
    return [_score_fact(name, last.get(key), zone) for key, name in _SCALES.items()]


def _score_fact(name: str, row: Score | None, zone: str) -> Fact:
    if row is None:
        return Fact(what=name, value="no data")
    band = f", {row.band.replace('_', ' ')}" if row.band else ""
    return Fact(what=name, value=f"{row.value.normalize():f}{band}", on=in_zone(row.at, zone).date())


def _open_flags(session: Session, patient_id: UUID) -> list[Flag]:
    wanted = select(Flag).where(Flag.patient_id == patient_id, Flag.state == "open")
    return list(session.scalars(wanted.order_by(Flag.level.desc(), Flag.raised_at, Flag.id)))


def _flag_facts(session: Session, patient_id: UUID, zone: str) -> list[Fact]:
    found = _open_flags(session, patient_id)
    if not found:
        return [Fact(what="Open flags", value="none")]
    return [
        Fact(
            what=f"Open flag, {_LEVELS[flag.level]}",
            value=flag.sentence,
            on=in_zone(flag.raised_at, zone).date(),
        )
        for flag in found
    ]


def _plan_facts(session: Session, plan: TreatmentPlan, zone: str, *, now: datetime) -> list[Fact]:
    how_far = progress(session, plan, now=now)
    phase = Fact(what="Phase", value=PHASE_NAMES[Phase(plan.phase)], on=in_zone(plan.phase_since, zone).date())
    last = [
        Fact(what=what, value=PHASE_NAMES[row.phase], on=in_zone(row.starts_at, zone).date())
        for what, row in zip(_LAST_SESSIONS, reversed(how_far.taken), strict=False)
    ]
    return [phase, *(last or [Fact(what=_LAST_SESSIONS[0], value="none in this plan")])]


def _readings(session: Session, patient_id: UUID, score: tuple[str, str], *, zone: str) -> list[Reading]:
    wanted = (
        select(Score.value, Score.at)
        .where(Score.patient_id == patient_id, Score.instrument_key == score[0], Score.name == score[1])
        .order_by(Score.at, Score.id)
    )
    return [Reading(value=value, on=in_zone(at, zone).date()) for value, at in session.execute(wanted)]


def _last(readings: list[Reading]) -> Reading | None:
    return readings[-1] if readings else None
