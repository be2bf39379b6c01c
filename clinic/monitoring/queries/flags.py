"""Flags of one patient or of many: open ones worst first, counts, and whether a hold stands."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CompoundSelect,
    ScalarSelect,
    Select,
    Text,
    Uuid,
    bindparam,
    cast,
    exists,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session, aliased

from clinic.kernel.actor import Actor, ActorKind, Role
from clinic.kernel.statements import among
from clinic.monitoring.errors import UnknownFlag
from clinic.monitoring.models import Flag, FlagDisposition
from clinic.monitoring.rules.flags import DECISIONS, EVIDENCE_WORDS, LEVELS, Decision, FlagState, first_of
from clinic.monitoring.rules.signals import DOMAINS, RULES, Level
from clinic.oncall.models import OnCallPage
from clinic.oncall.rules import PageKind
from clinic.people.models import Patient
from clinic.people.queries import may_see
from clinic.people.rules import PatientStatus

_IS_OPEN = Flag.state == FlagState.OPEN
_IS_DUE = (Flag.state == FlagState.SETTLED) & (Flag.look_again_on <= bindparam("today"))
_IS_OF_PATIENTS = among(Flag.patient_id, "of_patients")
_EVERY = select(Flag).where(_IS_OF_PATIENTS)
_THESE = select(Flag).where(among(Flag.id, "of_flags"))
_OPEN_FROM = _EVERY.where(_IS_OPEN, Flag.level >= bindparam("least"))
_OPEN_OR_DUE = _EVERY.where(_IS_OPEN | _IS_DUE)
_ON_HOLD = select(Flag.patient_id).where(_IS_OPEN, Flag.level >= Level.HOLD, _IS_OF_PATIENTS).distinct()
_DECISIONS = select(FlagDisposition).where(among(FlagDisposition.flag_id, "of_flags")).order_by(FlagDisposition.at)
_CALL_COUNTS = timedelta(days=3)
"""So long whoever took a call about a patient's flag may read and settle the flags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputRow:
    """One thing that the rule looked at: what, how much, and on which day."""

    what: str
    value: str
    on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagRow:
    """A flag with everything that explains it; `decision` and who took it are of the newest one, if there is any."""

    id: UUID
    patient_id: UUID
    rule_id: str
    policy_number: int
    level: int
    domain: str
    evidence_class: str
    facts_key: str
    sentence: str
    inputs: tuple[InputRow, ...]
    threshold: Mapping[str, Any]
    escalates: tuple[UUID, ...]
    state: FlagState
    raised_at: datetime
    due_at: datetime | None
    settled_at: datetime | None
    look_again_on: date | None
    version: int
    decision: Decision | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether it waits for a decision."""
        return self.state is FlagState.OPEN

    @property
    def title(self) -> str:
        """Return what the rule is called."""
        return RULES[self.rule_id].title if self.rule_id in RULES else self.rule_id

    @property
    def level_words(self) -> str:
        """Return the level in a word."""
        return LEVELS[self.level]

    @property
    def domain_words(self) -> str:
        """Return the domain in words."""
        return DOMAINS[self.domain]

    @property
    def evidence_words(self) -> str:
        """Return how well the rule is founded, in words."""
        return EVIDENCE_WORDS.get(self.evidence_class, self.evidence_class)

    @property
    def decision_words(self) -> str:
        """Return the newest decision in words, or nothing."""
        return DECISIONS[self.decision] if self.decision else ""

    @property
    def limits(self) -> list[tuple[str, str]]:
        """Return the rule's own numbers as pairs of words and value, in the order in which the rule tells them."""
        rule = RULES.get(self.rule_id)
        known = rule.parameters if rule else {}
        named = [
            (known[key].words, f"{self.threshold[key]} {known[key].unit}") for key in known if key in self.threshold
        ]
        return named + [(key, str(value)) for key, value in self.threshold.items() if key not in known]


def flag(session: Session, flag_id: UUID) -> FlagRow:
    """Return one flag, or raise UnknownFlag."""
    for row in flags_by_id(session, [flag_id]).values():
        return row
    raise UnknownFlag


def flags_of(session: Session, patient_id: UUID) -> list[FlagRow]:
    """Return every flag of a patient, the newest first."""
    rows = _rows(session, _EVERY, {"of_patients": [patient_id]})
    return sorted(rows, key=lambda row: (row.raised_at, row.level), reverse=True)


def flags_by_id(session: Session, flag_ids: Collection[UUID]) -> dict[UUID, FlagRow]:
    """Return these flags by id; unknown ones are absent."""
    return {row.id: row for row in _rows(session, _THESE, {"of_flags": list(flag_ids)})} if flag_ids else {}


def open_flags_of(session: Session, patient_id: UUID) -> list[FlagRow]:
    """Return a patient's open flags, the worst first."""
    return open_for(session, [patient_id])


def open_for(session: Session, patient_ids: Collection[UUID], *, least: int = Level.INFO) -> list[FlagRow]:
    """Return the open flags of these patients from a level up, the worst first, then what is due first."""
    return _worst_first(_rows(session, _OPEN_FROM, {"of_patients": list(patient_ids), "least": least}))


