"""What pages of a patient's medication read first: the record, one order of it, and what speaks against a shipment."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from clinic.kernel.errors import NotFound
from clinic.medication.errors import UnknownOrder
from clinic.medication.models import Fill, Prescription, SupplyClaim, UnitCount
from clinic.medication.queries.deliveries import fills_to_decide
from clinic.medication.queries.gathering import gate_inputs, gate_policy
from clinic.medication.queries.ledger import Trace, counts_of, entries_of, trace
from clinic.medication.queries.orders import orders_of
from clinic.medication.queries.parcels import claims_of
from clinic.medication.rules.gate import Moment, reasons_to_wait
from clinic.medication.rules.reasons import Reason
from clinic.people.models import Patient
from clinic.policies.queries import number
from clinic.policies.rules import PolicyKey
from clinic.treatment.queries.legal import cover_of
from clinic.treatment.rules.legal import cover_words, day_in_full
from clinic.web.frame.requests import now


class UnknownReport(NotFound):
    """The patient has no such report, count or entry."""

    code = "unknown_report"


def order_of(session: Session, patient_id: UUID, order_id: UUID) -> Prescription:
    """Return an order of the patient, or raise UnknownOrder, for another patient's too."""
    for each in orders_of(session, patient_id):
        if each.id == order_id:
            return each
    raise UnknownOrder


def claim_of(session: Session, patient_id: UUID, claim_id: UUID) -> SupplyClaim:
    """Return a report of the patient about units, or raise UnknownReport."""
    for each in claims_of(session, patient_id):
        if each.id == claim_id:
            return each
    raise UnknownReport("There is no such report. Open the patient's record again.")


def trace_of(session: Session, patient_id: UUID, place: int) -> Trace:
    """Return where the units of the entry at a place of the patient's ledger came from, or raise UnknownReport."""
    for each in entries_of(session, patient_id):
        if each.place == place:
            return trace(session, each.id)
    raise UnknownReport("There is no such entry in the ledger. Open the patient's record again.")


def count_of(session: Session, patient_id: UUID, count_id: UUID) -> UnitCount:
    """Return a count of the patient, or raise UnknownReport."""
    for each in counts_of(session, patient_id):
        if each.id == count_id:
            return each
    raise UnknownReport("There is no such count. Open the patient's record again.")


def fill_to_decide(session: Session, patient_id: UUID) -> Fill | None:
    """Return the patient's fill that was asked for and not released yet, if there is one."""
    return next(iter(fills_to_decide(session, [patient_id])), None)


def reasons_now(session: Session, patient_ids: Collection[UUID]) -> dict[UUID, tuple[Reason, ...]]:
    """Return everything that speaks against letting each patient's next shipment go at this moment; nothing is stored.

    A fill that somebody asked for already is the one that is decided about.
    """
    fills, policy = fills_to_decide(session, patient_ids), gate_policy(session)
    inputs = gate_inputs(session, patient_ids, now=now(), fills=fills)
    return {patient_id: reasons_to_wait(known, policy, Moment.RELEASE) for patient_id, known in inputs.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverNotice:
    """Until when the law covers orders and releases for a patient, as a notice shows it."""

    tone: str
    title: str
    sentence: str


def cover_notice(session: Session, patient: Patient) -> CoverNotice | None:
    """Return the end of the legal basis that a patient's orders stand on, or None where it has none."""
    cover = cover_of(session, patient, now=now())
    sentence = cover_words(cover)
    if sentence is None:
        return None
    if not cover.is_covered:
        return CoverNotice(tone="bad", title="No legal basis covers this patient today", sentence=sentence)
    assert cover.until is not None
    is_near = (cover.days_left or 0) <= number(session, PolicyKey.LEGAL_BASIS_WARN_DAYS)
    title = f"Legal basis until {day_in_full(cover.until)}"
    return CoverNotice(tone="warn" if is_near else "info", title=title, sentence=sentence)
