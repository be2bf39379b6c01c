"""What is new on a panel since its reader was last there: flags, scores and findings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from clinic.dashboards.panel_rules import Facts
from clinic.monitoring.models import ClinicalFinding, Flag

_correction = aliased(ClinicalFinding)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFlag:
    """A flag that was raised meanwhile, whatever became of it since."""

    flag_id: UUID
    patient: Facts
    level: int
    sentence: str
    raised_at: datetime
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewScore:
    """A newer total of PHQ-9 or GAD-7, with the change from the one before it."""

    patient: Facts
    name: str
    value: int
    change: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFinding:
    """What somebody else recorded."""

    patient: Facts
    kind: str
    found_on: date
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Everything new since an instant: flags with the highest first, scores and findings with the newest first."""

    since: datetime
    flags: Sequence[NewFlag]
    scores: Sequence[NewScore]
    findings: Sequence[NewFinding]

    @property
    def count(self) -> int:
        """Return how many things are new."""
        return len(self.flags) + len(self.scores) + len(self.findings)


def news(session: Session, rows: Sequence[Facts], *, since: datetime, reader_id: UUID | None) -> News:
    """Return what is new about these patients; what the reader recorded is no news."""
    known = {one.id: one for one in rows}
    return News(
        since=since,
        flags=_flags(session, known, since),
        scores=_scores(rows, since),
        findings=_findings(session, known, since=since, reader_id=reader_id),
    )


def _flags(session: Session, known: dict[UUID, Facts], since: datetime) -> list[NewFlag]:
    wanted = (
        select(Flag.id, Flag.patient_id, Flag.level, Flag.sentence, Flag.raised_at, Flag.state)
        .where(Flag.patient_id.in_(known), Flag.raised_at > since)
        .order_by(Flag.level.desc(), Flag.raised_at.desc(), Flag.id)
    )
    return [
        NewFlag(flag_id=flag, patient=known[patient], level=level, sentence=sentence, raised_at=at, state=state)
        for flag, patient, level, sentence, at, state in session.execute(wanted)
    ]


def _scores(rows: Sequence[Facts], since: datetime) -> list[NewScore]:
    found = []
    for one in rows:
        for name, value, before, at in (
            ("PHQ-9", one.phq, one.phq_before, one.phq_at),
            ("GAD-7", one.gad, one.gad_before, one.gad_at),
        ):
            if value is not None and at is not None and at > since:
                change = None if before is None else value - before
                found.append(NewScore(patient=one, name=name, value=value, change=change, at=at))
    return sorted(found, key=lambda score: score.at, reverse=True)


def _findings(
    session: Session, known: dict[UUID, Facts], *, since: datetime, reader_id: UUID | None
) -> list[NewFinding]:
    row = ClinicalFinding
    wanted = (
        select(row.patient_id, row.kind, row.found_on, row.actor_name)
        .where(
            row.patient_id.in_(known),
            row.at > since,
            row.corrects_id.is_(None),
            row.actor_id.is_distinct_from(reader_id),
            ~exists().where(_correction.corrects_id == row.id),
        )
        .order_by(row.at.desc(), row.id)
    )
    return [
        NewFinding(patient=known[patient], kind=kind, found_on=found_on, who=who)
        for patient, kind, found_on, who in session.execute(wanted)
    ]
