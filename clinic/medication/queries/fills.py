"""Fills by id and by patient, with every state that they went through."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from clinic.kernel.statements import among, other_than
from clinic.medication.errors import UnknownFill
from clinic.medication.models import Fill, FillEvent
from clinic.medication.rules.fills import GIVES_ITS_NUMBER_BACK, OVER
from clinic.people.queries import records_of


def fill(session: Session, fill_id: UUID) -> Fill:
    """Return the fill, or raise UnknownFill."""
    found = session.get(Fill, fill_id)
    if found is None:
        raise UnknownFill
    return found


def fills_of(session: Session, patient_id: UUID) -> list[Fill]:
    """Return every fill of a patient, the newest first."""
    wanted = select(Fill).where(Fill.patient_id.in_(records_of(patient_id)))
    return list(session.scalars(wanted.order_by(Fill.created_at.desc(), Fill.id)))


def fill_under_way(session: Session, patient_id: UUID) -> Fill | None:
    """Return the patient's fill that is not over, if there is one."""
    return session.scalar(_under_way(), {"of_patient": patient_id})


@cache
def _under_way() -> Select[Fill]:
    return select(Fill).where(Fill.patient_id == bindparam("of_patient"), other_than(Fill.state, sorted(OVER)))


def events_of_fill(session: Session, fill_id: UUID) -> list[FillEvent]:
    """Return every state that a fill entered, the first one first."""
    return list(session.scalars(_events(), {"of_fill": fill_id}))


@cache
def _events() -> Select[FillEvent]:
    return select(FillEvent).where(FillEvent.fill_id == bindparam("of_fill")).order_by(FillEvent.at, FillEvent.id)


def next_number(session: Session, order_id: UUID) -> int:
    """Return the number of an order's next fill: 0 is the first one, the refills follow."""
    counted = Fill.state.not_in(sorted(GIVES_ITS_NUMBER_BACK))
    found = session.scalar(select(func.max(Fill.number)).where(Fill.prescription_id == order_id, counted))
    return 0 if found is None else found + 1


def released_in(
    session: Session, windows: Mapping[UUID, tuple[date, date]], *, but: Collection[UUID] = ()
) -> dict[UUID, int]:
    """Return how many shipments of each patient were released on the days `[first, end)`, but for canceled ones.

    `but` are fills that do not count; a patient without any is absent.
    """
    if not windows:
        return {}
    first = min(begin for begin, _ in windows.values())
    rows = session.execute(_released(), {"of_patients": list(windows), "first": first, "but": list(but)})
    found = [(patient_id, on) for patient_id, on in rows if on is not None]
    return Counter(each for each, on in found if windows[each][0] <= on < windows[each][1])


@cache
def _released() -> Select[UUID, date | None]:
    return select(Fill.patient_id, Fill.released_on).where(
        among(Fill.patient_id, "of_patients"),
        Fill.released_on >= bindparam("first"),
        other_than(Fill.state, sorted(GIVES_ITS_NUMBER_BACK)),
        ~among(Fill.id, "but"),
    )