def flag_counts(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, dict[int, int]]:
    """Return how many flags of each level are open, by patient; patients without any are absent."""
    these = Flag.patient_id == func.any(literal(list(patient_ids), ARRAY(Uuid)))
    wanted = select(Flag.patient_id, Flag.level, func.count()).where(_IS_OPEN, these)
    found: defaultdict[UUID, dict[int, int]] = defaultdict(dict)
    for patient_id, level, count in session.execute(wanted.group_by(Flag.patient_id, Flag.level)):
        found[patient_id][level] = count
    return dict(found)


def has_hold(session: Session, patient_id: UUID) -> bool:
    """Tell whether sessions and shipments wait until a physician has decided about an open flag."""
    return bool(on_hold(session, [patient_id]))


def on_hold(session: Session, patient_ids: Collection[UUID]) -> frozenset[UUID]:
    """Return those of these patients whose sessions and shipments wait for a physician's decision."""
    return frozenset(session.scalars(_ON_HOLD, {"of_patients": list(patient_ids)}))


def count_open_of_panel(panel: CompoundSelect[UUID], *, least: int) -> ScalarSelect[int]:
    """Return the statement that counts the flags from a level up that are open among the patients of another one.

    One that an open flag of the same rule goes beyond is settled along with that one and does not count.
    """
    worse = aliased(Flag)
    is_along = exists().where(
        worse.patient_id == Flag.patient_id,
        worse.rule_id == Flag.rule_id,
        worse.state == FlagState.OPEN,
        worse.escalates.has_key(cast(Flag.id, Text)),
    )
    mine = (_IS_OPEN, Flag.level >= least, Flag.patient_id.in_(panel), ~is_along)
    return select(func.count()).select_from(Flag).where(*mine).scalar_subquery()


def open_and_due(
    session: Session, patient_ids: Collection[UUID], *, today: date
) -> tuple[list[FlagRow], list[FlagRow]]:
    """Return the open flags of these patients, the worst first, and the settled ones to look again at until `today`.

    Of those the longest waiting come first.
    """
    rows = _rows(session, _OPEN_OR_DUE, {"of_patients": list(patient_ids), "today": today})
    due = [row for row in rows if not row.is_open]
    return _worst_first(row for row in rows if row.is_open), sorted(due, key=lambda row: (row.raised_at, row.id))


def patients_due_again(session: Session, *, today: date, first: UUID, last: UUID) -> list[UUID]:
    """Return whose settled flags are to be looked at again, of the patients between two ids.

    Those who have left have no physician any more who could decide; if they come back, so does what is due.
    """
    wanted = (
        select(Flag.patient_id)
        .join(Patient, Patient.id == Flag.patient_id)
        .where(_IS_DUE, Flag.patient_id.between(first, last), Patient.status == PatientStatus.ACTIVE)
    )
    return list(session.scalars(wanted.distinct(), {"today": today}))


def may_decide(session: Session, *, actor: Actor, patient_id: UUID, now: datetime) -> bool:
    """Tell whether the actor is a physician who sees the patient, or the one who took a call about a flag lately."""
    if actor.kind is not ActorKind.STAFF or not actor.has(Role.PHYSICIAN):
        return False
    as_physician = replace(actor, roles=frozenset({Role.PHYSICIAN}))
    if may_see(session, actor=as_physician, patient_id=patient_id, now=now):
        return True
    taken = select(OnCallPage.id).where(
        OnCallPage.kind == PageKind.URGENT_FLAG,
        OnCallPage.patient_id == patient_id,
        OnCallPage.acknowledged_by == actor.id,
        OnCallPage.acknowledged_at > now - _CALL_COUNTS,
    )
    return session.scalar(taken.limit(1)) is not None


def _worst_first(rows: Iterable[FlagRow]) -> list[FlagRow]:
    return sorted(rows, key=lambda row: (-row.level, first_of(row.due_at), row.raised_at, row.id))


def _rows(session: Session, wanted: Select[Flag], values: Mapping[str, object]) -> list[FlagRow]:
    found = session.scalars(wanted, values).all()
    decided = _newest_decisions(session, [one.id for one in found if one.version > 1])
    return [_row(one, decided.get(one.id)) for one in found]


def _newest_decisions(session: Session, flag_ids: Sequence[UUID]) -> dict[UUID, FlagDisposition]:
    if not flag_ids:
        return {}
    return {one.flag_id: one for one in session.scalars(_DECISIONS, {"of_flags": flag_ids})}


def _row(found: Flag, decided: FlagDisposition | None) -> FlagRow:
    return FlagRow(
        id=found.id,
        patient_id=found.patient_id,
        rule_id=found.rule_id,
        policy_number=found.policy_number,
        level=found.level,
        domain=found.domain,
        evidence_class=found.evidence_class,
        facts_key=found.facts_key,
        sentence=found.sentence,
        inputs=tuple(_input(one) for one in found.inputs),
        threshold=found.threshold,
        escalates=tuple(UUID(each) for each in found.escalates),
        state=FlagState(found.state),
        raised_at=found.raised_at,
        due_at=found.due_at,
        settled_at=found.settled_at,
        look_again_on=found.look_again_on,
        version=found.version,
        decision=Decision(decided.decision) if decided else None,
        decided_by=decided.actor_name if decided else None,
        decided_at=decided.at if decided else None,
    )


def _input(stored: Mapping[str, Any]) -> InputRow:
    on = date.fromisoformat(stored["on"]) if stored["on"] else None
    return InputRow(what=stored["what"], value=stored["value"], on=on)
