"""A plan as its page shows it: visits with the gaps between them, what the law carries, and who changed what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.localtime import in_zone
from clinic.medication.queries.leftovers import Leftovers, leftovers_of
from clinic.people import queries as people
from clinic.scheduling.rules.reasons import CANCEL_WORDS
from clinic.scheduling.rules.states import CancelReason
from clinic.treatment import queries
from clinic.treatment.models import TreatmentPlan
from clinic.treatment.queries import Progress, SessionRow
from clinic.treatment.queries.drift import drift_row
from clinic.treatment.queries.legal import legal_bases
from clinic.treatment.queries.outcomes import outcome_reasons
from clinic.treatment.rules.drift import NEEDS_ATTENTION, STATUS_WORDS
from clinic.treatment.rules.legal import Basis, LegalVisit, beyond, standing
from clinic.treatment.rules.plans import PHASE_NAMES
from clinic.treatment.rules.reading import protocol_of
from clinic.treatment.rules.sessions import SessionState
from clinic.web.frame.requests import now
from clinic.web.physician.plans.changes import changes_in_words
from clinic.web.physician.plans.version import offers_for
from clinic.web.physician.plans.words import gap_words
from clinic.web.physician.protocols.boxes import BOX_OF, flat
from clinic.web.physician.protocols.sentences import sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitLine:
    """One visit of the course; `gap` is the time since the one before it that counts, `reason` what was written down.

    `canceled` is why the visit itself was canceled, if it was.
    """

    row: SessionRow
    gap: str
    reason: str
    canceled: str
    is_past: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalLine:
    """A rule that carries coming visits, and how many."""

    basis: Basis
    visits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNumber:
    """A number of this patient's beside the protocol's."""

    label: str
    own: str
    usual: str


def plan_facts(session: Session, plan: TreatmentPlan) -> dict[str, object]:
    """Return everything that the page of a plan shows."""
    how_far = queries.progress(session, plan, now=now())
    version = queries.protocol_version(session, plan.protocol_version_id)
    newer = [row for row in offers_for(session, plan) if row.id == version.protocol_id]
    return {
        "how_far": how_far,
        "lines": _lines(how_far, outcome_reasons(session, plan.id), prior_on=plan.prior_session_on),
        "phase_names": PHASE_NAMES,
        "phases": queries.phases_of(session, plan.id)[::-1],
        "changes": changes_in_words(session, plan.id),
        "physician": people.physician(session, plan.physician_id),
        "named": queries.protocol_named(session, version.id),
        "protocol_id": version.protocol_id,
        "newer": newer[0] if newer else None,
        "own_numbers": _own_numbers(plan, version.definition),
        "said": sentences(queries.rules_of_plan(session, plan)),
        "due": _due(session, plan),
        "left": _left(session, plan),
        **_legal(session, plan, how_far),
    }


def _left(session: Session, plan: TreatmentPlan) -> Leftovers | None:
    """Return what is still to be put away and counted before this plan is over for good."""
    found = leftovers_of(session, plan.patient_id)
    return found if found is not None and found.plan.id == plan.id else None


def _due(session: Session, plan: TreatmentPlan) -> list[tuple[str, str]]:
    """Return word and sentence of everything that waits for a person, the worst first."""
    found = drift_row(session, plan, now=now()).findings
    return [(STATUS_WORDS[each.status], each.sentence) for each in found if each.status in NEEDS_ATTENTION]


def _lines(how_far: Progress, reasons: Mapping[UUID, str], *, prior_on: date | None) -> list[VisitLine]:
    lines: list[VisitLine] = []
    last: datetime | None = None
    for row in how_far.sessions:
        counts = row.state is not SessionState.SKIPPED
        lines.append(
            VisitLine(
                row=row,
                gap=_gap(row, last, prior_on) if counts else "",
                reason=reasons.get(row.appointment_id, ""),
                canceled=_canceled(row.visit.cancel_reason),
                is_past=row.starts_at <= now(),
            )
        )
        last = row.starts_at if counts else last
    return lines


def _gap(row: SessionRow, last: datetime | None, prior_on: date | None) -> str:
    """Return the time since the visit before, or the days since the last one before the plan."""
    if last is not None:
        return gap_words(last, row.starts_at)
    return f"{(_day(row.starts_at, row.visit.patient_zone) - prior_on).days} d" if prior_on else ""


def _canceled(reason: str | None) -> str:
    return f"Canceled: {CANCEL_WORDS[CancelReason(reason)]}" if reason else ""


def _own_numbers(plan: TreatmentPlan, definition: Mapping[str, object]) -> list[OwnNumber]:
    usual = flat(protocol_of(definition))
    return [
        OwnNumber(label=BOX_OF[key].label, own=BOX_OF[key].in_words(value), usual=BOX_OF[key].in_words(usual[key]))
        for key, value in plan.adjustments.items()
    ]


def _legal(session: Session, plan: TreatmentPlan, how_far: Progress) -> dict[str, object]:
    """Return what coming visits stand on, and one sentence for each stretch without a rule."""
    bases = legal_bases(session)
    coming = [row.visit for row in how_far.planned if row.starts_at > now()]
    visits = [LegalVisit(row.location_state, _day(row.starts_at, row.patient_zone)) for row in coming]
    return {
        "legal": _carriers(bases, visits, plan.in_person_exam_on),
        "beyond": beyond(bases, visits, exam_on=plan.in_person_exam_on),
        "coming": len(visits),
    }


def _carriers(bases: Sequence[Basis], visits: Sequence[LegalVisit], exam_on: date | None) -> list[LegalLine]:
    counts: dict[UUID, LegalLine] = {}
    for visit in visits:
        found = standing(bases, state=visit.state, day=visit.day, exam_on=exam_on)
        for basis in (found.federal, found.state) if found else ():
            known = counts.get(basis.id)
            counts[basis.id] = LegalLine(basis=basis, visits=known.visits + 1 if known else 1)
    return list(counts.values())


def _day(instant: datetime, zone: str) -> date:
    return in_zone(instant, zone).date()
